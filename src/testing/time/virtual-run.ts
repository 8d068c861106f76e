import { realClock } from '../../internal/real-clock.js'
import { ScopedClock } from './scoped-clock.js'
import { VirtualClock } from './virtual-clock.js'
import { type OpenTimer, virtualGlobals } from './virtual-globals.js'

/** Where no end is set, more moments than this are no test that waits, but one that never ends. */
const mostMoments = 10_000

/** One run in virtual time, moment by moment: all that is due, then one real turn of the event loop. */
export interface VirtualRun {
  readonly clock: VirtualClock
  /** The timers that the code under test has set and that have not run out. */
  readonly openTimers: readonly OpenTimer[]
  /** Lets time pass until the moment, or until there is nothing more to come. */
  until(ms: number): Promise<void>
  /** Lets time pass until it is so; false if it is not so by the moment, or never can be. */
  untilSo(condition: () => boolean, ms: number): Promise<boolean>
}

/** Virtual time is the whole process's: those who come while somebody has it wait. */
let occupied: Promise<unknown> = Promise.resolve()

/** Runs the body while `setTimeout`, `setInterval`, `Date` and `performance.now` go by a virtual clock. */
export const inVirtualTime = async <A>(body: (run: VirtualRun) => Promise<A>): Promise<A> => {
  const former = occupied
  let leave = (): void => undefined
  occupied = new Promise<void>((done) => {
    leave = done
  })
  await former
  const clock = new VirtualClock()
  const globals = virtualGlobals(new ScopedClock(clock))
  try {
    return await body(runOn(clock, () => globals.openTimers))
  } finally {
    globals.restore()
    leave()
  }
}

const runOn = (clock: VirtualClock, openTimers: () => readonly OpenTimer[]): VirtualRun => {
  const untilSo = async (condition: () => boolean, ms: number): Promise<boolean> => {
    let moments = 0
    for (;;) {
      // Promises of this moment settle now, and may put more on the clock.
      await turn()
      if (condition()) return true
      const next = clock.nextAt
      if (next > ms || next === Infinity) {
        if (ms < Infinity) clock.advanceTo(ms)
        return false
      }
      if (ms === Infinity && ++moments > mostMoments)
        throw new Error(`after ${String(mostMoments)} moments there is still more to come: something never ends`)
      clock.advanceTo(next)
    }
  }
  return {
    clock,
    get openTimers() {
      return openTimers()
    },
    untilSo,
    until: async (ms) => {
      await untilSo(() => false, ms)
    }
  }
}

const turn = (): Promise<void> =>
  new Promise((done) => {
    realClock.turn(done)
  })
