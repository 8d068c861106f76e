import { isObservable, type Observable, type Subscription } from 'rxjs'
import { handlerCalled, type RunningHandler } from '../../internal/running-handler.js'
import { allDone } from '../../internal/usable-results.js'
import { type ProcessMessage, processing } from '../../internal/trace-channels.js'
import type { Carried } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { isPromiseLike } from '../../model/is-promise-like.js'
import type { AttemptContext } from './attempt-context.js'

/** The progress of a handler. */
export type Progress = 'pending' | 'succeeded' | 'failed'

/**
 * Runs a user's handler and reports how it ended. One object serves attempt after attempt: its listeners for promises and
 * Observables are created once, so that an attempt needs no closure.
 */
export class HandlerCall<W> implements RunningHandler {
  /** what it processes; null between attempts */
  work: W | null = null
  carried: Carried<unknown> | null = null
  context: AttemptContext | null = null
  startedAt = 0
  /** its result, or the cause of its failure */
  result: unknown = undefined
  private progress: Progress = 'succeeded'
  private starting = false
  private reusable = true
  private subscription: Subscription | null = null
  private readonly ended: () => void
  /** called when an abandoned promise settles */
  private whenIdle: (() => void) | null = null
  /** listens to an Observable or a promise, for all calls */
  private readonly listener = {
    next: (value: unknown): void => {
      this.result = value
    },
    complete: (): void => {
      this.resolved(this.result)
    },
    resolved: (value: unknown): void => {
      this.resolved(value)
    },
    error: (cause: unknown): void => {
      this.end('failed', cause)
    }
  }

  /** @param ended called when a handler that was pending has succeeded or failed */
  constructor(ended: (run: HandlerCall<W>) => void) {
    this.ended = () => {
      ended(this)
    }
  }

  /** False while foreign code may still call it. */
  get isReusable(): boolean {
    return this.reusable && this.progress !== 'pending'
  }

  get state(): Progress {
    return this.progress
  }

  /** Calls the handler, and takes its result. */
  call<C extends Carried<unknown>>(
    handling: { readonly call: (carried: C, context: AttemptContext) => unknown },
    carried: C,
    context: AttemptContext
  ): Progress {
    this.context = context
    this.carried = carried
    const outer = handlerCalled(this)
    try {
      return this.take(handling.call(carried, context))
    } catch (cause) {
      return this.fail(cause)
    } finally {
      handlerCalled(outer)
    }
  }

  /**
   * The same, published to the tracing channel. The handler and all that it starts run in the context that subscribers
   * activate.
   */
  callTraced<C extends Carried<unknown>>(
    handling: { readonly call: (carried: C, context: AttemptContext) => unknown },
    carried: C,
    context: AttemptContext,
    message: ProcessMessage
  ): Progress {
    context.message = message
    let progress: Progress
    try {
      progress = processing.begin(message, () => message.run(() => this.call(handling, carried, context)))
    } catch (cause) {
      // A listener threw instead of calling the handler.
      progress = this.fail(cause)
    }
    if (progress !== 'pending') this.report()
    return progress
  }

  /** Takes a value that is created within the call, of any kind. */
  make<C>(made: (carried: C) => unknown, carried: C): Progress {
    try {
      this.result = made(carried)
      this.progress = 'succeeded'
      return 'succeeded'
    } catch (cause) {
      return this.fail(cause)
    }
  }

  watch(): () => boolean {
    // The listener belongs to this call only.
    this.reusable = false
    return () => this.progress === 'pending'
  }

  /** An immediate value is reported at once, without a callback. */
  private take(given: unknown): Progress {
    this.progress = 'pending'
    this.result = undefined
    this.starting = true
    try {
      // A TaskEither is a function that starts the work.
      const result = typeof given === 'function' ? (given as () => unknown)() : given
      if (isObservable(result)) this.listen(result)
      else if (isPromiseLike(result)) {
        // A foreign promise implementation may call back twice.
        if (!(result instanceof Promise)) this.reusable = false
        result.then(this.listener.resolved, this.listener.error)
      } else this.resolved(result)
    } catch (error) {
      this.listener.error(error)
    }
    this.starting = false
    return this.progress
  }

  /** The handler threw instead of returning. */
  private fail(cause: unknown): Progress {
    this.progress = 'failed'
    this.result = cause
    return 'failed'
  }

  /**
   * Ends the running work if possible: an Observable is unsubscribed, a promise only ignored.
   *
   * @param whenIdle called when no work is running any more: at once, or when the promise settles
   * @param why the error for tracing subscribers
   */
  abandon(whenIdle: () => void = () => undefined, why?: unknown): void {
    const isPending = this.progress === 'pending'
    if (isPending) {
      this.progress = 'failed'
      this.report(() => why ?? new ConsumerError({ _tag: 'ClosedFault', what: 'the pipeline' }))
    }
    if (isPending && this.subscription === null) {
      this.reusable = false
      this.whenIdle = whenIdle
      return
    }
    this.subscription?.unsubscribe()
    this.subscription = null
    whenIdle()
  }

  private listen(observable: Observable<unknown>): void {
    const subscription = observable.subscribe(this.listener)
    this.subscription = subscription.closed ? null : subscription
  }

  private resolved(value: unknown): void {
    let either: EitherLike | null
    try {
      allDone(value)
      either = isEither(value) ? value : null
    } catch (error) {
      // Inspecting the value throws. A promise calls this, so nothing could catch an exception.
      this.end('failed', error)
      return
    }
    if (either === null) this.end('succeeded', value)
    else if (either._tag === 'Left') this.end('failed', either.left)
    else this.end('succeeded', either.right)
  }

  private end(progress: Progress, result: unknown): void {
    const { whenIdle } = this
    this.whenIdle = null
    whenIdle?.()
    if (this.progress !== 'pending') return
    this.progress = progress
    this.result = result
    this.subscription = null
    if (this.starting) return
    this.report()
    this.ended()
  }

  /** Notifies tracing subscribers that the attempt has ended. */
  private report(failure: () => unknown = () => this.result): void {
    const { context, progress } = this
    const message = context?.message ?? null
    if (context === null || message === null) return
    context.message = null
    if (progress === 'succeeded') processing.succeeded(message)
    else processing.failed(message, failure())
  }
}

type EitherLike =
  { readonly _tag: 'Left'; readonly left: unknown } | { readonly _tag: 'Right'; readonly right: unknown }

const isEither = (value: unknown): value is EitherLike =>
  typeof value === 'object' &&
  value !== null &&
  '_tag' in value &&
  ((value._tag === 'Left' && 'left' in value) || (value._tag === 'Right' && 'right' in value))
