import type { Carried } from '../model/carried.js'

/** A handler that is processing a record. */
export interface RunningHandler {
  /** the record or value */
  readonly carried: Carried<unknown> | null
  /** Begins to observe this call; the returned function says whether it is still running. */
  watch(): () => boolean
}

let called: RunningHandler | null = null

/**
 * The handler that is on the stack, before its first `await`. An operation that waits for all records in flight would wait for
 * this handler, which may wait for the operation.
 */
export const handlerOnStack = (): RunningHandler | null => called

/** Records that a handler is called; called with the returned value, that the call is over. */
export const handlerCalled = (handler: RunningHandler | null): RunningHandler | null => {
  const outer = called
  called = handler
  return outer
}
