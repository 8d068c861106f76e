import type { OperatorFunction } from 'rxjs'
import { problemsWith, refuseWrong } from '../../model/check-arguments.js'
import type { Carried } from '../../model/carried.js'
import type { AnyOnFailure, OnFailureOf } from '../../model/failure-policy.js'
import type { OperatorName } from '../../model/operator-name.js'
import type { AnyHandleOptions } from './handler.js'
import type { Handling, HandlingAtOnce } from './handling-kinds.js'
import { HandlingRun } from './handling-run.js'
import { throughRun } from './through-run.js'
import {
  aFunction,
  backoff,
  checkOptions,
  count,
  either,
  made,
  milliseconds,
  needed,
  onFailure,
  oneOf,
  options as optionsOf,
  type OptionRules
} from './operator-options.js'

/** `HandleOptions` */
const rules: OptionRules = {
  concurrency: count,
  limit: made('concurrencyLimit(…) or guard(…)', 'ConcurrencyLimit', 'Guard'),
  timeoutMs: milliseconds,
  order: either(oneOf('partition', 'key', 'none'), aFunction),
  retry: optionsOf({ attempts: needed(count), backoff: needed(backoff), classify: aFunction }),
  onFailure
}

/** `CallOptions` */
const rulesAtOnce: OptionRules = { onFailure }

/** Queue, order, concurrency, retry and failure policy, for any operation on each record. */
export const handling = <C extends Carried<unknown>, D extends Carried<unknown>>(
  what: Handling<C, D>,
  options: AnyHandleOptions<C>
): OperatorFunction<C, D> => {
  refuseWrong(problemsWith(`${what.operator}: fn`, what.call, aFunction))
  checkOptions(what.operator, options, rules)
  return running(what, options)
}

const running = <C extends Carried<unknown>, D extends Carried<unknown>>(
  what: Handling<C, D> | HandlingAtOnce<C, D>,
  options: AnyHandleOptions<C>
): OperatorFunction<C, D> => throughRun((destination) => new HandlingRun(what, options, destination))

/**
 * The same for values that are created within the call; null settles the record instead. If `make` throws, the options decide.
 * Order is kept: only a parked record, or one that is retried later, lets others pass, and only those of other keys.
 */
export const handlingAtOnce = <C extends Carried<unknown>, D extends Carried<unknown>>(
  operator: OperatorName,
  make: (carried: C) => D | null,
  options: AnyCallOptions
): OperatorFunction<C, D> => {
  checkOptions(operator, options, rulesAtOnce)
  const { onFailure: policy = 'fail' } = options
  const isAside = typeof policy === 'object' && policy._tag !== 'DeadLetter'
  return running({ operator, make }, { ...options, order: isAside ? 'key' : 'partition' })
}

/** The options of operators that call a user's function: what happens if it throws. */
export interface CallOptions<C = Carried<unknown>> {
  /** What happens to a record for which the function throws. @default 'fail' */
  readonly onFailure?: OnFailureOf<C>
}

/** The same, whatever the source is. */
export interface AnyCallOptions {
  readonly onFailure?: AnyOnFailure
}
