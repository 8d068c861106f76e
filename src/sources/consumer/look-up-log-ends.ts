import { isLeft } from 'fp-ts/lib/Either.js'
import { map, type Observable, of } from 'rxjs'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { AssignedPartition } from './assigned-partition.js'

/**
 * Requests the ends of the logs, which are otherwise unknown for partitions that are not fetched. Emits one value, then
 * completes.
 */
export const lookUpLogEnds = (session: ConsumerSession, partitions: readonly AssignedPartition[]): Observable<void> => {
  const known = partitions.filter((one) => one.isLive && one.position !== null)
  if (known.length === 0) return of(undefined)
  return session.listOffsets(known.map(({ topic, partition }) => ({ topic, partition, at: 'latest' }))).pipe(
    map((answer) => {
      if (isLeft(answer)) return
      for (const end of answer.right)
        known
          .find((one) => one.topic === end.topic && one.partition === end.partition)
          ?.delivery.buffer.logEndsAt(end.offset)
    })
  )
}
