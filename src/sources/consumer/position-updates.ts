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
 * Emits the state now and at each interval, with the ends of the logs from the cluster. If the cluster does not answer, it
 * emits late, with the known ends. The last value describes a consumer that has left.
 */
export const positionUpdates = <A>(
  source: UpdateSource<A>,
  { everyMs = 5_000 }: PositionUpdatesOptions
): Observable<A> =>
  new Observable((subscriber) => {
    const { clock } = source
    // Replaced at each interval, not collected, since a subscription may last for months.
    let timer: Cancel = () => undefined
    let asking = new Subscription()
    const emit = (): void => {
      subscriber.next(source.state())
    }
    const end = (): void => {
      emit()
      subscriber.complete()
    }
    if (source.isEnded()) {
      end()
      return
    }
    const update = (): void => {
      // The last lookup is still not answered: emits the known values.
      if (!asking.closed) {
        asking.unsubscribe()
        emit()
      }
      asking = source.lookUpLogEnds().subscribe(emit)
      arm()
    }
    const arm = (): void => {
      // The subscriber may have unsubscribed within its last value.
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
