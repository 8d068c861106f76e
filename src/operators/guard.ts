import { checkOptions, count, name as aName, type OptionRule, options as within } from './handling/operator-options.js'
import { GuardGate, type GuardStatus } from './handling/guard-gate.js'

/** How what is called is spared. Each part that is left out is off. */
export interface GuardOptions {
  /** in events and positions. @default 'guard' */
  readonly name?: string
  /**
   * A circuit breaker: opens when `failureRatio` (default 0.5) of the last `calls` (default 10) have failed; then one call is let
   * through each `probeEveryMs` (default 1000), and the first that succeeds closes it.
   */
  readonly breaker?: { readonly calls?: number; readonly failureRatio?: number; readonly probeEveryMs?: number }
  /**
   * How many run at once is found out: one more while they take no longer than a few do, a fifth less when they take `tolerance`
   * (default 1.15) times that, a quarter less when one fails; `max` (default 1000) at most.
   */
  readonly concurrency?: { readonly max?: number; readonly tolerance?: number }
  /** So many begin in a second on average, and `burst` (default 1) at once after a pause. */
  readonly rate?: { readonly perSecond: number; readonly burst?: number }
}

/** Made by `guard`; given to `handle` and `writeTo` as their `limit`. */
export interface Guard {
  readonly _tag: 'Guard'
  readonly name: string
  /** how it stands now */
  readonly status: GuardStatus
}

/**
 * Spares what handlers call: a circuit breaker, a concurrency that follows what the called can take, and a rate, for all the
 * partitions and pipelines that are given it as their `limit`.
 *
 * - Records that may not be handled yet wait, unsettled: intake stops when their credit is used up. The member stays in its group,
 *   nothing counts as stalled, and `positions()` says what holds a partition up (`heldUpBy`).
 * - An attempt that fails counts, and is one of the record's attempts: give `retry` enough of them for the time that what is called
 *   may be away. What is permanent (`classify`) counts as answered.
 * - A probe that never ends keeps the breaker open: give handlers a `timeoutMs`.
 * - Order is that of `handle`. Who has waited longest is next; nothing is kept for a partition.
 * - Events `breaker opened` and `breaker closed`, of the partition whose call decided.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * const payments = guard({ breaker: {}, concurrency: { max: 64 }, rate: { perSecond: 200 } })
 * const retry = { attempts: 100, backoff: exponential({ initialMs: 100, maxMs: 5_000 }) }
 * partition.pipe(handle(charge, { order: 'key', limit: payments, retry, timeoutMs: 5_000 }), commit())
 */
export const guard = (options: GuardOptions): Guard => {
  checkOptions('guard', options, rules)
  const { name = 'guard', breaker, concurrency, rate } = options
  const gate = new GuardGate(name, {
    breaker:
      breaker === undefined
        ? null
        : {
            calls: breaker.calls ?? 10,
            failureRatio: breaker.failureRatio ?? 0.5,
            probeEveryMs: breaker.probeEveryMs ?? 1_000
          },
    concurrency:
      concurrency === undefined ? null : { max: concurrency.max ?? 1_000, tolerance: concurrency.tolerance ?? 1.15 },
    rate: rate === undefined ? null : { perSecond: rate.perSecond, burst: rate.burst ?? 1 }
  })
  const made: Guard = {
    _tag: 'Guard',
    name,
    get status() {
      return gate.status
    }
  }
  gates.set(made, gate)
  return made
}

const gates = /*#__PURE__*/ new WeakMap<Guard, GuardGate>()

export const gateOf = (made: Guard): GuardGate | null => gates.get(made) ?? null

const numberFrom = (least: number, most: number): OptionRule => ({
  allowed:
    most === Infinity ? `a number above ${String(least)}` : `a number above ${String(least)}, ${String(most)} at most`,
  holds: (given) => typeof given === 'number' && given > least && given <= most && given !== Infinity
})

const rules = {
  name: aName,
  breaker: within({ calls: count, failureRatio: numberFrom(0, 1), probeEveryMs: numberFrom(0, 2 ** 31 - 1) }),
  concurrency: within({ max: count, tolerance: numberFrom(1, Infinity) }),
  rate: within({ perSecond: { ...numberFrom(0, Infinity), isNeeded: true }, burst: count })
} as const
