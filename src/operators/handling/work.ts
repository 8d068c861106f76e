import type { Subscription } from 'rxjs'
import { Fifo } from '../../core/scheduling/fifo.js'
import type { Lane } from '../../core/scheduling/lanes.js'
import type { SlotUser } from '../../core/scheduling/shared-slots.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { HandlerRun } from './handler-run.js'
import type { RecordPlace } from '../../model/record-place.js'

/** What is limited together: the work on one partition's records. */
export class WorkGroup<C> implements SlotUser {
  /** may begin as soon as there is room */
  readonly ready = new Fifo<Work<C>>()
  readonly lanes = new Map<string, Lane<Work<C>>>()
  /** attempts under way */
  active = 0
  /** of a shared limit */
  taken = 0
  /** of the last record that was entered */
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

/** One record under way, from its arrival through all its attempts until it leaves. */
export class Work<C> {
  carried: C
  readonly group: WorkGroup<C>
  /** what it is ordered with; it is its head, or waits in it */
  lane: Lane<Work<C>> | null = null
  attempt = 0
  /** the handler at work on it */
  run: HandlerRun<Work<C>> | null = null
  /** how often it was put aside after its attempts */
  asides = 0
  isParked = false
  /** neither is a handler at work on it, nor is it about to: it waits for its time, or to be written away */
  isResting = false
  /** the one before it that was given up, which it is to follow */
  behind: RecordPlace | null = null
  /** writes it away */
  taking: Subscription | null = null

  constructor(carried: C, group: WorkGroup<C>) {
    this.carried = carried
    this.group = group
  }
}
