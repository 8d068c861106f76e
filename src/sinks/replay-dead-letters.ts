import { isLeft } from 'fp-ts/lib/Either.js'
import { map, Observable, type OperatorFunction, throwError } from 'rxjs'
import { ConsumerError } from '../model/consumer-error.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { OnFailure } from '../model/failure-policy.js'
import { handling } from '../operators/handling/handling.js'
import {
  checkOptions,
  count,
  names,
  needed,
  onFailure as anyOnFailure
} from '../operators/handling/operator-options.js'
import type { Cluster } from '../ports/cluster.js'
import type { ProducerSession } from '../ports/producer-session.js'
import { checkCluster } from './check-cluster.js'
import { readLetter, replayedHeaders } from './letter-headers.js'
import { sendRecords } from './send-records.js'
import { useProducer } from './shared-producer.js'

/** Which dead letters are written back, and how often. */
export interface ReplayOptions {
  /** Where records may be written to; a letter that came from another topic is refused. */
  readonly topics: readonly string[]
  /** How often a record may be replayed, over all runs. @default 3 */
  readonly attempts?: number
  /** What becomes of a letter that is refused, or cannot be written. @default 'fail' */
  readonly onFailure?: OnFailure
}

/**
 * Writes dead letters back to the partition that they came from: key, value and headers as they were, and `dlq.replays`,
 * which says how often. Put it into a consumer of the topic that holds them; each goes on once Kafka has confirmed it.
 *
 * - Refused, with a `ReplayRefusedFault`: what was not written by `deadLetter`, came from a topic that is not listed, was cut,
 *   or was replayed `attempts` times. What headers say is data: it cannot lead to another topic than those listed.
 * - Order: that of each key, one after the other; keys in parallel.
 * - Pressure: a letter keeps its credit until it is confirmed.
 * - Completes and errors as `handle` does. Unsubscribing abandons what is not confirmed; it may have been written.
 *
 * @example
 * letters.pipe(eachPartition((partition) => partition.pipe(replayDeadLetters(cluster, { topics: ['orders'] }), commit())))
 */
export function replayDeadLetters(
  cluster: Cluster,
  options: ReplayOptions
): OperatorFunction<ConsumerRecord, ConsumerRecord> {
  checkCluster('replayDeadLetters', cluster)
  checkOptions('replayDeadLetters', options, { topics: needed(names), attempts: count, onFailure: anyOnFailure })
  const { topics, attempts = 3, onFailure = 'fail' } = options
  const allowed = new Set(topics)
  return (source) =>
    new Observable((destination) => {
      const { session, release } = useProducer(cluster, {})
      const replay = handling<ConsumerRecord, ConsumerRecord>(
        {
          operator: 'replayDeadLetters',
          call: (record) => replayed(record, session, allowed, attempts),
          result: (record) => record
        },
        { concurrency: Number.MAX_SAFE_INTEGER, order: 'key', onFailure }
      )
      // Released after what is under way has been let go of.
      destination.add(source.pipe(replay).subscribe(destination))
      destination.add(release)
    })
}

const replayed = (
  record: ConsumerRecord,
  session: ProducerSession,
  allowed: ReadonlySet<string>,
  attempts: number
): Observable<void> => {
  const letter = readLetter(record.headers)
  const refusal =
    letter === null
      ? 'it is no dead letter of ours'
      : !allowed.has(letter.place.topic)
        ? `the topic ${letter.place.topic} is not listed`
        : letter.isCut
          ? 'something of it was cut off'
          : letter.replays >= attempts
            ? `it was replayed ${String(letter.replays)} times already`
            : null
  if (letter === null || refusal !== null) {
    const { topic, partition, offset } = record
    const place = { topic, partition, offset }
    return throwError(() => new ConsumerError({ _tag: 'ReplayRefusedFault', place, reason: refusal ?? '' }))
  }
  const { topic, partition } = letter.place
  const { key, value } = record
  return sendRecords(session, [{ topic, partition, key, value, headers: replayedHeaders(letter) }]).pipe(
    map((answer) => {
      if (isLeft(answer)) throw new ConsumerError(answer.left)
    })
  )
}
