import type { Subscription } from 'rxjs'
import { Fifo } from '../../core/scheduling/fifo.js'
import type { Lane } from '../../core/scheduling/lanes.js'
import type { SlotUser } from '../../core/scheduling/shared-slots.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { HandlerCall } from './handler-call.js'
import type { RecordPlace } from '../../model/record-place.js'

/** The unit of a limit: the work on one partition's records. */
export class WorkGroup<C> implements SlotUser {
  /** records that may begin when there is room */
  readonly ready = new Fifo<Work<C>>()
  readonly lanes = new Map<string, Lane<Work<C>>>()
  /** running attempts */
  active = 0
  /** slots of a shared limit */
  taken = 0
  /** of the last record that entered */
  origin: AckOrigin | null = null
  readonly wake: () => void

  constructor(wake: (group: WorkGroup<C>) => void) {
    this.wake = () => {
      wake(this)
    }
  }

  get isIdle(): boolean {
    return this.active === 0 && this.ready.length === 0 && this.lanes.size === 0
  }

  isOf(partition: TopicPartition): boolean {
    const { origin } = this
    return origin !== null && partition.partition === origin.partition && partition.topic === origin.topic
  }
}

const none: readonly never[] = []

/** One record in process, from its arrival through all its attempts until it leaves. */
export class Work<C> {
  carried: C
  readonly group: WorkGroup<C>
  /** the lane of the record's order, in which it is the head or waits */
  lane: Lane<Work<C>> | null = null
  attempt = 0
  /** the handler that processes it */
  run: HandlerCall<Work<C>> | null = null
  /** how often it was parked after its attempts */
  asides = 0
  isParked = false
  /** since when it waits for its turn, for `retryLater` */
  waitsSince: number | null = null
  /** no handler runs or is about to: it waits for its next attempt, or for its dead letter */
  isResting = false
  /** the record before it that failed for good, and that it follows */
  behind: RecordPlace | null = null
  /** writes it to the dead letters, or to a retry topic */
  taking: Subscription | null = null
  /** those that were behind it in its lane, and move to a retry topic with it */
  led: readonly Work<C>[] = none

  constructor(carried: C, group: WorkGroup<C>) {
    this.carried = carried
    this.group = group
  }
}
