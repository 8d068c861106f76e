import { isObservable } from 'rxjs'
import { ConsumerError } from '../model/consumer-error.js'
import { isPromiseLike } from '../model/is-promise-like.js'

/** Refuses a promise where nothing waits for one: a filter would take it for true. */
export const notPromised = <A>(made: A): A => {
  if (!(made instanceof Promise)) return made
  handled(made)
  throw mistaken('it returned a promise, for which it does not wait; use handle')
}

/**
 * Refuses work in the result of a handler that nothing would run, or wait for, before the record is acknowledged: a generator,
 * a list of promises, an Observable within a promise. A promise, an Observable or a TaskEither that the handler itself returned
 * has been awaited, subscribed to or called before.
 */
export const allDone = (result: unknown): void => {
  if (typeof result === 'function') throw mistaken(advice.function)
  if (typeof result !== 'object' || result === null) return
  if (Array.isArray(result)) noneInList(result)
  else if (isGenerator(result)) throw mistaken(advice.generator)
  else if (isObservable(result)) throw mistaken(advice.observable)
  else if (isPromiseLike(result)) {
    handled(result)
    throw mistaken(advice.promise)
  }
}

const noneInList = (list: readonly unknown[]): void => {
  const work = list.find((one) => kindOf(one) !== null)
  if (work === undefined) return
  list.forEach(handled)
  throw mistaken(lists[kindOf(work) ?? 'function'])
}

type Kind = 'function' | 'observable' | 'promise'

const kindOf = (value: unknown): Kind | null => {
  if (typeof value === 'function') return 'function'
  if (typeof value !== 'object' || value === null) return null
  return isObservable(value) ? 'observable' : isPromiseLike(value) ? 'promise' : null
}

/** Its rejection would end the process. (Other objects with a `then` may begin their work when it is called.) */
const handled = (promise: unknown): void => {
  if (promise instanceof Promise) promise.catch(() => undefined)
}

const isGenerator = (made: object & { readonly [Symbol.toStringTag]?: unknown }): boolean => {
  const tag = made[Symbol.toStringTag]
  return tag === 'AsyncGenerator' || tag === 'Generator'
}

const advice = {
  generator: 'the handler is a generator function (function*), which nothing runs; make it an async function',
  function: 'it returned a function within a promise, an Observable or a function, which nothing calls: call it',
  observable:
    'it returned an Observable within a promise or an Observable, to which nothing subscribes: return the Observable itself, or wait for it with lastValueFrom(…) or mergeMap',
  promise: 'it returned an Observable of a promise, which nothing waits for: use mergeMap instead of map'
}

const lists: Readonly<Record<Kind, string>> = {
  promise: 'it returned a list of promises, which nothing waits for: return Promise.all(…)',
  observable: 'it returned a list of Observables, to which nothing subscribes: return forkJoin(…), or merge(…)',
  function: 'it returned a list of functions, which nothing calls: call them, and return Promise.all(…)'
}

const mistaken = (reason: string): ConsumerError => new ConsumerError({ _tag: 'UsageFault', reason })
