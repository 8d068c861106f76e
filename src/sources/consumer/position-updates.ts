import { Observable, Subscription } from 'rxjs'
import type { Clock } from '../../model/clock.js'

/** How often positions are told. */
export interface PositionUpdatesOptions {
  /** How many ms from one value to the next. @default 5000 */
  readonly everyMs?: number
}

/** What the updates are made of. */
export interface UpdateSource<A> {
  readonly clock: Clock
  /** what is told */
  state(): A
  /** Asks where the logs end now; gives one value. */
  lookUpLogEnds(): Observable<void>
  /** the consumer has left */
  readonly ended: Observable<void>
  isEnded(): boolean
}

/**
 * The state now and every so often, with the ends of the logs as the cluster says; late rather than never if it does not. The
 * last is that of a consumer that has left.
 */
export const positionUpdates = <A>(
  source: UpdateSource<A>,
  { everyMs = 5_000 }: PositionUpdatesOptions
): Observable<A> =>
  new Observable((subscriber) => {
    const { clock } = source
    const timer = new Subscription()
    let asking = new Subscription()
    const tell = (): void => {
      subscriber.next(source.state())
    }
    const end = (): void => {
      tell()
      subscriber.complete()
    }
    if (source.isEnded()) {
      end()
      return
    }
    const update = (): void => {
      // The cluster has not answered since: what is known is told all the same.
      if (!asking.closed) {
        asking.unsubscribe()
        tell()
      }
      asking = source.lookUpLogEnds().subscribe(tell)
      arm()
    }
    const arm = (): void => {
      timer.add(clock.schedule(everyMs, update))
    }
    timer.add(source.ended.subscribe(end))
    asking.unsubscribe()
    update()
    return () => {
      timer.unsubscribe()
      asking.unsubscribe()
    }
  })
