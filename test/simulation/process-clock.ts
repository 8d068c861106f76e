import type { Cancel, Clock } from '../../src/model/clock.js'
import type { VirtualClock } from '../support/virtual-clock.js'

type State = 'running' | 'frozen' | 'dead'

/**
 * The time of one process: it can be killed (nothing of it runs any more) and frozen (what is due meanwhile runs when it
 * is thawed, as after SIGSTOP and SIGCONT).
 */
export class ProcessClock implements Clock {
  private readonly world: VirtualClock
  private readonly missed: (() => void)[] = []
  private current: State = 'running'
  private waiting = 0

  constructor(world: VirtualClock) {
    this.world = world
  }

  get state(): State {
    return this.current
  }
  /** How much of its own is scheduled. */
  get pending(): number {
    return this.waiting
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
      if (over) return
      over = true
      this.waiting--
    }
    this.waiting++
    const cancel = this.world.schedule(delayMs, () => {
      this.run(() => {
        if (over) return
        end()
        run()
      })
    })
    return () => {
      end()
      cancel()
    }
  }
  turn(run: () => void): Cancel {
    return this.schedule(0, run)
  }

  /** Something reaches the process from outside. */
  run(reaction: () => void): void {
    if (this.current === 'running') reaction()
    else if (this.current === 'frozen') this.missed.push(reaction)
  }

  kill(): void {
    this.current = 'dead'
    this.missed.length = 0
  }
  freeze(): void {
    if (this.current === 'running') this.current = 'frozen'
  }
  thaw(): void {
    if (this.current !== 'frozen') return
    this.current = 'running'
    for (const reaction of this.missed.splice(0)) this.run(reaction)
  }
}
