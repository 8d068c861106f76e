import { lookForListeners, type ReceiveMessage, receiving } from '../../internal/trace-channels.js'
import type { Cancel, Clock } from '../../model/clock.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { TopicPartition } from '../../model/topic-partition.js'

/** The delivery of a partition, which may have records. */
export interface PumpedDelivery extends TopicPartition {
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
  private readonly ready = new Set<PumpedDelivery>()
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

  /** It may have records to deliver: it runs on a later turn. */
  schedule(delivery: PumpedDelivery): void {
    this.ready.add(delivery)
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
    for (const delivery of [...this.ready]) {
      this.ready.delete(delivery)
      if (receiving.hasSubscribers) this.deliverTraced(delivery, turn)
      else this.deliver(delivery, turn, null)
      // Behind the others, so that a full partition does not starve them.
      if (delivery.hasWork) this.ready.add(delivery)
      if (turn.left === 0 || turn.late) break
    }
    if (this.ready.size > 0) this.arm()
    this.turned()
  }

  private deliver(delivery: PumpedDelivery, turn: Turn, traced: ConsumerRecord[] | null): void {
    let delivered: number
    do {
      delivered = delivery.deliver(Math.min(turn.left, turn.share), traced)
      turn.left -= delivered
      turn.share *= 2
      turn.late = this.clock.now() >= turn.until
    } while (delivered > 0 && turn.left > 0 && !turn.late && delivery.hasWork)
  }

  private deliverTraced(delivery: PumpedDelivery, turn: Turn): void {
    const { topic, partition, groupId } = delivery
    const message: ReceiveMessage = { topic, partition, groupId, records: [] }
    receiving.begin(message, () => {
      this.deliver(delivery, turn, message.records)
    })
    receiving.succeeded(message)
  }
}
