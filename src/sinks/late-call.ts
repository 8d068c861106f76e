import type { Cancel, Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { TimeoutFault } from '../model/fault.js'

/** A call without an answer is reported after this time, and again each time it has passed. */
const lateAfterMs = 10_000

/**
 * Calls `late` every ten seconds until the returned function is called. `inMs`: the time until the next report, or until the
 * call is given up.
 */
export const whileLate = (
  who: string,
  clock: Clock,
  timeoutMs: number,
  late: (fault: TimeoutFault, inMs: number) => void
): Cancel => {
  const since = clock.now()
  let cancel: Cancel = () => undefined
  const arm = (): void => {
    cancel = clock.schedule(lateAfterMs, () => {
      const afterMs = clock.now() - since
      late({ _tag: 'TimeoutFault', what: who, afterMs }, Math.max(0, Math.min(lateAfterMs, timeoutMs - afterMs)))
      arm()
    })
  }
  arm()
  return () => {
    cancel()
  }
}

/** Whose call it is, and where it is reported. */
export interface WatchedCall {
  /** in the event, such as `toPostgres` */
  readonly who: string
  /** the partition whose records wait */
  readonly place: string
  readonly clock: Clock
  readonly report: (event: ConsumerEvent) => void
  /** when the call is given up; undefined: never */
  readonly timeoutMs: number | undefined
}

/**
 * Reports a call to a store that takes long: the event `waiting` every ten seconds. Call the returned function at its end; it
 * emits `recovered` if there was a report.
 */
export const watchCall = ({ who, place, clock, report, timeoutMs = Infinity }: WatchedCall): Cancel => {
  const since = clock.now()
  const reason = `${who} has no answer for records of ${place} yet`
  let isReported = false
  const cancel = whileLate(who, clock, timeoutMs, (fault, inMs) => {
    isReported = true
    report({ _tag: 'waiting', reason, fault, inMs })
  })
  return () => {
    cancel()
    if (isReported) report({ _tag: 'recovered', from: 'waiting', what: reason, afterMs: clock.now() - since })
    isReported = false
  }
}
