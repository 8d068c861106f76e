import type { Carried } from '../model/carried.js'

/** A handler that a record was given to. */
export interface RunningHandler {
  /** what it was given */
  readonly carried: Carried<unknown> | null
  /** Begins to watch this call of it; what is returned says whether it is still at work. */
  watch(): () => boolean
}

let called: RunningHandler | null = null

/**
 * The handler in whose call this is made, before its first `await`: what waits for all that is in flight would wait for it,
 * and it may wait for that.
 */
export const handlerOnStack = (): RunningHandler | null => called

/** Notes that a handler is called, or, with what this returned, that the call is over. */
export const handlerCalled = (handler: RunningHandler | null): RunningHandler | null => {
  const outer = called
  called = handler
  return outer
}
