import type { Cancel, Clock } from '../model/clock.js'

/** The timers of a state machine by name: setting a timer replaces an earlier one of that name. */
export class NamedTimers<Name> {
  private readonly clock: Clock
  private readonly timers = new Map<Name, Cancel>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  has(name: Name): boolean {
    return this.timers.has(name)
  }

  arm(name: Name, inMs: number, run: () => void): void {
    this.set(name, run, (due) => this.clock.schedule(Math.max(0, inMs), due))
  }

  /** Runs on a later turn. */
  turn(name: Name, run: () => void): void {
    this.set(name, run, (due) => this.clock.turn(due))
  }

  disarm(name: Name): void {
    this.timers.get(name)?.()
    this.timers.delete(name)
  }

  close(): void {
    for (const cancel of this.timers.values()) cancel()
    this.timers.clear()
  }

  private set(name: Name, run: () => void, schedule: (due: () => void) => Cancel): void {
    this.timers.get(name)?.()
    const due = (): void => {
      this.timers.delete(name)
      run()
    }
    this.timers.set(name, schedule(due))
  }
}
