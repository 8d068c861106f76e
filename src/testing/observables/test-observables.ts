import { Observable, type ObservableNotification, type Subscriber } from 'rxjs'
import type { Clock } from '../../model/clock.js'
import { currentScope, inScope, type Scope } from '../time/scopes.js'
import type { SubscriptionLog, TimedNotification } from './notation.js'

/** An Observable made from marbles, which records its subscriptions. */
export interface MarbleObservable<A> extends Observable<A> {
  readonly subscriptions: readonly SubscriptionLog[]
}

interface OpenLog {
  readonly subscribedFrame: number
  unsubscribedFrame: number
}

const logged = <A>(clock: Clock, begin: (subscriber: Subscriber<A>) => void): MarbleObservable<A> => {
  const subscriptions: OpenLog[] = []
  const observable = new Observable<A>((subscriber) => {
    const log: OpenLog = { subscribedFrame: clock.now(), unsubscribedFrame: Infinity }
    subscriptions.push(log)
    const ends = (): void => {
      if (log.unsubscribedFrame === Infinity) log.unsubscribedFrame = clock.now()
    }
    subscriber.add(ends)
    // A dead process stops listening, though nothing unsubscribes.
    currentScope()?.process?.whenDead(ends)
    begin(subscriber)
  })
  return Object.assign(observable, { subscriptions })
}

const notify = (
  subscriber: Pick<Subscriber<never>, 'error' | 'complete'> & { next(value: unknown): void },
  notification: ObservableNotification<unknown>
): void => {
  switch (notification.kind) {
    case 'N':
      subscriber.next(notification.value)
      break
    case 'E':
      subscriber.error(notification.error)
      break
    case 'C':
      subscriber.complete()
      break
  }
}

/** Its time begins with the subscription. */
export const coldObservable = <A>(clock: Clock, script: readonly TimedNotification[]): MarbleObservable<A> =>
  logged<A>(clock, (subscriber) => {
    for (const { frame, notification } of script)
      subscriber.add(
        clock.schedule(frame, () => {
          notify(subscriber, notification)
        })
      )
  })

/** Its time is the test's: a late subscriber has missed earlier values; after the end it ends at once. */
export const hotObservable = <A>(clock: Clock, script: readonly TimedNotification[]): MarbleObservable<A> => {
  const subscribers = new Map<Subscriber<unknown>, Scope | undefined>()
  let ended: ObservableNotification<unknown> | null = null
  for (const { frame, notification } of script) {
    // Values before ^ came before the test.
    if (frame < 0) continue
    clock.schedule(frame, () => {
      if (notification.kind !== 'N') ended = notification
      for (const [subscriber, scope] of [...subscribers]) {
        const run = (): void => {
          notify(subscriber, notification)
        }
        if (scope === undefined) run()
        else inScope(scope, run)
      }
    })
  }
  return logged<A>(clock, (subscriber) => {
    const any = subscriber as Subscriber<unknown>
    currentScope()?.process?.whenDead(() => subscribers.delete(any))
    if (ended !== null) {
      notify(any, ended)
      return
    }
    subscribers.set(any, currentScope())
    subscriber.add(() => subscribers.delete(any))
  })
}
