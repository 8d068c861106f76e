import type { Subscriber } from 'rxjs'
import { realClock } from '../internal/real-clock.js'
import { refuseWrong } from '../model/check-arguments.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { PartitionStream } from '../model/partition-stream.js'
import type { TopicPartition } from '../model/topic-partition.js'
import { partitionStream } from '../sources/consumer/partition-stream.js'
import { problemsWithDelivery, problemsWithPartition } from './arguments/problems-with-record.js'
import { TestOrigin } from './test-origin.js'
import type { TestPartitionWatcher } from './test-origin-setting.js'
import { recordFor, type TestRecordFields } from './test-record.js'

/** The settings of a test's partition. */
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
  const origin = new TestOrigin({ place, base: offset, clock, groupId, signal: abort.signal, watcher })
  const feed = new Feed()
  let next = offset
  const stream = partitionStream(place, abort.signal, (destination) => {
    feed.attach(destination, origin.isOver)
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
      feed.subscriber?.next(source)
      return source
    },
    drain: () => {
      feed.subscriber?.complete()
      origin.flush()
    },
    flush: () => {
      origin.flush()
    },
    lose: () => {
      origin.end()
      abort.abort()
      feed.subscriber?.complete()
    },
    fail: (error) => {
      feed.subscriber?.error(error)
    },
    get isSubscribed() {
      return feed.subscriber !== null
    },
    get acked() {
      return origin.acked
    },
    get held() {
      return origin.held
    },
    get stored() {
      return origin.commits.stored
    },
    get committable() {
      return origin.committable
    },
    get events() {
      return origin.events
    }
  }
}

/** The one subscriber of a partition's stream. */
class Feed {
  subscriber: Subscriber<ConsumerRecord> | null = null

  attach(destination: Subscriber<ConsumerRecord>, isOver: boolean): void {
    if (isOver) destination.complete()
    else this.subscriber = destination
    destination.add(() => {
      if (this.subscriber === destination) this.subscriber = null
    })
  }
}
