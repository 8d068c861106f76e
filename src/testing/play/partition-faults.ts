import { map as mapRight, right } from 'fp-ts/lib/Either.js'
import { map, of } from 'rxjs'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { Step } from '../../ports/step.js'
import type { PartitionedApi } from '../diagram/line-label.js'

/** Error codes for single partitions of a request; the broker performs the rest of it. */
export class PartitionFaults {
  private readonly next = new Map<string, number[]>()
  private isHealed = false

  failNext(api: PartitionedApi, place: TopicPartition, code: number): void {
    const key = keyOf(api, place)
    this.next.set(key, [...(this.next.get(key) ?? []), code])
  }

  /** The number of faults that no request has met. */
  left(api: PartitionedApi, place: TopicPartition): number {
    return this.next.get(keyOf(api, place))?.length ?? 0
  }

  heal(): void {
    this.isHealed = true
  }

  /** Lets the broker perform the request without failing partitions, and adds their answers. */
  apart<P extends TopicPartition, A, F>(
    api: PartitionedApi,
    parts: readonly P[],
    ask: (parts: readonly P[]) => Step<readonly A[], F>,
    refused: (part: P, code: number) => A
  ): Step<readonly A[], F> {
    if (this.next.size === 0 || this.isHealed) return ask(parts)
    const codes = parts.map((part) => this.next.get(keyOf(api, part))?.shift())
    const answers = parts.flatMap((part, index) => {
      const code = codes[index]
      return code === undefined ? [] : [refused(part, code)]
    })
    const rest = parts.filter((_, index) => codes[index] === undefined)
    const asked: Step<readonly A[], F> = rest.length === 0 ? of(right([])) : ask(rest)
    return asked.pipe(map(mapRight((done) => [...done, ...answers])))
  }
}

const keyOf = (api: PartitionedApi, { topic, partition }: TopicPartition): string =>
  `${api} ${partitionKey(topic, partition)}`
