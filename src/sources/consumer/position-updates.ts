import { Observable, Subscription } from 'rxjs'
import type { Cancel, Clock } from '../../model/clock.js'

/** How often positions are emitted. */
export interface PositionUpdatesOptions {
  /** How many ms from one value to the next. @default 5000 */
  readonly everyMs?: number
}

/** The source of the updates. */
export interface UpdateSource<A> {
  readonly clock: Clock
  /** the value to emit */
  state(): A
  /** Asks the cluster for the present ends of the logs; emits one value. */
  lookUpLogEnds(): Observable<void>
  /** the consumer has left */
  readonly ended: Observable<void>
  isEnded(): boolean
}

/**
 * Emits the state now and at each interval, with the ends of the logs from the cluster; if the cluster does not answer,
 * it emits late rather than never. The last value is from a consumer that has left.
 */
export const positionUpdates = <A>(
  source: UpdateSource<A>,
  { everyMs = 5_000 }: PositionUpdatesOptions
): Observable<A> =>
  new Observable((subscriber) => {
    const { clock } = source
    // Replaced at each interval, not collected: a gauge reads for months.
    let timer: Cancel = () => undefined
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
      // The cluster has not answered since: known values are emitted nevertheless.
      if (!asking.closed) {
        asking.unsubscribe()
        tell()
      }
      asking = source.lookUpLogEnds().subscribe(tell)
      arm()
    }
    const arm = (): void => {
      // A subscriber may have left while it got the last value.
      if (!subscriber.closed) timer = clock.schedule(everyMs, update)
    }
    const ends = source.ended.subscribe(end)
    asking.unsubscribe()
    update()
    return () => {
      ends.unsubscribe()
      timer()
      asking.unsubscribe()
    }
  })
