import { optional, problemsWithOptions, refuseWrong } from '../../model/check-arguments.js'
import type { ConsumerPhase, ConsumerStatus } from '../../model/consumer-status.js'

/** The target of the signal. */
export interface ScalingOptions {
  /** In how many seconds the lag should be processed. @default 60 */
  readonly targetLagSeconds?: number
}

/**
 * How many members the work of one member needs, and the values it was computed from. `JSON.stringify` can write all of
 * it.
 */
export interface ScalingSignal {
  /** add it up over all members, and round up; for KEDA's metrics-api scaler */
  readonly membersNeeded: number
  /** records per second that were added to the logs of its partitions */
  readonly arrivalRate: number
  /** records per second that it settles while it has a lag; null until it was measured */
  readonly serviceRate: number | null
  readonly behind: number
  readonly lagSeconds: number
  readonly partitionsWithLag: number
  /** the previous value is kept: it drains, joins or rebalances, and its numbers do not show the load */
  readonly isHeld: boolean
}

interface Seen {
  readonly at: number
  readonly ends: ReadonlyMap<string, bigint>
  readonly behind: number
}

export const scalingRules = {
  targetLagSeconds: optional({
    allowed: 'a number of seconds above 0',
    holds: (given) => typeof given === 'number' && given > 0
  })
}

/** The weight of a new measurement. */
const weight = 0.3
const leastMs = 1_000

/**
 * The scaling signal of one member:
 *
 *     membersNeeded = min(partitions with lag, (arrival rate + behind / targetLagSeconds) / service rate)
 *
 * at least the busy share of a member for what arrives. The service rate is measured while there is a lag: then the
 * member settles as fast as it can. More members than partitions with lag would have nothing to do.
 *
 * @example
 * const meter = new ScalingMeter({ targetLagSeconds: 30 })
 * setInterval(() => console.log(meter.update(orders.status(), performance.now())), 10_000)
 */
export class ScalingMeter {
  private readonly targetLagSeconds: number
  private seen: Seen | null = null
  private serviceRate: number | null = null
  private last: ScalingSignal | null = null

  /** @throws ConsumerError with a `ConfigFault` */
  constructor(options: ScalingOptions = {}) {
    refuseWrong(problemsWithOptions('ScalingMeter', options, scalingRules))
    const { targetLagSeconds = 60 } = options
    this.targetLagSeconds = targetLagSeconds
  }

  /** The signal now; `now` in ms. */
  update(status: ConsumerStatus, now: number): ScalingSignal {
    const isHeld = status.phase !== 'running'
    if (isHeld) {
      this.seen = null
      return {
        ...(this.last ?? nothingYet),
        ...(isGone(status.phase) ? nothingYet : {}),
        isHeld: !isGone(status.phase)
      }
    }
    const { seen } = this
    if (seen !== null && this.last !== null && now - seen.at < leastMs) return this.last
    const partitions = status.partitions
    const ends = new Map(
      partitions.flatMap(({ topic, partition, logEnd }) =>
        logEnd === null ? [] : [[`${topic}/${String(partition)}`, BigInt(logEnd)] as const]
      )
    )
    const seconds = seen === null ? 0 : (now - seen.at) / 1_000
    let arrived = 0
    for (const [key, end] of ends) arrived += Math.max(0, Number(end - (seen?.ends.get(key) ?? end)))
    const arrivalRate = seconds === 0 ? 0 : arrived / seconds
    const settledRate = partitions.reduce((sum, { settledPerSecond }) => sum + settledPerSecond, 0)
    // Only a member with a lag shows how fast it can be.
    if (seen !== null && seen.behind > 0 && status.behind > 0 && settledRate > 0)
      this.serviceRate =
        this.serviceRate === null ? settledRate : this.serviceRate + weight * (settledRate - this.serviceRate)
    this.seen = { at: now, ends, behind: status.behind }
    const partitionsWithLag = partitions.filter(({ behind }) => (behind ?? 0) > 0).length
    const busy = this.serviceRate === null ? 1 : arrivalRate / this.serviceRate
    const members = this.serviceRate === null ? 1 : busy + status.behind / this.targetLagSeconds / this.serviceRate
    const most = Math.max(partitionsWithLag, Math.min(1, partitions.length))
    const membersNeeded = partitions.length === 0 ? 0 : Math.round(Math.min(most, members) * 100) / 100
    const lagSeconds = status.lagMs / 1_000
    const { serviceRate } = this
    this.last = {
      membersNeeded,
      arrivalRate,
      serviceRate,
      behind: status.behind,
      lagSeconds,
      partitionsWithLag,
      isHeld: false
    }
    return this.last
  }
}

const nothingYet: ScalingSignal = {
  membersNeeded: 0,
  arrivalRate: 0,
  serviceRate: null,
  behind: 0,
  lagSeconds: 0,
  partitionsWithLag: 0,
  isHeld: false
}

const isGone = (phase: ConsumerPhase): boolean => phase === 'left' || phase === 'stopped' || phase === 'idle'
