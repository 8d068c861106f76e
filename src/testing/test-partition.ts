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
  /** The offset of the first record without its own. @default 0n */
  readonly offset?: bigint
  /** The clock of its operators. @default real time */
  readonly clock?: Clock
  /** @default 'group' */
  readonly groupId?: string
}

/** A partition's stream and its control: what a consumer would do to it, and what its pipeline has done. */
export interface TestPartition extends TopicPartition {
  /** The stream for the pipeline under test. */
  readonly stream: PartitionStream
  /** Delivers a record and returns it. Offsets increase by one unless they are given. */
  deliver<K = null, V = null>(fields?: Omit<TestRecordFields<K, V>, 'topic' | 'partition'>): ConsumerRecord
  /** Drains the partition: the stream completes, and operators flush the records that they collect. */
  drain(): void
  /** Makes operators flush the records that they collect, as when a partition is starved; the stream continues. */
  flush(): void
  /** Loses the partition, as after the deadline of a drain: the signal aborts, and acknowledgements have no effect any more. */
  lose(): void
  /** Fails the source of the records. */
  fail(error: unknown): void
  /** Whether the stream is subscribed to. */
  readonly isSubscribed: boolean
  /** Offsets of the acknowledged records, in the order of their acknowledgement. */
  readonly acked: readonly bigint[]
  /** Offsets of the records that operators hold. */
  readonly held: readonly bigint[]
  /** The offsets that `commit()` has committed, in order: each the next offset to read. */
  readonly stored: readonly bigint[]
  /** The offset that may be committed now. */
  readonly committable: bigint
  /** The events that operators have reported. */
  readonly events: readonly ConsumerEvent[]
}

/**
 * A partition without a cluster, to test an operator or the pipeline of a partition.
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
      // As from a cluster: bytes.
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
