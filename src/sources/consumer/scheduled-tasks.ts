import type { Cancel, Clock } from '../../model/clock.js'

/** Tasks for later, which can all be cancelled at once. */
export class ScheduledTasks {
  private readonly clock: Clock
  private readonly waiting = new Set<Cancel>()

  constructor(clock: Clock) {
    this.clock = clock
  }

  nextTurn(run: () => void): void {
    this.keep(run, (once) => this.clock.turn(once))
  }

  after(ms: number, run: () => void): void {
    this.keep(run, (once) => this.clock.schedule(ms, once))
  }

  cancel(): void {
    for (const cancel of this.waiting) cancel()
    this.waiting.clear()
  }

  private keep(run: () => void, arm: (once: () => void) => Cancel): void {
    const cancel = arm(() => {
      this.waiting.delete(cancel)
      run()
    })
    this.waiting.add(cancel)
  }
}
