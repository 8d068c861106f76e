import type { ShareStatus } from '../../model/share-status.js'

/**
 * How many members the work of one member of a share group needs, and the values it was computed from. `JSON.stringify` can write
 * all of it.
 */
export interface ShareScalingSignal {
  /** add it up over all members, and round up; for KEDA's metrics-api scaler */
  readonly membersNeeded: number
  /** records per second that it acknowledges */
  readonly acknowledgedRate: number
  /** records per second that it acknowledges while it can acquire no more; null until it was measured */
  readonly serviceRate: number | null
  /** the part of the time in which it could acquire no more, from 0 to 1 */
  readonly fullShare: number
  /** the previous value is kept: it joins or drains, and its numbers do not show the load */
  readonly isHeld: boolean
}

/** A member should be busy for this part of its time, so that there is room for more. */
const targetUse = 0.8
/** From this part of the time on it counts as full. */
const fullFrom = 0.9
/** The weight of a new measurement. */
const weight = 0.3
const leastMs = 1_000

/**
 * The scaling signal of one member of a share group:
 *
 * membersNeeded = use / 0.8
 *
 * `use` is the current rate of acknowledgements divided by the rate that the member reaches while it is full; 1 while it is
 * full. A member does not know how many records wait in the group's partitions. While records wait, it is full, and the signal
 * grows by a quarter each time that members are added.
 */
export class ShareScalingMeter {
  private seen: { readonly at: number; readonly acknowledged: number; readonly fullMs: number } | null = null
  private serviceRate: number | null = null
  private last: ShareScalingSignal = nothingYet

  /** The signal now; `now` in ms. */
  update(status: ShareStatus, now: number): ShareScalingSignal {
    if (status.phase !== 'running') {
      this.seen = null
      const isGone = status.phase === 'left' || status.phase === 'stopped' || status.phase === 'idle'
      if (isGone) this.last = nothingYet
      return { ...this.last, isHeld: !isGone }
    }
    const { seen } = this
    if (seen !== null && now - seen.at < leastMs) return this.last
    const acknowledged = status.accepted + status.released + status.rejected
    this.seen = { at: now, acknowledged, fullMs: status.fullMs }
    if (seen === null) {
      this.last = { ...this.last, membersNeeded: status.partitions.length === 0 ? 0 : 1, isHeld: false }
      return this.last
    }
    const ms = now - seen.at
    const acknowledgedRate = (Math.max(0, acknowledged - seen.acknowledged) * 1_000) / ms
    const fullShare = Math.min(1, Math.max(0, status.fullMs - seen.fullMs) / ms)
    const isFull = fullShare >= fullFrom
    // Only a full member shows how fast it can be.
    if (isFull && acknowledgedRate > 0)
      this.serviceRate =
        this.serviceRate === null ? acknowledgedRate : this.serviceRate + weight * (acknowledgedRate - this.serviceRate)
    const { serviceRate } = this
    // A member that was never full counts as busy to the target share at most.
    const most = serviceRate === null ? (status.inFlight > 0 ? targetUse : 0) : acknowledgedRate / serviceRate
    const use = isFull ? 1 : Math.min(1, most)
    const membersNeeded = status.partitions.length === 0 ? 0 : Math.round((use / targetUse) * 100) / 100
    this.last = { membersNeeded, acknowledgedRate, serviceRate, fullShare, isHeld: false }
    return this.last
  }
}

const nothingYet: ShareScalingSignal = {
  membersNeeded: 0,
  acknowledgedRate: 0,
  serviceRate: null,
  fullShare: 0,
  isHeld: false
}
