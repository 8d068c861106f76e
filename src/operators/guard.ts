import { checkOptions, count, name as aName, type OptionRule, options as within } from './handling/operator-options.js'
import { problemsWith, refuseWrong } from '../model/check-arguments.js'
import { GuardGate, type GuardStatus } from './handling/guard-gate.js'

/** How the guard protects the called service. Each part that is left out is off. */
export interface GuardOptions {
  /** the name in events and positions. @default 'guard' */
  readonly name?: string
  /**
   * A circuit breaker. It opens when `failureRatio` (default 0.5) of the last `calls` (default 10) have failed. Then it
   * lets one call through each `probeEveryMs` (default 1000), and closes with the first one that succeeds.
   */
  readonly breaker?: { readonly calls?: number; readonly failureRatio?: number; readonly probeEveryMs?: number }
  /**
   * Adapts how many calls may run at once: one more while calls take no longer than when only a few run, a fifth fewer
   * when they take `tolerance` (default 1.15) times that, a quarter fewer when one fails; `max` (default 1000) at most.
   */
  readonly concurrency?: { readonly max?: number; readonly tolerance?: number }
  /** `perSecond` calls begin each second on average, and up to `burst` (default 1) at once after a pause. */
  readonly rate?: { readonly perSecond: number; readonly burst?: number }
}

/** Made by `guard`; pass it to `handle` and `writeTo` as their `limit`. */
export interface Guard {
  readonly _tag: 'Guard'
  readonly name: string
  /** its current state */
  readonly status: GuardStatus
}

/**
 * Protects what handlers call, for all the partitions and pipelines that have it as their `limit`: with a circuit
 * breaker, a concurrency that adapts to what the called service can take, and a rate.
 *
 * - Records that may not be handled yet wait, unsettled: intake stops when their credit is used up. The member stays in
 *   its group, nothing counts as stalled, and `positions()` names what holds a partition up (`heldUpBy`).
 * - A failed attempt counts for the guard, and is one of the record's attempts: give `retry` enough of them for the
 *   time that the called service may be down. A permanent failure (`classify`) counts as an answer.
 * - A probe that never ends keeps the breaker open: give handlers a `timeoutMs`.
 * - Order is that of `handle`. The handler that has waited longest is next; nothing is reserved for a partition.
 * - Emits `breaker opened` and `breaker closed`, with the partition whose call decided.
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
  refuseWrong(problemsWith('guard', options, protecting))
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

/** At least one part is required: otherwise the guard would do nothing. */
const protecting: OptionRule = {
  allowed: 'at least one of breaker, concurrency, rate',
  holds: (given) => Object.values(given as GuardOptions).some((part) => typeof part === 'object')
}

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
