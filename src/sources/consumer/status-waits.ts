import type { Clock } from '../../model/clock.js'
import type { StatusWait } from '../../model/consumer-status.js'
import { describeFault } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'

/** A wait whose end was not reported yet. */
export interface OpenWait {
  readonly for: StatusWait['for']
  readonly what: string
  readonly since: number
  /** Waits without a reported end count as over at this time. */
  readonly until: number
  readonly fault: Fault | null
}

/** What a consumer waits for, according to its events. */
export class StatusWaits {
  private readonly clock: Clock
  private readonly open = new Map<string, OpenWait>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  /** The current waits, the oldest first. */
  current(): readonly OpenWait[] {
    const now = this.clock.now()
    for (const [key, { until }] of this.open) if (until <= now) this.open.delete(key)
    return [...this.open.values()].sort((a, b) => a.since - b.since)
  }

  has(kind: StatusWait['for']): boolean {
    return [...this.open.values()].some((wait) => wait.for === kind)
  }

  /** A wait begins, or continues. */
  begin(kind: StatusWait['for'], what: string, fault: Fault | null, until = Infinity): void {
    const key = `${kind} ${what}`
    this.open.set(key, { for: kind, what, since: this.open.get(key)?.since ?? this.clock.now(), until, fault })
  }

  end(kind: StatusWait['for'], what: string): void {
    this.open.delete(`${kind} ${what}`)
  }

  clear(): void {
    this.open.clear()
  }
}

/** A wait as the reason of a status. */
export const describeWait = ({ for: kind, what, fault }: OpenWait): string => {
  const why = fault === null ? '' : `: ${describeFault(fault)}`
  switch (kind) {
    case 'reconnecting':
      return `reconnecting to ${what}${why}`
    case 'waiting':
      return `${what}${why}`
    case 'joining':
      return `the group ${what} waits for its other members, for one that has gone until its session is over`
    case 'committing':
      return `${what} cannot be committed${why}`
    case 'throttled':
      return `${what} throttles this client`
  }
}
