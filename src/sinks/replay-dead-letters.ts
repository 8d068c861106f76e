import { isLeft } from 'fp-ts/lib/Either.js'
import { map, Observable, type OperatorFunction, throwError } from 'rxjs'
import type { Bytes } from '../model/bytes.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { ConsumerRecord } from '../model/consumer-record.js'
import type { OnFailure } from '../model/failure-policy.js'
import { handling } from '../operators/handling/handling.js'
import { filterRecords } from '../operators/filter-records.js'
import {
  aFunction,
  checkOptions,
  count,
  names,
  needed,
  onFailure as anyOnFailure
} from '../operators/handling/operator-options.js'
import type { Cluster } from '../ports/cluster.js'
import type { ProducerSession } from '../ports/producer-session.js'
import { checkCluster } from './check-cluster.js'
import { deadLetterOf, type DeadLetterInfo } from './dead-letter-of.js'
import { readLetter, replayedHeaders } from './letter-headers.js'
import { sendRecords } from './send-records.js'
import { useProducer } from './shared-producer.js'

/** Which dead letters are written back, and how often. */
export interface ReplayOptions {
  /** The topics that records may be written to; a letter from another topic is refused. */
  readonly topics: readonly string[]
  /**
   * Which letters are written back, by their fault, origin or key; the others are settled and not passed on. A letter
   * that `deadLetter` did not write is refused before. @default all
   */
  readonly only?: (letter: DeadLetterInfo, record: ConsumerRecord) => boolean
  /** How often a record may be replayed, over all runs. @default 3 */
  readonly attempts?: number
  /** What happens to a letter that is refused, or cannot be written. @default 'fail' */
  readonly onFailure?: OnFailure
}

/**
 * Writes dead letters back to their original partition: key, value and headers as they were, and `dlq.replays` with the
 * number of replays. Use it in a consumer of the dead letters' topic; it passes each letter on once Kafka has confirmed
 * it.
 *
 * - Refuses, with a `ReplayRefusedFault`, a letter that `deadLetter` did not write, that came from a topic that is not
 *   listed, that was cut, or that was replayed `attempts` times. Headers are data: they cannot lead to a topic that is
 *   not listed.
 * - `only` chooses letters: `only: ({ fault }) => fault === 'TimeoutFault'`, `only: (_, { key }) => isOf(customer, key)`.
 * - Order: that of each key, one after the other; keys in parallel.
 * - Pressure: a letter keeps its credit until it is confirmed.
 * - Completes and errors as `handle` does. Unsubscribing abandons unconfirmed letters; they may have been written.
 *
 * @example
 * letters.pipe(eachPartition((partition) => partition.pipe(replayDeadLetters(cluster, { topics: ['orders'] }), commit())))
 */
export function replayDeadLetters(
  cluster: Cluster,
  options: ReplayOptions
): <C extends ConsumerRecord>(letters: Observable<C>) => Observable<C> {
  checkCluster('replayDeadLetters', cluster)
  checkOptions('replayDeadLetters', options, {
    topics: needed(names),
    only: aFunction,
    attempts: count,
    onFailure: anyOnFailure
  })
  const { topics, only = () => true, attempts = 3, onFailure = 'fail' } = options
  const chosen = filterRecords(
    (_: Bytes, record: ConsumerRecord) => {
      const letter = deadLetterOf(record)
      return letter === null || only(letter, record)
    },
    onFailure === 'fail' ? {} : { onFailure }
  )
  const allowed = new Set(topics)
  const replaying: OperatorFunction<ConsumerRecord, ConsumerRecord> = (source) =>
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
      // Released after the letters in flight.
      destination.add((options.only === undefined ? source : source.pipe(chosen)).pipe(replay).subscribe(destination))
      destination.add(release)
    })
  // It passes on the letters that arrived.
  return replaying as <C extends ConsumerRecord>(letters: Observable<C>) => Observable<C>
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
      ? 'it is not a dead letter of ackstream'
      : !allowed.has(letter.place.topic)
        ? `the topic ${letter.place.topic} is not listed`
        : letter.isCut
          ? 'a part of it was cut off'
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
  const replayed = { topic, partition, key, value, headers: replayedHeaders(letter) }
  return sendRecords(session, [replayed], record).pipe(
    map((answer) => {
      if (isLeft(answer)) throw new ConsumerError(answer.left)
    })
  )
}
