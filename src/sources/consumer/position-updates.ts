import { Observable, Subscription } from 'rxjs'
import type { Clock } from '../../model/clock.js'
import type { PartitionPosition } from '../../model/partition-position.js'

/** How often positions are told. */
export interface PositionUpdatesOptions {
  /** How many ms from one value to the next. @default 5000 */
  readonly everyMs?: number
}

/** What the updates are made of. */
export interface PositionSource {
  readonly clock: Clock
  positions(): readonly PartitionPosition[]
  /** Asks where the logs end now; gives one value. */
  lookUpLogEnds(): Observable<void>
}

/** The positions now and every so often, with the ends of the logs as the cluster says; late rather than never if it does not. */
export const positionUpdates = (
  source: PositionSource,
  { everyMs = 5_000 }: PositionUpdatesOptions
): Observable<readonly PartitionPosition[]> =>
  new Observable((subscriber) => {
    const { clock } = source
    const timer = new Subscription()
    let asking = new Subscription()
    const tell = (): void => {
      subscriber.next(source.positions())
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
    asking.unsubscribe()
    update()
    return () => {
      timer.unsubscribe()
      asking.unsubscribe()
    }
  })
