import { Observable, Subject, type Subscriber } from 'rxjs'
import { Ledger } from '../core/partition/ledger.js'
import { realClock } from '../internal/real-clock.js'
import type { AckOrigin, CommitHandle, CommitPolicy } from '../model/acknowledgement.js'
import { afterTheWhole } from '../model/as-a-whole.js'
import { refuseWrong } from '../model/check-arguments.js'
import type { Clock } from '../model/clock.js'
import type { Committed } from '../model/committed.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { PartitionStream } from '../model/partition-stream.js'
import type { TopicPartition } from '../model/topic-partition.js'
import { partitionStream } from '../sources/consumer/partition-stream.js'
import { problemsWithDelivery, problemsWithPartition } from './arguments/problems-with-record.js'
import { recordFor, type TestRecordFields } from './test-record.js'

/** What stands for the partition of a test. */
export interface TestPartitionOptions {
  /** @default 'test' */
  readonly topic?: string
  /** @default 0 */
  readonly partition?: number
  /** The offset of the first record that names none. @default 0n */
  readonly offset?: bigint
  /** What the operators behind it go by. @default real time */
  readonly clock?: Clock
  /** @default 'group' */
  readonly groupId?: string
}

/** What is told of the acknowledgements of a test's partition, as it happens. */
export interface TestPartitionWatcher {
  readonly acked: (offset: bigint) => void
  readonly stored: (offset: bigint) => void
}

/** A partition's stream and the other end of it: what a consumer would do to it, and what its pipeline has done. */
export interface TestPartition extends TopicPartition {
  /** What the pipeline under test subscribes to. */
  readonly stream: PartitionStream
  /** Delivers a record; gives it as it was delivered. Offsets go up by one unless they are given. */
  deliver<K = null, V = null>(fields?: Omit<TestRecordFields<K, V>, 'topic' | 'partition'>): ConsumerRecord
  /** The partition is drained: the stream completes, and what collects records is asked for them. */
  drain(): void
  /** The partition is starved, or about to be given up: what collects records is asked for them, and the stream goes on. */
  flush(): void
  /** The partition is lost, or the deadline of its drain has passed: the signal aborts, acknowledgements do nothing any more. */
  lose(): void
  /** The source of the records fails. */
  fail(error: unknown): void
  /** Whether somebody is subscribed to the stream. */
  readonly isSubscribed: boolean
  /** Offsets of the records that were acknowledged, in the order in which that happened. */
  readonly acked: readonly bigint[]
  /** Offsets of the records that operators keep or work on: their credit is out. */
  readonly held: readonly bigint[]
  /** What `commit()` has stored, in order: the next offset to be read each time. */
  readonly stored: readonly bigint[]
  /** What would be stored now. */
  readonly committable: bigint
  /** What operators have reported. */
  readonly events: readonly ConsumerEvent[]
}

/**
 * A partition without a cluster, to test one operator or one pipeline of a partition.
 *
 * @example
 * const partition = testPartition()
 * partition.stream.pipe(handle(charge), commit({ every: 1 })).subscribe()
 * partition.deliver({ key: 'a', value: '{"amount":12}' })
 * partition.acked // [0n]
 */
export const testPartition = (options: TestPartitionOptions = {}, watcher?: TestPartitionWatcher): TestPartition => {
  refuseWrong(problemsWithPartition(options))
  const { topic = 'test', partition = 0, offset = 0n, clock = realClock, groupId = 'group' } = options
  const place = { topic, partition }
  const abort = new AbortController()
  const origin = new TestOrigin(place, offset, clock, groupId, abort.signal, watcher)
  let subscriber: Subscriber<ConsumerRecord> | null = null
  let next = offset
  const stream = partitionStream(place, abort.signal, (destination) => {
    if (origin.isOver) destination.complete()
    else subscriber = destination
    destination.add(() => {
      if (subscriber === destination) subscriber = null
    })
  })
  return {
    ...place,
    stream,
    deliver: (fields = {}) => {
      refuseWrong(problemsWithDelivery(fields))
      const at = fields.offset ?? next
      next = at + 1n
      const seq = origin.deliver(at)
      // As it comes from a cluster: bytes.
      const { source } = recordFor({ ...fields, ...place, offset: at }, origin, seq)
      subscriber?.next(source)
      return source
    },
    drain: () => {
      subscriber?.complete()
      origin.flush()
    },
    flush: () => {
      origin.flush()
    },
    lose: () => {
      origin.end()
      abort.abort()
      subscriber?.complete()
    },
    fail: (error) => {
      subscriber?.error(error)
    },
    get isSubscribed() {
      return subscriber !== null
    },
    get acked() {
      return origin.acked
    },
    get held() {
      return origin.held
    },
    get stored() {
      return origin.storedOffsets
    },
    get committable() {
      return origin.committable
    },
    get events() {
      return origin.events
    }
  }
}

/** The assignment behind a test's partition: the library's own ledger, and a group that stores at once. */
class TestOrigin implements AckOrigin {
  readonly topic: string
  readonly partition: number
  readonly groupId: string
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly acked: bigint[] = []
  readonly storedOffsets: bigint[] = []
  readonly events: ConsumerEvent[] = []
  private readonly ledger: Ledger
  private readonly watcher: TestPartitionWatcher | undefined
  private readonly holds = new Map<number, number>()
  private readonly flushes = new Set<() => void>()
  private readonly storedOnes = new Subject<Committed>()
  private readonly policies: CommitPolicy[] = []
  private unstored = 0
  private waiting: (() => void) | null = null
  private over = false

  constructor(
    { topic, partition }: TopicPartition,
    base: bigint,
    clock: Clock,
    groupId: string,
    signal: AbortSignal,
    watcher: TestPartitionWatcher | undefined
  ) {
    this.topic = topic
    this.partition = partition
    this.groupId = groupId
    this.clock = clock
    this.signal = signal
    this.watcher = watcher
    this.ledger = new Ledger(base)
  }

  get isOver(): boolean {
    return this.over
  }
  get committable(): bigint {
    return this.ledger.committable
  }
  get held(): readonly bigint[] {
    return [...this.holds.keys()].sort((a, b) => a - b).map((seq) => this.ledger.offsetOf(seq))
  }

  deliver(offset: bigint): number {
    return this.ledger.deliver(Number(offset - this.ledger.base), this.clock.now())
  }

  settle(seq: number): void {
    if (this.over) return
    const offset = this.ledger.offsetOf(seq)
    if (!this.ledger.settle(seq)) return
    this.acked.push(offset)
    this.watcher?.acked(offset)
    this.unstored++
    afterTheWhole(this.checkPolicies)
  }
  hold(seq: number): void {
    this.ledger.hold(seq)
    this.holds.set(seq, (this.holds.get(seq) ?? 0) + 1)
  }
  release(seq: number): void {
    this.ledger.release(seq)
    const left = (this.holds.get(seq) ?? 0) - 1
    if (left > 0) this.holds.set(seq, left)
    else this.holds.delete(seq)
  }
  park(seq: number, parked: boolean): void {
    if (parked) this.ledger.park(seq)
    else this.ledger.unpark(seq)
  }
  attempt(): void {
    return undefined
  }
  pass(seq: number, operator: number): void {
    if (!this.over) this.ledger.pass(seq, operator)
  }
  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    each(this, seq)
  }
  originOf(): AckOrigin {
    return this
  }
  isSettled(seq: number): boolean {
    return this.ledger.isSettled(seq)
  }
  isStale(): boolean {
    return this.over
  }
  heldUp(): void {
    // There is no position that would say so.
  }

  report(event: ConsumerEvent): void {
    this.events.push(event)
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    this.policies.push(policy)
    this.checkPolicies()
    return {
      stored: this.storedOnes,
      flush: () =>
        new Observable((subscriber) => {
          this.store()
          subscriber.complete()
        })
    }
  }

  onFlush(run: () => void): () => void {
    this.flushes.add(run)
    return () => {
      this.flushes.delete(run)
    }
  }

  flush(): void {
    for (const run of [...this.flushes]) run()
  }

  end(): void {
    this.over = true
    this.waiting?.()
    this.waiting = null
    this.flushes.clear()
    this.storedOnes.complete()
  }

  private readonly checkPolicies = (): void => {
    if (this.unstored === 0 || this.policies.length === 0) return
    if (this.policies.some(({ every }) => this.unstored >= every)) this.store()
    else {
      const withinMs = Math.min(...this.policies.map((policy) => policy.withinMs))
      this.waiting ??= this.clock.schedule(withinMs, () => {
        this.store()
      })
    }
  }

  private store(): void {
    this.waiting?.()
    this.waiting = null
    this.unstored = 0
    const { topic, partition, committable: offset } = this
    if (this.over || offset === (this.storedOffsets.at(-1) ?? this.ledger.base)) return
    this.storedOffsets.push(offset)
    this.watcher?.stored(offset)
    this.storedOnes.next({ topic, partition, offset })
  }
}
