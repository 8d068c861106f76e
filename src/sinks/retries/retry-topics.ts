import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { concatMap, map, type Observable, of, reduce } from 'rxjs'
import type { Committed } from '../../model/committed.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Admin } from '../../ports/awaitable-admin.js'
import type { Cluster } from '../../ports/cluster.js'
import type { Parts } from '../../ports/step.js'
import { RetryLogs, type RetryLogsHost } from './retry-logs.js'

/** The result of a look, which is valid once the logs are read to these ends. */
export interface RetryLook {
  readonly committed: readonly Committed[]
  readonly ends: readonly Committed[]
}

/** The retry topics of a group: their partitions, the group's committed offsets, and their logs. */
export class RetryTopics {
  readonly groupId: string
  private readonly cluster: Cluster
  private readonly topics: readonly string[]
  private readonly host: RetryLogsHost
  private readonly admin: Admin
  private readonly origins = new Set<number>()
  private counts: readonly number[] = []
  private logs: RetryLogs | null = null

  constructor(cluster: Cluster, groupId: string, topics: readonly string[], host: RetryLogsHost) {
    this.cluster = cluster
    this.groupId = groupId
    this.topics = topics
    this.host = host
    this.admin = cluster.admin()
  }

  /** The partition of a tier, counted from 1, for records from a partition of this number. */
  placeOf(tier: number, origin: number): TopicPartition {
    return { topic: this.topics[tier - 1] ?? '', partition: origin % (this.counts[tier - 1] ?? 1) }
  }

  /**
   * Requests the committed offsets, after that the ends of the logs, and then reads the logs. A record is in the next topic
   * before its offset is committed in the previous one, so a record that is found in neither is settled.
   */
  look(origins: readonly number[]): Observable<RetryLook> {
    return this.opened().pipe(
      concatMap((logs) => logs.ready.pipe(map(() => logs))),
      concatMap((logs) => {
        for (const origin of origins) this.origins.add(origin)
        const all = this.places()
        return gathered(logs.offsets.committed(all)).pipe(
          concatMap((stored) => {
            const committed = stored.flatMap(({ topic, partition, offset }) =>
              offset === null ? [] : [{ topic, partition, offset }]
            )
            for (const one of committed) if (!logs.follows(one)) logs.follow(one, one.offset)
            return this.followRest(logs, all).pipe(
              concatMap(() => gathered(logs.offsets.listOffsets(all.map((place) => ({ ...place, at: 'latest' }))))),
              map((ends) => ({ committed, ends }))
            )
          })
        )
      })
    )
  }

  isReadTo(ends: readonly Committed[]): boolean {
    const { logs } = this
    return logs !== null && ends.every((end) => logs.positionOf(end) >= end.offset)
  }

  /** Forgets all records: the next look reads the topics from the committed offsets again. */
  beginAgain(): void {
    this.logs?.close()
    this.logs = null
    this.origins.clear()
  }

  close(): void {
    this.logs?.close()
    this.admin.close()
  }

  /** The retry partitions for records from the partitions looked for so far. */
  private places(): readonly TopicPartition[] {
    const found = new Map<string, TopicPartition>()
    for (const origin of this.origins)
      for (let tier = 1; tier <= this.topics.length; tier++) {
        const place = this.placeOf(tier, origin)
        found.set(keyOf(place), place)
      }
    return [...found.values()]
  }

  /** Reads partitions without a committed offset from their beginning. */
  private followRest(logs: RetryLogs, all: readonly TopicPartition[]): Observable<unknown> {
    const fresh = all.filter((place) => !logs.follows(place))
    if (fresh.length === 0) return of(null)
    return gathered(logs.offsets.listOffsets(fresh.map((place) => ({ ...place, at: 'earliest' })))).pipe(
      map((starts) => {
        for (const { offset, ...place } of starts) logs.follow(place, offset)
      })
    )
  }

  /**
   * The number of partitions is requested once, and again after a topic was recreated: with another number, records would be
   * looked for in other partitions.
   */
  private opened(): Observable<RetryLogs> {
    if (this.logs !== null) return of(this.logs)
    return this.admin.either.describeTopics(this.topics).pipe(
      map((answer) => {
        const described = orThrow(answer)
        this.counts = this.topics.map((name) => described.find(({ topic }) => topic === name)?.partitions.length ?? 0)
        const missing = this.topics[this.counts.indexOf(0)]
        if (missing !== undefined) throw new ConsumerError({ _tag: 'UnknownTopicFault', topic: missing })
        const partitions = this.topics.flatMap((topic, index) =>
          Array.from({ length: this.counts[index] ?? 0 }, (_, partition) => ({ topic, partition }))
        )
        return (this.logs = new RetryLogs(this.cluster, this.groupId, partitions, this.host))
      })
    )
  }
}

const orThrow = <A>(answer: Either<Fault, A>): A => {
  if (isLeft(answer)) throw new ConsumerError(answer.left)
  return answer.right
}

const gathered = <A>(parts: Parts<A>): Observable<readonly A[]> =>
  parts.pipe(
    map(orThrow),
    reduce((all: readonly A[], some) => [...all, ...some], [])
  )
