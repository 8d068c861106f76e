import { Observable, type OperatorFunction } from 'rxjs'
import { subscribeToCommit } from '../internal/commit-policies.js'
import type { AckOrigin, CommitHandle } from '../model/acknowledgement.js'
import { type CarriedOr, type Dropped, isOfTarget, settle, visitOrigins } from '../model/carried.js'
import type { Committed } from '../model/committed.js'
import type { NoOffsets, NotShared } from '../model/shared.js'
import { flushHandles } from './handling/flush-handles.js'
import { checkOptions, storing } from './handling/operator-options.js'

/** When offsets are committed: at whichever limit is reached first. */
export interface CommitOptions {
  /**
   * Commits after this many acknowledged records of a partition. Records that are acknowledged as one, such as a batch, are
   * committed together or not at all. After each such commit follows a pause of three times its duration, at most 100 ms, so
   * that fast records do not cause a commit each. @default 1000
   */
  readonly every?: number
  /** Commits at the latest this long after the first record that is acknowledged and not committed. @default 1000 */
  readonly withinMs?: number
}

/**
 * Acknowledges each record and commits its partition's offset: that of the first record that is not acknowledged, never beyond.
 * It also commits the start position, before any record arrives, if `auto.offset.reset` chose it (`latest`, `by_duration`) or
 * the program did. The last operator of a pipeline. Several `commit()`s, and `enable.auto.commit`, share one committer.
 *
 * - Emits each committed offset of the partitions it has seen, whatever triggered the commit.
 * - Order: acknowledgements may come in any order; the committed offset of a partition only goes up, unless `commitSync`
 *   commits a lower one.
 * - Pressure: returns the record's credit.
 * - Completes when the source has completed and everything acknowledged is committed.
 * - Errors with the source. A commit that fails is retried or reported by `Consumer.commits`; it ends no pipeline.
 * - Unsubscribing: the consumer's own triggers still commit acknowledged records.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(handle(save), commit({ every: 500, withinMs: 1000 }))
 */
export function commit(
  options: CommitOptions = {}
): OperatorFunction<CarriedOr<Dropped> & NotShared<NoOffsets>, Committed> {
  checkOptions('commit', options, storing)
  const { every = 1_000, withinMs = 1_000 } = options
  const policy = { every, withinMs }
  return (source) =>
    new Observable((destination) => {
      const handles = new Map<AckOrigin, CommitHandle>()
      let last: AckOrigin | null = null
      let draining = false
      // Without `listen`, whose scope would cost one allocation for each record.
      const see = (origin: AckOrigin): void => {
        if (origin === last) return
        last = origin
        if (!handles.has(origin)) listen(origin)
      }
      const listen = (origin: AckOrigin): void => {
        const handle = origin.commitBy(policy)
        handles.set(origin, handle)
        destination.add(
          handle.stored.subscribe({
            next: (committed) => {
              destination.next(committed)
            },
            // The assignment has ended, and its handle with it.
            complete: () => {
              if (!draining) handles.delete(origin)
              if (last === origin) last = null
            }
          })
        )
      }
      const flushAll = (): void => {
        draining = true
        flushHandles(handles, destination, () => undefined, () => { destination.complete() }) // prettier-ignore
      }
      destination.add(
        subscribeToCommit(policy, () =>
          source.subscribe({
            next: (carried) => {
              try {
                if (!isOfTarget(carried, last)) visitOrigins(carried, see)
                settle(carried)
              } catch (error) {
                destination.error(error)
              }
            },
            error: (error: unknown) => {
              destination.error(error)
            },
            complete: () => {
              flushAll()
            }
          })
        )
      )
    })
}
