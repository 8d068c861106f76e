import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { map, Observable, of } from 'rxjs'
import type { WaitingRecord } from '../../core/sinks/waiting-retries.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { FailedRecord, OrderedRecord, RetryMove, RetryPath, RetryTurn } from '../../model/failure-policy.js'
import type { Fault } from '../../model/fault.js'
import { faultClass } from '../../model/fault-class.js'
import type { RecordPlace } from '../../model/record-place.js'
import type { Cluster } from '../../ports/cluster.js'
import type { WrittenRecord } from '../../ports/producer-session.js'
import { useProducer } from '../shared-producer.js'
import { untilWritten } from '../until-written.js'
import { CopyWriter } from './copy-writer.js'
import { FirstReceived } from './first-received.js'
import type { MovesUnderWay } from './moves-under-way.js'
import { QuickTurns } from './quick-turns.js'
import { readRetry, type Retry, retryHeaders } from './retry-headers.js'
import type { RetryIndex } from './retry-index.js'
import { type Copy, type Move, outcomeOf, waitsThere } from './retry-move.js'
import { laneOf, placeOf, recordPlaceText } from './retry-lane.js'

/** A retry topic and its delay. */
export interface RetryTier {
  readonly topic: string
  readonly delayMs: number
}

/** The state that the pipelines of one policy share. */
export interface RetryRoute {
  readonly cluster: Cluster
  readonly tiers: readonly RetryTier[]
  readonly overtakes: boolean
  readonly moves: MovesUnderWay
  /** Throws if the group is not that of earlier records. */
  readonly indexOf: (origin: AckOrigin) => RetryIndex
  readonly close: () => void
}

/** How long a record waits for an earlier one that is due, and that the group may settle at any moment. */
const longestWaitMs = 10_000

const longestPauseMs = 100

/** The path of one pipeline's records through the retry topics. */
export class TieredRetryPath implements RetryPath {
  private readonly route: RetryRoute
  private readonly tierOf: ReadonlyMap<string, number>
  private readonly writer: CopyWriter
  private readonly quick: QuickTurns
  private isClosed = false
  /** of the last record: whether it is due, whose turn it is, and where it moves to are asked one after the other */
  private lastRead: { readonly record: ConsumerRecord; readonly retry: Retry | null } | null = null
  /** Ends the hold on the writer, which lasts from the first moved record to the end of the pipeline. */
  private unhold: (() => void) | null = null

  constructor(route: RetryRoute) {
    this.route = route
    this.writer = new CopyWriter(route.cluster, Math.min(...route.tiers.map(({ delayMs }) => delayMs)))
    this.quick = new QuickTurns(route.moves, route.indexOf)
    this.tierOf = new Map(route.tiers.map(({ topic }, index) => [topic, index + 1]))
  }

  isRetry({ topic }: ConsumerRecord): boolean {
    return this.tierOf.has(topic)
  }

  dueInMs(record: ConsumerRecord): number {
    const retry = this.retryOf(record)
    const inMs = retry === null ? 0 : retry.due - this.route.cluster.clock.wallTime()
    // It is put off, and a partition that waits keeps no record.
    if (inMs > 0) this.lastRead = null
    return inMs
  }

  pauseMs({ topic }: ConsumerRecord): number {
    const { delayMs = 0 } = this.route.tiers[(this.tierOf.get(topic) ?? 0) - 1] ?? {}
    return Math.min(longestPauseMs, delayMs / 20)
  }

  laneOf({ record, order }: OrderedRecord): string {
    return laneOf(placeOf(record, this.retryOf(record)), order)
  }

  isIdle(origin: AckOrigin): boolean {
    return this.quick.isIdle(origin)
  }

  isFree(record: ConsumerRecord, origin: AckOrigin, order: number | null): boolean {
    return this.quick.isFree(origin, record.offset, order)
  }

  turnOf({ record, origin, order, waitedMs }: OrderedRecord, wake: () => void): RetryTurn {
    const { route } = this
    const tier = this.tierOf.get(record.topic) ?? 0
    // No tier is above the last.
    if (tier === route.tiers.length) return 'go'
    const unread = route.tiers.find(({ topic }) => !origin.reads(topic))
    if (unread !== undefined) return { fault: notRead(unread.topic) }
    const index = route.indexOf(origin)
    if (index.fault !== null) return { fault: index.fault }
    const place = placeOf(record, this.retryOf(record))
    if (!route.moves.isEmpty && route.moves.isBusy(laneOf(place, order), wake)) return 'wait'
    if (!index.isKnown(origin.signal, place.partition)) {
      index.whenKnown(origin.signal, place.partition, wake)
      return 'wait'
    }
    const isFirst = index.isFirst(origin)
    if (tier === 0) this.quick.known(origin, place, index)
    if (index.records.isEmpty) return 'go'
    const copy = index.records.copyOf(recordPlaceText(place), tier)
    const turn = copy === null ? null : isFirst ? 'moved' : this.turnAfterSeek(copy, { index, origin, waitedMs }, wake)
    if (turn !== null) return turn
    const last = this.before(index, place, order, tier)
    if (last === null) return 'go'
    if (last.due > route.cluster.clock.wallTime() || waitedMs >= longestWaitMs)
      return { behind: { topic: last.topic, partition: last.partition, offset: last.offset } }
    index.afterNextLook(wake)
    return 'wait'
  }

  move(failed: FailedRecord, { origin, order }: OrderedRecord): Observable<Either<Fault, RetryMove | null>> {
    const at = this.tierOf.get(failed.record.topic) ?? 0
    const next = this.route.tiers[at]
    if (next === undefined) return of(right(null))
    const { partition } = placeOf(failed.record, this.retryOf(failed.record))
    return new Observable((subscriber) => {
      this.whenKnown(origin, partition, subscriber, (index) => {
        if ('_tag' in index) {
          subscriber.next(left(index))
          subscriber.complete()
          return
        }
        const move = { index, tier: at + 1, delayMs: next.delayMs, order }
        this.write(failed, move, (answer, moved) => {
          if (subscriber.closed) return
          if (isLeft(answer) && faultClass(answer.left) === 'retriable')
            subscriber.add(this.writeAgain(failed, move, answer.left).subscribe(subscriber))
          else {
            subscriber.next(outcomeOf(answer, moved))
            subscriber.complete()
          }
        })
      })
    })
  }

  moveAll(
    all: readonly FailedRecord[],
    { record, origin, order }: OrderedRecord
  ): Observable<readonly (RetryMove | null)[]> {
    const at = this.tierOf.get(record.topic) ?? 0
    const next = this.route.tiers[at]
    const moves: (RetryMove | null)[] = all.map(() => null)
    if (next === undefined) return of(moves)
    const { partition } = placeOf(record, this.retryOf(record))
    return new Observable((subscriber) => {
      let left = all.length
      const over = (): void => {
        subscriber.next(moves)
        subscriber.complete()
      }
      this.whenKnown(origin, partition, subscriber, (index) => {
        if ('_tag' in index) {
          over()
          return
        }
        const move = { index, tier: at + 1, delayMs: next.delayMs, order }
        all.forEach((failed, number) => {
          this.write(failed, move, (answer, moved) => {
            if (!isLeft(answer)) moves[number] = moved
            if (--left === 0) over()
          })
        })
      })
    })
  }

  original(failed: FailedRecord): FailedRecord {
    const retry = this.retryOf(failed.record)
    if (retry === null) return failed
    return { ...failed, record: new FirstReceived(failed.record, retry), attempts: failed.attempts + retry.attempts }
  }

  close(): void {
    if (this.isClosed) return
    this.isClosed = true
    this.lastRead = null
    this.unhold?.()
    this.route.close()
  }

  /**
   * After a seek, a record is delivered again while its copy waits. If the copy is not due, the copy will be tried. Otherwise
   * it may have been tried already and not be known as settled: the record waits for that information, and then counts as new.
   */
  private turnAfterSeek(
    copy: WaitingRecord,
    { index, origin, waitedMs }: Pick<OrderedRecord, 'origin' | 'waitedMs'> & { readonly index: RetryIndex },
    wake: () => void
  ): RetryTurn | null {
    // Settlements before the seek have to be known at least.
    if (!index.isKnown(origin, copy.first.partition)) {
      index.whenKnown(origin, copy.first.partition, wake)
      return 'wait'
    }
    if (copy.due > this.route.cluster.clock.wallTime()) return 'moved'
    if (waitedMs >= longestWaitMs) return null
    index.afterNextLook(wake)
    return 'wait'
  }

  /** Calls `known` with the index once it covers this assignment: a handler may have begun since it was last read. */
  private whenKnown(
    origin: AckOrigin,
    partition: number,
    subscriber: { readonly closed: boolean },
    known: (index: RetryIndex | Fault) => void
  ): void {
    const look = (): void => {
      if (subscriber.closed) return
      const index = this.route.indexOf(origin)
      if (index.fault !== null) known(index.fault)
      else if (index.isKnown(origin.signal, partition)) known(index)
      else index.whenKnown(origin.signal, partition, look)
    }
    look()
  }

  /** Sends its copy once. */
  private write(
    failed: FailedRecord,
    move: Move,
    answered: (answer: Either<Fault, WrittenRecord>, moved: RetryMove) => void
  ): void {
    this.unhold ??= useProducer(this.route.cluster, this.writer.properties).release
    const { retry, record, moved } = this.copyOf(failed, move)
    const done = this.route.moves.begin(retry.place, move.order)
    this.writer.write(record, failed, (answer) => {
      if (!isLeft(answer)) waitsThere(move, retry, answer.right)
      done()
      answered(answer, moved)
    })
  }

  /** Sends it until it is written, or is refused for good. */
  private writeAgain(failed: FailedRecord, move: Move, before: Fault): Observable<Either<Fault, RetryMove | null>> {
    const { cluster, moves } = this.route
    const { retry, record, moved } = this.copyOf(failed, move)
    const done = moves.begin(retry.place, move.order)
    const outcome = (answer: Either<Fault, readonly WrittenRecord[]> | null): void => {
      if (answer !== null && !isLeft(answer)) for (const place of answer.right) waitsThere(move, retry, place)
      done()
    }
    const what = 'the retry topics cannot be written'
    const writing = { failed, topic: record.topic, what, before, outcome }
    return untilWritten(cluster, () => record, writing).pipe(map((answer) => outcomeOf(answer, moved)))
  }

  /** The record that is written for it. */
  private copyOf({ record, fault, attempts }: FailedRecord, { index, tier, delayMs, order }: Move): Copy {
    const retried = this.retryOf(record)
    const place = placeOf(record, retried)
    const now = this.route.cluster.clock.wallTime()
    // One that follows another is due with it: it may be the next as soon as that one is settled.
    const last = fault._tag === 'PredecessorFailedFault' ? this.before(index, place, order, tier - 1) : null
    const retry: Retry = {
      place,
      timestamp: retried?.timestamp ?? record.timestamp,
      attempts: attempts + (retried?.attempts ?? 0),
      due: Math.min(now + delayMs, last?.due ?? Infinity),
      groupId: index.topics.groupId,
      order,
      headers: retried?.headers ?? record.headers
    }
    const { key, value } = record
    const copy = index.topics.placeOf(tier, place.partition)
    return {
      retry,
      record: { ...copy, key, value, headers: retryHeaders(retry, fault) },
      moved: { to: copy.topic, inMs: Math.max(0, retry.due - now) }
    }
  }

  private retryOf(record: ConsumerRecord): Retry | null {
    if (!this.tierOf.has(record.topic)) return null
    if (this.lastRead?.record !== record) this.lastRead = { record, retry: readRetry(record) }
    return this.lastRead.retry
  }

  private before(index: RetryIndex, place: RecordPlace, order: string | null, tier: number): WaitingRecord | null {
    return order === null || this.route.overtakes ? null : index.records.lastOf(laneOf(place, order), tier)
  }
}

const notRead = (topic: string): Fault => ({
  _tag: 'UsageFault',
  reason: `retryLater: the consumer does not read the retry topic ${topic}: subscribe(…, ...retries.topics)`
})
