import { realClock } from '../../internal/real-clock.js'
import { inScope } from './scopes.js'
import { VirtualClock } from './virtual-clock.js'
import { type OpenTimer, useVirtualGlobals, VirtualTimers } from './virtual-globals.js'

/** How much a run may take before it counts as one that never ends. */
export interface RunBudget {
  /**
   * How many moments of virtual time at which something happens.
   *
   * @default 100000; 10000 for a test of Observables alone, which has no end of its own
   */
  readonly moments?: number
  /** How many milliseconds of virtual time. @default no limit */
  readonly virtualMs?: number
}

/** A run that has taken more than its budget. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError'
}

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

const mostMoments = 100_000
/** Where no end is set, more moments than this are no test that waits, but one that never ends. */
const mostMomentsWithoutEnd = 10_000

/**
 * Runs the body while `setTimeout`, `setInterval`, `Date` and `performance.now` go by a virtual clock, for the body and what it
 * begins. Code outside sees real time, even while a run that its test framework has given up goes on.
 */
export const inVirtualTime = async <A>(body: (run: VirtualRun) => Promise<A>, budget: RunBudget = {}): Promise<A> => {
  const clock = new VirtualClock()
  const timers = new VirtualTimers(clock)
  const giveBack = useVirtualGlobals()
  try {
    return await inScope({ time: { clock, timers }, process: null }, () => body(runOn(clock, timers, budget)))
  } finally {
    giveBack()
  }
}

const runOn = (clock: VirtualClock, timers: VirtualTimers, budget: RunBudget): VirtualRun => {
  let moments = 0
  const untilSo = async (condition: () => boolean, ms: number): Promise<boolean> => {
    const most = budget.moments ?? (ms === Infinity ? mostMomentsWithoutEnd : mostMoments)
    for (;;) {
      // Promises of this moment settle now, and may put more on the clock.
      await turn()
      if (condition()) return true
      const next = clock.nextAt
      if (next > ms || next === Infinity) {
        if (ms < Infinity) clock.advanceTo(ms)
        return false
      }
      if (++moments > most)
        throw new BudgetError(`after ${String(most)} moments there is still more to come: something never ends`)
      if (next > (budget.virtualMs ?? Infinity))
        throw new BudgetError(`after ${String(budget.virtualMs)} ms there is still more to come: something never ends`)
      clock.advanceTo(next)
    }
  }
  return {
    clock,
    get openTimers() {
      return timers.openTimers
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
