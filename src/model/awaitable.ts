import { firstValueFrom, Observable, type Subscriber, Subscription, type TeardownLogic } from 'rxjs'

/**
 * An Observable that can also be awaited. It starts when it is awaited or subscribed to: without either it does
 * nothing.
 *
 * - Awaited: resolves with its value once it completes, and rejects with its error.
 * - It runs once for all that await it and for the first subscriber, whichever comes first. Each further subscription
 *   runs it once more, as `retry` and `repeat` need.
 * - Unsubscribing cancels it, unless it is awaited too. `pipe` returns a plain Observable: that cannot be awaited.
 *
 * @example
 * const { offset } = await orders.send({ topic: 'orders', value: '{}' })
 * orders.send({ topic: 'orders', value: '{}' }).pipe(retry(3)).subscribe()
 */
export interface Awaitable<A> extends Observable<A>, PromiseLike<A> {}

/** Runs `start`, which emits one value. */
export const awaitable = <A>(start: (subscriber: Subscriber<A>) => TeardownLogic): Awaitable<A> =>
  awaitableAs(start, ([only]) => only as A)

/** Runs `start`. An await resolves with `result` of all emitted values, or rejects with what `result` throws. */
export const awaitableAs = <A, R>(
  start: (subscriber: Subscriber<A>) => TeardownLogic,
  result: (emitted: readonly A[]) => R
): Observable<A> & PromiseLike<R> => new AwaitableObservable(new FirstRun(start, result))

class AwaitableObservable<A, R> extends Observable<A> implements PromiseLike<R> {
  private readonly first: FirstRun<A, R>

  constructor(first: FirstRun<A, R>) {
    super((subscriber) => first.subscribed(subscriber))
    this.first = first
  }

  then<B = R, C = never>(
    fulfilled?: ((value: R) => B | PromiseLike<B>) | null,
    rejected?: ((reason: unknown) => C | PromiseLike<C>) | null
  ): Promise<B | C> {
    return this.first.awaited().then(fulfilled, rejected)
  }
}

/** The end of a run. */
type End = { readonly _tag: 'complete' } | { readonly _tag: 'error'; readonly error: unknown }

/** The run that all awaits share with the first subscriber. */
class FirstRun<A, R> {
  private readonly start: (subscriber: Subscriber<A>) => TeardownLogic
  private readonly result: (emitted: readonly A[]) => R
  private run: Subscription | null = null
  private emitted: A[] = []
  private end: End | null = null
  private isTaken = false
  private subscriber: Subscriber<A> | null = null
  private promise: Promise<R> | null = null
  private settle: ((end: End) => void) | null = null

  constructor(start: (subscriber: Subscriber<A>) => TeardownLogic, result: (emitted: readonly A[]) => R) {
    this.start = start
    this.result = result
  }

  subscribed(subscriber: Subscriber<A>): TeardownLogic {
    if (this.isTaken) return this.start(subscriber)
    this.isTaken = true
    this.subscriber = subscriber
    for (const value of this.emitted) subscriber.next(value)
    if (this.end !== null) finish(subscriber, this.end)
    else if (this.run === null) this.begin()
    return () => {
      this.subscriber = null
      if (this.end === null && this.promise === null) this.giveUp()
    }
  }

  awaited(): Promise<R> {
    this.promise ??= firstValueFrom(
      new Observable<R>((subscriber) => {
        this.settle = (end) => {
          if (end._tag === 'error') subscriber.error(end.error)
          else
            try {
              subscriber.next(this.result(this.emitted))
            } catch (thrown) {
              subscriber.error(thrown)
            }
        }
        if (this.end !== null) this.settle(this.end)
        else if (this.run === null) this.begin()
      })
    )
    return this.promise
  }

  private begin(): void {
    const run = new Subscription()
    // Set before it begins, since it may end at once.
    this.run = run
    run.add(
      new Observable(this.start).subscribe({
        next: (value) => {
          this.emitted.push(value)
          this.subscriber?.next(value)
        },
        error: (error: unknown) => {
          this.ended({ _tag: 'error', error })
        },
        complete: () => {
          this.ended({ _tag: 'complete' })
        }
      })
    )
  }

  private ended(end: End): void {
    this.end = end
    if (this.subscriber !== null) finish(this.subscriber, end)
    this.settle?.(end)
  }

  /** Nothing waits for the run: a later await runs it again. */
  private giveUp(): void {
    this.run?.unsubscribe()
    this.run = null
    this.emitted = []
  }
}

const finish = <A>(subscriber: Subscriber<A>, end: End): void => {
  if (end._tag === 'error') subscriber.error(end.error)
  else subscriber.complete()
}
