import { partitionKey, type TopicPartition } from '../../../model/topic-partition.js'
import type { Slices } from './message-codec.js'

/** How many items are processed in one turn, which takes some milliseconds. */
const aTurn = 4_096

/** Counts processed items, nested lists included, and says when to yield to others. */
export class Turns {
  private made = 0

  isOver(): boolean {
    return ++this.made % aTurn === 0
  }
}

/** Converts each item, in turns. */
export function* eachInTurn<A, B>(
  items: readonly A[],
  make: (item: A) => B,
  turns = new Turns()
): Slices<readonly B[]> {
  const made: B[] = []
  for (const item of items) {
    if (turns.isOver()) yield
    made.push(make(item))
  }
  return made
}

/** An answer's partitions, by topic. */
type ByTopic<P> = readonly { readonly name: string; readonly partitions: readonly P[] }[]

/** The answer's partitions that were requested, in its order. Others, and repetitions, are skipped without work. */
export function* requestedPartitions<P extends { readonly partitionIndex: number } | { readonly partition: number }, A>(
  topics: ByTopic<P>,
  requested: readonly TopicPartition[] | 'all',
  make: (place: TopicPartition, answer: P) => A
): Slices<readonly A[]> {
  const remaining =
    requested === 'all' ? null : new Set(requested.map(({ topic, partition }) => partitionKey(topic, partition)))
  const made: A[] = []
  const turns = new Turns()
  for (const { name: topic, partitions } of topics) {
    if (turns.isOver()) yield
    for (const answer of partitions) {
      if (turns.isOver()) yield
      const partition = 'partition' in answer ? answer.partition : answer.partitionIndex
      if (remaining === null || remaining.delete(partitionKey(topic, partition)))
        made.push(make({ topic, partition }, answer))
    }
  }
  return made
}

/** Runs all slices at once. */
export const atOnce = <A>(slices: Slices<A>): A => {
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
  }
}
