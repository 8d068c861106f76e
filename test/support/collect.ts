import { filter, firstValueFrom, interval, map, type Observable, type Subscription, take, timeout } from 'rxjs'

/** Waits until the condition holds, looking as often as the event loop comes round to it. */
export const until = (condition: () => boolean, what: string, withinMs = 60_000): Promise<void> =>
  firstValueFrom(
    interval(10).pipe(
      filter(condition),
      take(1),
      map(() => undefined),
      timeout({ first: withinMs, with: () => { throw new Error(`it did not happen within ${String(withinMs)} ms: ${what}`) } }) // prettier-ignore
    )
  )

/** Everything an Observable emits, as it comes, and how it ended. */
export interface Collected<A> {
  readonly values: A[]
  readonly ended: Promise<'complete' | Error>
  readonly subscription: Subscription
}

export const collect = <A>(observable: Observable<A>): Collected<A> => {
  const values: A[] = []
  let subscription: Subscription | undefined
  const ended = new Promise<'complete' | Error>((done) => {
    subscription = observable.subscribe({
      next: (value) => values.push(value),
      error: (error: unknown) => {
        done(error instanceof Error ? error : new Error(String(error)))
      },
      complete: () => {
        done('complete')
      }
    })
  })
  if (subscription === undefined) throw new Error('not subscribed')
  return { values, ended, subscription }
}
