import { lookForListeners, type ReceiveMessage, receiving } from '../../internal/trace-channels.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { TopicPartition } from '../../model/topic-partition.js'

/** A partition that may have records to deliver. */
export interface PumpedFlow extends TopicPartition {
  readonly groupId: string | null
  readonly hasWork: boolean
  /** Delivers at most `limit` records, adds them to `traced` if given, and returns how many. */
  deliver(limit: number, traced: ConsumerRecord[] | null): number
}

/** The remainder of a turn. */
interface Turn {
  readonly until: number
  left: number
  /** The time is read after one record, two more, four more, and so on, which costs little if handlers are fast. */
  share: number
  late: boolean
}

/** How long a turn may last before the event loop gets control: synchronous handlers may take long. */
const longestTurnMs = 10

/**
 * Delivers fetched records, partition by partition in rotation, at most `perTurn` records and for some milliseconds before the
 * event loop gets control: heartbeats, answers and timers never wait longer than that.
 */
export class DeliveryPump {
  private readonly clock: Clock
  private readonly perTurn: number
  private readonly turned: () => void
  private readonly ready = new Set<PumpedFlow>()
  private scheduled: Cancel | null = null

  /** `turned` is called after each turn. */
  constructor(clock: Clock, perTurn: number, turned: () => void) {
    this.clock = clock
    this.perTurn = perTurn
    this.turned = turned
  }

  get isBusy(): boolean {
    return this.ready.size > 0
  }

  /** The flow may have records to deliver: schedules it for a later turn. */
  schedule(flow: PumpedFlow): void {
    this.ready.add(flow)
    this.arm()
  }

  stop(): void {
    this.scheduled?.()
    this.scheduled = null
    this.ready.clear()
  }

  private arm(): void {
    this.scheduled ??= this.clock.turn(() => {
      this.scheduled = null
      this.turn()
    })
  }

  private turn(): void {
    lookForListeners()
    const turn = { until: this.clock.now() + longestTurnMs, left: this.perTurn, share: 1, late: false }
    for (const flow of [...this.ready]) {
      this.ready.delete(flow)
      if (receiving.hasSubscribers) this.deliverTraced(flow, turn)
      else this.deliver(flow, turn, null)
      // Behind the others, so that a full partition does not starve them.
      if (flow.hasWork) this.ready.add(flow)
      if (turn.left === 0 || turn.late) break
    }
    if (this.ready.size > 0) this.arm()
    this.turned()
  }

  private deliver(flow: PumpedFlow, turn: Turn, traced: ConsumerRecord[] | null): void {
    let delivered: number
    do {
      delivered = flow.deliver(Math.min(turn.left, turn.share), traced)
      turn.left -= delivered
      turn.share *= 2
      turn.late = this.clock.now() >= turn.until
    } while (delivered > 0 && turn.left > 0 && !turn.late && flow.hasWork)
  }

  private deliverTraced(flow: PumpedFlow, turn: Turn): void {
    const { topic, partition, groupId } = flow
    const message: ReceiveMessage = { topic, partition, groupId, records: [] }
    receiving.begin(message, () => {
      this.deliver(flow, turn, message.records)
    })
    receiving.succeeded(message)
  }
}
