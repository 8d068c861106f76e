import { collectEscaped } from './escaped-errors.js'
import { realTurn } from './real-turn.js'
import { inScope } from './scopes.js'
import { VirtualClock } from './virtual-clock.js'
import { type OpenTimer, useVirtualGlobals, VirtualTimers } from './virtual-globals.js'

/** The limits after which a run counts as endless. */
export interface RunBudget {
  /**
   * The maximum number of moments of virtual time at which something happens.
   *
   * @default 100000; 10000 for a test of Observables alone, which has no end of its own
   */
  readonly moments?: number
  /** The maximum of milliseconds of virtual time. @default no limit */
  readonly virtualMs?: number
}

/** A run that has exceeded its budget. */
export class BudgetError extends Error {
  override readonly name = 'BudgetError'
}

/** One run in virtual time, moment by moment: all that is due, then one real turn of the event loop. */
export interface VirtualRun {
  readonly clock: VirtualClock
  /** The open timers of the code under test. */
  readonly openTimers: readonly OpenTimer[]
  /** The errors of the code under test that nobody has handled. */
  readonly escaped: readonly unknown[]
  /** Lets time pass until this moment, or until nothing more is scheduled. */
  until(ms: number): Promise<void>
  /** Lets time pass until the condition holds; false if it does not hold by this moment, or cannot any more. */
  untilSo(condition: () => boolean, ms: number): Promise<boolean>
}

const mostMoments = 100_000
/** Without an end, a test with more moments than this is endless. */
const mostMomentsWithoutEnd = 10_000

/**
 * Runs the body, and what it starts, while `setTimeout`, `setInterval`, `Date` and `performance.now` use a virtual clock. Other
 * code sees real time, even if a run continues that its test framework has given up.
 */
export const inVirtualTime = async <A>(body: (run: VirtualRun) => Promise<A>, budget: RunBudget = {}): Promise<A> => {
  const clock = new VirtualClock()
  const timers = new VirtualTimers(clock)
  const giveBack = useVirtualGlobals()
  const time = { clock, timers }
  const { errors, stop } = collectEscaped(time)
  try {
    return await inScope({ time, process: null }, () => body(runOn(clock, timers, budget, errors)))
  } finally {
    stop()
    giveBack()
  }
}

const runOn = (
  clock: VirtualClock,
  timers: VirtualTimers,
  budget: RunBudget,
  escaped: readonly unknown[]
): VirtualRun => {
  let moments = 0
  const untilSo = async (condition: () => boolean, ms: number): Promise<boolean> => {
    const most = budget.moments ?? (ms === Infinity ? mostMomentsWithoutEnd : mostMoments)
    for (;;) {
      // Promises of this moment settle now, and may schedule more.
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
    escaped,
    untilSo,
    until: async (ms) => {
      await untilSo(() => false, ms)
    }
  }
}

const turn = (): Promise<void> =>
  new Promise((done) => {
    realTurn(done)
  })
