import type { Subscription } from 'rxjs'
import type { AckOrigin, CommitHandle } from '../../model/acknowledgement.js'

/** Commits what is acknowledged now: calls `flushed` after each assignment, and `done` after the last. */
export const flushHandles = (
  handles: ReadonlyMap<AckOrigin, CommitHandle>,
  within: Subscription,
  flushed: (origin: AckOrigin) => void,
  done: () => void
): void => {
  let left = handles.size
  if (left === 0) done()
  for (const [origin, handle] of [...handles])
    within.add(
      handle.flush().subscribe({
        complete: () => {
          flushed(origin)
          if (--left === 0) done()
        }
      })
    )
}
