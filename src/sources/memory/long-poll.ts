import type { BrokerModel } from './broker-model.js'

/** A request that waits for records. */
export interface LongPoll<Read> {
  readonly read: () => Read
  readonly isEnough: (read: Read) => boolean
  /** the answer when the wait is over */
  readonly atEnd: () => Read
  readonly give: (read: Read) => void
}

/** Answers when there is enough to read, or the wait is over. The returned function cancels the wait without an answer. */
export const longPoll = <Read>(
  model: BrokerModel,
  maxWaitMs: number,
  { read, isEnough, atEnd, give }: LongPoll<Read>
): (() => void) | undefined => {
  const first = read()
  if (isEnough(first)) {
    give(first)
    return undefined
  }
  const stop = (): void => {
    cancel()
    silence()
  }
  const cancel = model.clock.schedule(maxWaitMs, () => {
    stop()
    give(atEnd())
  })
  const silence = model.onAppend(() => {
    const again = read()
    if (!isEnough(again)) return
    stop()
    give(again)
  })
  return stop
}
