import { isLeft } from 'fp-ts/lib/Either.js'
import { map, type Observable, throwError } from 'rxjs'
import { clockCheckMs } from '../../core/scheduling/clock-check-ms.js'
import { type Clock, longestTimer } from '../../model/clock.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { type Carried, firstOriginOf, isStale, settle, visitOrigins } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { ConsumerRecord } from '../../model/consumer-record.js'
import type {
  FailedRecord,
  OrderedRecord,
  RetryLaterPolicy,
  RetryMove,
  RetryPath,
  RetryTurn
} from '../../model/failure-policy.js'
import type { Fault } from '../../model/fault.js'
import { keyOf } from '../../model/topic-partition.js'
import { failedRecord } from './failures.js'
import { sizeOf } from './size-of.js'
import type { LaneNames } from './order-lanes.js'
import type { Work } from './work.js'

/** Larger records, in bytes, move alone. */
const largestTogether = 16_384

/** A record that has to follow another, and why. */
export interface Following<C> {
  readonly work: Work<C>
  readonly fault: Fault
}

/** Receives a record once its turn is decided. */
export interface RetryTurnsHost<C> {
  again(work: Work<C>): void
  waitFor(work: Work<C>, forMs: number): void
  fail(error: unknown): void
}

/**
 * Decides whether it is a record's turn under `retryLater`: not before it is due, and not before a record that it has to follow
 * and that waits in a retry topic.
 */
export class RetryTurns<C extends Carried<unknown>> {
  private readonly path: RetryPath
  private readonly names: LaneNames<C>
  private readonly host: RetryTurnsHost<C>
  /** the epoch that waits for a record: its later records are dropped here, since they are delivered again */
  private postponed: AckOrigin | null = null
  /** the last epoch whose records do not come from a retry topic */
  private plain: AckOrigin | null = null
  /** sources whose offsets are committed */
  private readonly committed = new WeakSet<AckOrigin>()
  /** of each partition, the wall time up to which it was put off last */
  private readonly putOffTo = new Map<string, number>()
  private stopped = false

  constructor(policy: RetryLaterPolicy, names: LaneNames<C>, host: RetryTurnsHost<C>) {
    this.path = policy.open()
    this.names = names
    this.host = host
  }

  /** Whether the record is put off: its source then delivers it again when it is due. */
  isPutOff(carried: C): boolean {
    if (this.plain !== null && firstOriginOf(carried) === this.plain) return false
    const received = single(carried)
    if (received === null) return false
    const { origin, seq, record } = received
    if (!this.path.isRetry(record)) {
      this.plain = origin
      return false
    }
    this.commit(origin)
    const inMs = this.path.dueInMs(record)
    if (origin !== this.postponed && inMs <= 0) return false
    // Later ones wait with the first.
    const forMs = origin === this.postponed ? 0 : this.pauseMs(record, inMs, origin.clock)
    if (!origin.postpone(seq, Math.min(forMs, longestTimer))) return false
    if (origin !== this.postponed) {
      const due = Math.round(origin.clock.wallTime() + forMs)
      origin.heldUp(`the next record of the retry topic is due at ${String(due)} (ms since 1970)`)
    }
    this.postponed = origin
    return true
  }

  /**
   * Each time that a partition is read again it is read from the records on that are not done: with a record due each
   * millisecond that would be nearly always the same ones.
   */
  private pauseMs(record: ConsumerRecord, inMs: number, clock: Clock): number {
    const now = clock.wallTime()
    const place = keyOf(record)
    const last = this.putOffTo.get(place) ?? Infinity
    const until = Math.max(now + inMs, last <= now ? last + this.path.pauseMs(record) : 0)
    this.putOffTo.set(place, until)
    return until - now
  }

  /** Whether nothing waits or moves that could concern the record, as far as a quick look tells. */
  isIdle(carried: C): boolean {
    const origin = originOf(carried)
    return origin !== null && this.path.isIdle(origin)
  }

  /**
   * Whether it can be handled right away.
   *
   * @param order the number of the name of its order
   */
  isFree(carried: C, order: number | null): boolean {
    if (this.isCertain(carried, order)) return true
    const received = single(carried)
    if (received === null || received.origin.isTransacted) return false
    return this.path.dueInMs(received.record) <= 0 && this.turnOf(carried, received, 0, () => undefined) === 'go'
  }

  /** `begin`: it is the record's turn. `wait`: it waits, or follows another. `leave`: a copy of it waits already. */
  decide(work: Work<C>): 'begin' | 'wait' | 'leave' {
    if (this.isCertain(work.carried, this.names.hash(work.carried))) return 'begin'
    const received = single(work.carried)
    if (received === null) {
      this.host.fail(unfit(needsRecords))
      return 'wait'
    }
    if (received.origin.isTransacted) {
      this.host.fail(unfit(noTransaction))
      return 'wait'
    }
    const inMs = this.path.dueInMs(received.record)
    if (inMs > 0) {
      this.host.waitFor(work, Math.min(inMs, clockCheckMs))
      return 'wait'
    }
    const now = received.origin.clock.now()
    work.waitsSince ??= now
    const turn = this.turnOf(work.carried, received, now - work.waitsSince, () => {
      if (!this.stopped) this.host.again(work)
    })
    if (turn === 'go') return 'begin'
    if (turn === 'wait') {
      work.isResting = true
      return 'wait'
    }
    if (turn === 'moved') {
      settle(work.carried)
      return 'leave'
    }
    if ('fault' in turn) {
      this.host.fail(new ConsumerError(turn.fault))
      return 'wait'
    }
    work.behind = turn.behind
    return 'wait'
  }

  /** Emits where the record moved to, or null if no topic accepts it; errors with the fault that prevents the write. */
  move(carried: C, fault: Fault, attempts: number): Observable<RetryMove | null> {
    const received = single(carried)
    if (received === null) return throwError(() => unfit(needsRecords))
    const failed = failedRecord(received.record, fault, attempts, received.origin)
    return this.path.move(failed, this.ordered(carried, received)).pipe(
      map((answer) => {
        if (isLeft(answer)) throw new ConsumerError(answer.left)
        return answer.right
      })
    )
  }

  /**
   * Takes those out of its lane that wait behind it and have to follow the same record: they move together with it, since
   * to wait for each copy before the next is written takes a round trip for each.
   */
  takeFollowers(work: Work<C>): readonly Work<C>[] {
    const { lane } = work
    const received = single(work.carried)
    if (lane?.head !== work || lane.waiting === null || received === null || isLarge(work.carried)) return []
    const name = this.path.laneOf(this.ordered(work.carried, received))
    const taken: Work<C>[] = []
    for (let next = lane.waiting.peek(); next !== undefined; next = lane.waiting.peek()) {
      if (next.group !== work.group || !this.mustFollow(next, name)) break
      lane.waiting.shift()
      next.lane = null
      next.isResting = true
      taken.push(next)
    }
    return taken
  }

  /** Emits where each moved to, or null for one that has to be moved by itself. */
  moveAll(all: readonly Following<C>[]): Observable<readonly (RetryMove | null)[]> {
    const [first] = all
    const received = first === undefined ? null : single(first.work.carried)
    if (first === undefined || received === null) return throwError(() => unfit(needsRecords))
    const failed = all.flatMap(({ work, fault }) => {
      const record = single(work.carried)?.record
      return record === undefined ? [] : [failedRecord(record, fault, 0, received.origin)]
    })
    return this.path.moveAll(failed, this.ordered(first.work.carried, received))
  }

  private mustFollow(work: Work<C>, lane: string): boolean {
    const { carried } = work
    const received = single(carried)
    if (received === null || work.attempt > 0 || isStale(carried) || this.path.dueInMs(received.record) > 0)
      return false
    // A large one may be refused, and has its dead letter before the next of its key moves.
    if (this.path.laneOf(this.ordered(carried, received)) !== lane || isLarge(carried)) return false
    const turn = this.turnOf(carried, received, 0, () => undefined)
    return typeof turn === 'object' && 'behind' in turn
  }

  private ordered(carried: C, received: Single): OrderedRecord {
    return { record: received.record, origin: received.origin, order: this.names.of(carried), waitedMs: 0 }
  }

  /** The record as it was received first. */
  original(failed: FailedRecord): FailedRecord {
    return this.path.original(failed)
  }

  stop(): void {
    this.stopped = true
    this.path.close()
  }

  /**
   * The committed offset of a retry topic says what is settled there, so it is committed even if the pipeline has no
   * `commit()`: records that are given up never reach one.
   */
  private commit(origin: AckOrigin): void {
    if (this.committed.has(origin)) return
    this.committed.add(origin)
    origin.commitBy(soon)
  }

  private isCertain(carried: C, order: number | null): boolean {
    const origin = originOf(carried)
    return origin !== null && carried instanceof ConsumerRecord && this.path.isFree(carried.source, origin, order)
  }

  private turnOf(carried: C, received: Single, waitedMs: number, wake: () => void): RetryTurn {
    // Named one by one: a spread that is followed by other properties takes as long as all else here.
    const { record, origin } = received
    return this.path.turnOf({ record, origin, order: this.names.of(carried), waitedMs }, wake)
  }
}

const isLarge = (carried: Carried<unknown>): boolean => sizeOf(carried) > largestTogether

/** A record of its own, not a value made of several. */
interface Single {
  readonly record: ConsumerRecord
  readonly origin: AckOrigin
  readonly seq: number
}

/** Of a record of its own. */
const originOf = (carried: Carried<unknown>): AckOrigin | null =>
  carried instanceof ConsumerRecord ? firstOriginOf(carried) : null

const single = (carried: Carried<unknown>): Single | null => {
  if (!(carried instanceof ConsumerRecord)) return null
  let found: Single | null = null
  visitOrigins(carried, (origin, seq) => {
    found = { record: carried.source, origin, seq }
  })
  return found
}

const soon = { every: 1_000, withinMs: 500 }
const needsRecords = 'retryLater(…) retries single records: put batch() behind the operator that has it'
const noTransaction =
  'retryLater(…) cannot be used within transactional(…): the copy in the retry topic would not be part of the transaction. Try again with `retry` of the operator, and give up with tx.deadLetter(…)'
const unfit = (reason: string): ConsumerError => new ConsumerError({ _tag: 'UsageFault', reason })
