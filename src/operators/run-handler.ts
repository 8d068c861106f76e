import { isObservable, type Observable } from 'rxjs'

/** How an attempt ended. */
export interface Outcome {
  succeeded(value: unknown): void
  failed(cause: unknown): void
}

/** Ends what is under way, where that can be: an Observable is unsubscribed, a promise only ignored. */
export type Abandon = () => void

/**
 * Runs a user's handler once and tells `outcome` once. A value that is there at once is told at once: nothing is
 * allocated and nothing waits for it. Gives how to abandon it, or null if it is over.
 */
export const runHandler = (call: () => unknown, outcome: Outcome): Abandon | null => {
  let result: unknown
  try {
    result = call()
    // A TaskEither is a function that starts the work.
    if (typeof result === 'function') result = (result as () => unknown)()
  } catch (error) {
    outcome.failed(error)
    return null
  }
  if (isObservable(result)) return observed(result, outcome)
  if (isPromiseLike(result)) return awaited(result, outcome)
  settle(result, outcome)
  return null
}

const observed = (observable: Observable<unknown>, outcome: Outcome): Abandon | null => {
  let last: unknown = undefined
  const subscription = observable.subscribe({
    next: (value) => {
      last = value
    },
    error: (error: unknown) => {
      outcome.failed(error)
    },
    complete: () => {
      settle(last, outcome)
    }
  })
  return subscription.closed
    ? null
    : () => {
        subscription.unsubscribe()
      }
}

const awaited = (promise: PromiseLike<unknown>, outcome: Outcome): Abandon => {
  let abandoned = false
  promise.then(
    (value) => {
      if (!abandoned) settle(value, outcome)
    },
    (error: unknown) => {
      if (!abandoned) outcome.failed(error)
    }
  )
  return () => {
    abandoned = true
  }
}

const settle = (value: unknown, outcome: Outcome): void => {
  if (isEither(value)) {
    if (value._tag === 'Left') outcome.failed(value.left)
    else outcome.succeeded(value.right)
  } else outcome.succeeded(value)
}

const isPromiseLike = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function'

type EitherLike =
  { readonly _tag: 'Left'; readonly left: unknown } | { readonly _tag: 'Right'; readonly right: unknown }

const isEither = (value: unknown): value is EitherLike =>
  typeof value === 'object' &&
  value !== null &&
  '_tag' in value &&
  ((value._tag === 'Left' && 'left' in value) || (value._tag === 'Right' && 'right' in value))
