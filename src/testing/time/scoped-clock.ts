import type { Cancel, Clock } from '../../model/clock.js'
import { ProcessSignals } from './process-signals.js'
import { currentScope, inScope, type LivingProcess, type RunTime, type Scope } from './scopes.js'

/**
 * A clock of its own: its open timers can be counted, and it can be stopped for ever. Code that runs on it belongs to the
 * process of the clock, otherwise to the process that scheduled it.
 */
export class ScopedClock implements Clock, LivingProcess {
  readonly signals = new ProcessSignals()
  private readonly world: Clock
  private readonly scope: Scope | null
  private readonly dying: (() => void)[] = []
  private dead = false
  private waiting = 0

  /** With a `time`, it is the clock of a process within that run. */
  constructor(world: Clock, time?: RunTime) {
    this.world = world
    this.scope = time === undefined ? null : { time, process: this }
  }

  get isDead(): boolean {
    return this.dead
  }
  /** The number of scheduled functions that have neither run nor been cancelled. */
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
    const scope = this.scope ?? currentScope()
    let over = false
    const end = (): void => {
      if (!over) this.waiting--
      over = true
    }
    this.waiting++
    const cancel = this.world.schedule(delayMs, () => {
      end()
      if (this.dead || scope?.process?.isDead === true) return
      if (scope === undefined) run()
      else inScope(scope, run)
    })
    if (scope !== this.scope) scope?.process?.whenDead(end)
    return () => {
      end()
      cancel()
    }
  }
  turn(run: () => void): Cancel {
    return this.schedule(0, run)
  }

  /** Runs code of the process. */
  enter<A>(body: () => A): A {
    return this.scope === null ? body() : inScope(this.scope, body)
  }
  /** Stops everything of the process. */
  kill(): void {
    this.dead = true
    for (const run of this.dying.splice(0)) run()
  }
  whenDead(run: () => void): void {
    if (this.dead) run()
    else this.dying.push(run)
  }
}
