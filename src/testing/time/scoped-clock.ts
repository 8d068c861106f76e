import type { Cancel, Clock } from '../../model/clock.js'

/** Whose time it is, apart from everybody else's: what is left of it can be counted, and it can be made to stop for ever. */
export class ScopedClock implements Clock {
  private readonly world: Clock
  private dead = false
  private waiting = 0

  constructor(world: Clock) {
    this.world = world
  }

  get isDead(): boolean {
    return this.dead
  }
  /** How much is scheduled and neither run nor withdrawn. */
  get pending(): number {
    return this.dead ? 0 : this.waiting
  }

  now(): number {
    return this.world.now()
  }
  wallTime(): number {
    return this.world.wallTime()
  }
  schedule(delayMs: number, run: () => void): Cancel {
    let over = false
    const end = (): void => {
      if (!over) this.waiting--
      over = true
    }
    this.waiting++
    const cancel = this.world.schedule(delayMs, () => {
      end()
      if (!this.dead) run()
    })
    return () => {
      end()
      cancel()
    }
  }
  turn(run: () => void): Cancel {
    return this.schedule(0, run)
  }

  /** Nothing of it runs any more. */
  kill(): void {
    this.dead = true
  }
}
