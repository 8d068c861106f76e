import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import { map, type Observable, of } from 'rxjs'
import type { WaitingRecord } from '../../core/retries/behind.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { FailedRecord, OrderedRecord, RetryMove, RetryPath, RetryTurn } from '../../model/failure-policy.js'
import type { Fault } from '../../model/fault.js'
import type { RecordPlace } from '../../model/record-place.js'
import type { Cluster } from '../../ports/cluster.js'
import { useProducer } from '../shared-producer.js'
import { oneByOne, untilWritten } from '../until-written.js'
import { FirstReceived } from './first-received.js'
import { readRetry, type Retry, retryHeaders } from './retry-headers.js'
import type { RetryIndex } from './retry-index.js'
import { laneOf, placeText } from './retry-lane.js'

/** A retry topic, and how long records wait in it. */
export interface RetryTier {
  readonly topic: string
  readonly delayMs: number
}

/** What the pipelines of one policy share. */
export interface RetryRoute {
  readonly cluster: Cluster
  readonly tiers: readonly RetryTier[]
  readonly overtakes: boolean
  /** Throws if the group is another than that of the records before. */
  readonly indexOf: (groupId: string, report: NonNullable<FailedRecord['report']>) => RetryIndex
  readonly close: () => void
}

/** How long a record waits for one before it that is due, and that the group may settle any moment. */
const longestWaitMs = 10_000

/** The way of one pipeline's records through the retry topics. */
export class TieredRetryPath implements RetryPath {
  private readonly route: RetryRoute
  private readonly tierOf: ReadonlyMap<string, number>
  private isClosed = false
  /** Ends the hold on the writer: from the first record that moves to the end of the pipeline. */
  private unhold: (() => void) | null = null

  constructor(route: RetryRoute) {
    this.route = route
    this.tierOf = new Map(route.tiers.map(({ topic }, index) => [topic, index + 1]))
  }

  isRetry({ topic }: ConsumerRecord): boolean {
    return this.tierOf.has(topic)
  }

  dueInMs(record: ConsumerRecord): number {
    if (!this.tierOf.has(record.topic)) return 0
    return (readRetry(record)?.due ?? 0) - this.route.cluster.clock.wallTime()
  }

  turnOf({ record, origin, order, waitedMs }: OrderedRecord, wake: () => void): RetryTurn {
    const { route } = this
    const tier = this.tierOf.get(record.topic) ?? 0
    // Nothing is above the last tier.
    if (tier === route.tiers.length) return 'go'
    const unread = route.tiers.find(({ topic }) => !origin.reads(topic))
    if (unread !== undefined) return { fault: notRead(unread.topic) }
    const index = route.indexOf(origin.groupId ?? '', (event) => {
      origin.report(event)
    })
    if (index.fault !== null) return { fault: index.fault }
    const place = placeOf(record, this.retryOf(record))
    if (!index.isKnown(origin.signal, place.partition)) {
      index.whenKnown(origin.signal, place.partition, wake)
      return 'wait'
    }
    if (index.behind.isEmpty) return 'go'
    if (index.behind.hasCopyOf(placeText(place), tier)) return 'moved'
    const last = this.before(index, place, order, tier)
    if (last === null) return 'go'
    if (last.due > route.cluster.clock.wallTime() || waitedMs >= longestWaitMs)
      return { behind: { topic: last.topic, partition: last.partition, offset: last.offset } }
    index.afterNextLook(wake)
    return 'wait'
  }

  move(failed: FailedRecord, { origin, order }: OrderedRecord): Observable<Either<Fault, RetryMove | null>> {
    const { route } = this
    const { cluster } = route
    const { record, fault, report } = failed
    const at = this.tierOf.get(record.topic) ?? 0
    const next = route.tiers[at]
    if (next === undefined) return of(right(null))
    const index = route.indexOf(origin.groupId ?? '', (event) => report?.(event))
    this.unhold ??= useProducer(cluster, oneByOne).release
    const before = this.retryOf(record)
    const place = placeOf(record, before)
    const now = cluster.clock.wallTime()
    // One that follows another is due with it: it may be the next as soon as that one is settled.
    const last = fault._tag === 'PredecessorFailedFault' ? this.before(index, place, order, at) : null
    const retry: Retry = {
      place,
      timestamp: before?.timestamp ?? record.timestamp,
      attempts: failed.attempts + (before?.attempts ?? 0),
      due: Math.min(now + next.delayMs, last?.due ?? Infinity),
      groupId: index.topics.groupId,
      order,
      headers: before?.headers ?? record.headers
    }
    const partition = index.topics.partitionOf(at + 1, place.partition)
    const { key, value } = record
    const made = () => ({ topic: next.topic, partition, key, value, headers: retryHeaders(retry, fault) })
    return untilWritten(cluster, made, { failed, topic: next.topic, what: 'the retry topics cannot be written' }).pipe(
      map((answer) => {
        if (isLeft(answer)) return isTooLarge(answer.left) ? right(null) : answer
        for (const { offset } of answer.right)
          index.add({
            tier: at + 1,
            topic: next.topic,
            partition,
            offset,
            lane: laneOf(place, order),
            from: placeText(place),
            due: retry.due
          })
        return right({ to: next.topic, inMs: Math.max(0, retry.due - now) })
      })
    )
  }

  original(failed: FailedRecord): FailedRecord {
    const retry = this.retryOf(failed.record)
    if (retry === null) return failed
    return { ...failed, record: new FirstReceived(failed.record, retry), attempts: failed.attempts + retry.attempts }
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.unhold?.()
    this.route.close()
  }

  private retryOf(record: ConsumerRecord): Retry | null {
    return this.tierOf.has(record.topic) ? readRetry(record) : null
  }

  private before(index: RetryIndex, place: RecordPlace, order: string | null, tier: number): WaitingRecord | null {
    return order === null || this.route.overtakes ? null : index.behind.lastOf(laneOf(place, order), tier)
  }
}

const placeOf = ({ topic, partition, offset }: ConsumerRecord, retry: Retry | null): RecordPlace =>
  retry?.place ?? { topic, partition, offset }

const notRead = (topic: string): Fault => ({
  _tag: 'UsageFault',
  reason: `retryLater: the consumer does not read the retry topic ${topic}: subscribe(…, ...retries.topics)`
})

const isTooLarge = (fault: Fault): boolean => fault._tag === 'ProduceFault' && fault.trouble === 'record too large'
