import { ConsumerError } from '../model/consumer-error.js'

/** Refuses a promise where nothing waits for one: a filter would take it for true. */
export const notPromised = <A>(made: A): A => {
  if (!(made instanceof Promise)) return made
  // Its rejection would end the process.
  made.catch(() => undefined)
  throw new ConsumerError({
    _tag: 'UsageFault',
    reason: 'it returned a promise, for which it does not wait; use handle'
  })
}

/** Refuses a generator: calling a generator function runs nothing of it. */
export const notGenerated = (made: unknown): void => {
  if (typeof made === 'object' && made !== null && isGenerator(made)) throw new ConsumerError(generated)
}

const isGenerator = (made: object & { readonly [Symbol.toStringTag]?: unknown }): boolean => {
  const tag = made[Symbol.toStringTag]
  return tag === 'AsyncGenerator' || tag === 'Generator'
}

const generated = {
  _tag: 'UsageFault',
  reason: 'the handler is a generator function (function*), which nothing runs; make it an async function'
} as const
