import { isLeft } from 'fp-ts/lib/Either.js'
import { map, type Observable, of } from 'rxjs'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { PartitionFlow } from './partition-flow.js'

/** Asks the cluster where the logs end: of what is not being fetched nothing else would tell. Gives one value, then completes. */
export const lookUpLogEnds = (session: ConsumerSession, flows: readonly PartitionFlow[]): Observable<void> => {
  const known = flows.filter((flow) => flow.isLive && flow.position !== null)
  if (known.length === 0) return of(undefined)
  return session.listOffsets(known.map(({ topic, partition }) => ({ topic, partition, at: 'latest' }))).pipe(
    map((answer) => {
      if (isLeft(answer)) return
      for (const end of answer.right)
        known.find((flow) => flow.topic === end.topic && flow.partition === end.partition)?.logEndsAt(end.offset)
    })
  )
}
