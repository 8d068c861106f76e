import type { Subscription } from 'rxjs'
import type { SlotUser } from '../../core/scheduling/shared-slots.js'
import type { BatchPart } from '../../core/sinks/batch-part.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { Cancel } from '../../model/clock.js'
import type { HandlerCall } from '../../operators/handling/handler-call.js'

/** A batch in flight: it keeps its slot until all of its parts are done. */
export interface SinkBatch<C> extends SlotUser {
  parts: BatchPart<C>[]
  run: HandlerCall<SinkBatch<C>> | null
  /** ends the watch over its call, which reports one that takes long */
  unwatch: Cancel | null
  /** its next attempt */
  retryTimer: Cancel | null
  /** when the reported wait for its store began; null if there is none */
  waiting: { readonly since: number; readonly reportedAt: number; readonly origin: AckOrigin } | null
  /** whether one of its records is being written to the dead letters */
  taking: Subscription | null
}
