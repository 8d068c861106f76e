import type { ProcessMessage } from '../../internal/trace-channels.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { HandlerContext } from './handler.js'

/** The context of one attempt. Its signal is created on first access: most handlers never use it. */
export class AttemptContext implements HandlerContext {
  readonly attempt: number
  /** the message published to the tracing channel, until the attempt ends; null without subscribers */
  message: ProcessMessage | null = null
  private readonly origin: AckOrigin | null
  private readonly pipeline: AbortSignal
  private readonly isLimited: boolean
  private controller: AbortController | null = null
  private lateFor: unknown = undefined

  /** @param isLimited whether a time limit may abort this attempt alone */
  constructor(attempt: number, origin: AckOrigin | null, pipeline: AbortSignal, isLimited: boolean) {
    this.attempt = attempt
    this.origin = origin
    this.pipeline = pipeline
    this.isLimited = isLimited
  }

  get signal(): AbortSignal {
    if (!this.isLimited) return this.shared
    if (this.controller === null) {
      this.controller = new AbortController()
      if (this.lateFor !== undefined) this.controller.abort(this.lateFor)
      else if (this.shared.aborted) this.handleEvent()
      else this.shared.addEventListener('abort', this)
    }
    return this.controller.signal
  }

  /**
   * The attempt has ended, perhaps with its partition: from Node 22 on a combined signal aborts before its own listeners are
   * called, and listeners of the partition's signal run first.
   */
  end(): void {
    if (this.controller === null) return
    this.shared.removeEventListener('abort', this)
    if (this.shared.aborted) this.handleEvent()
  }

  expire(reason: unknown): void {
    this.end()
    this.lateFor = reason
    this.controller?.abort(reason)
  }

  /**
   * The partition or the pipeline has ended: a method of this object listens to the signal, which saves a closure for each
   * attempt.
   */
  handleEvent(): void {
    this.controller?.abort(this.shared.reason)
  }

  /** The partition's signal; combined with the pipeline's if that can end before the partition. */
  private get shared(): AbortSignal {
    return this.origin === null ? this.pipeline : bothOf(this.origin.signal, this.pipeline)
  }
}

const pairs = new WeakMap<AbortSignal, WeakMap<AbortSignal, AbortSignal>>()

/** One combined signal for each pair, not for each record. */
const bothOf = (a: AbortSignal, b: AbortSignal): AbortSignal => {
  const known = pairs.get(a)?.get(b)
  if (known !== undefined) return known
  const combined = AbortSignal.any([a, b])
  const ofA = pairs.get(a) ?? new WeakMap<AbortSignal, AbortSignal>()
  ofA.set(b, combined)
  pairs.set(a, ofA)
  return combined
}
