import type { ProcessMessage } from '../../internal/trace-channels.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { HandlerContext } from './handler.js'

/**
 * The context of one attempt. Its signal is created on first access, since most handlers never use it, and it is the signal of
 * this attempt alone: what a handler has attached to it is not called once the attempt has ended.
 */
export class AttemptContext implements HandlerContext {
  readonly attempt: number
  /** the message published to the tracing channel, until the attempt ends; null without subscribers */
  message: ProcessMessage | null = null
  private readonly origin: AckOrigin | null
  private readonly pipeline: Pick<AbortController, 'signal'>
  private controller: AbortController | null = null
  private hasEnded = false
  private lateFor: unknown = undefined

  constructor(attempt: number, origin: AckOrigin | null, pipeline: Pick<AbortController, 'signal'>) {
    this.attempt = attempt
    this.origin = origin
    this.pipeline = pipeline
  }

  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController()
      if (this.lateFor !== undefined) this.controller.abort(this.lateFor)
      else if (this.shared.aborted) this.abort()
      else if (!this.hasEnded) runningUnder(this.shared).add(this)
    }
    return this.controller.signal
  }

  /**
   * The attempt has ended, perhaps with its partition: from Node 22 on a combined signal aborts before its own listeners are
   * called, and listeners of the partition's signal run first.
   */
  end(): void {
    if (this.hasEnded) return
    this.hasEnded = true
    if (this.controller === null) return
    runningUnder(this.shared).delete(this)
    if (this.shared.aborted) this.abort()
  }

  expire(reason: unknown): void {
    this.end()
    this.lateFor = reason
    this.controller?.abort(reason)
  }

  /** The partition or the pipeline has ended. */
  abort(): void {
    this.controller?.abort(this.shared.reason)
  }

  /** The partition's signal; combined with the pipeline's if that can end before the partition. */
  private get shared(): AbortSignal {
    return this.origin === null ? this.pipeline.signal : bothOf(this.origin.signal, this.pipeline.signal)
  }
}

/**
 * The running attempts that one signal aborts. They share one listener: Node warns of a leak when a signal has more than ten,
 * and hundreds of handlers may run at once.
 */
class RunningAttempts {
  private readonly signal: AbortSignal
  private readonly running = new Set<AttemptContext>()

  constructor(signal: AbortSignal) {
    this.signal = signal
  }

  add(context: AttemptContext): void {
    if (this.running.size === 0) this.signal.addEventListener('abort', this)
    this.running.add(context)
  }

  delete(context: AttemptContext): void {
    this.running.delete(context)
    if (this.running.size === 0) this.signal.removeEventListener('abort', this)
  }

  handleEvent(): void {
    for (const context of [...this.running]) context.abort()
  }
}

const attemptsOf = new WeakMap<AbortSignal, RunningAttempts>()

const runningUnder = (signal: AbortSignal): RunningAttempts => {
  const known = attemptsOf.get(signal) ?? new RunningAttempts(signal)
  attemptsOf.set(signal, known)
  return known
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
