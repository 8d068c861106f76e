import { isLeft } from 'fp-ts/lib/Either.js'
import { connect, filter, map, merge, Observable } from 'rxjs'
import { decodeProducerConfig, type ProducerProperties } from '../config/producer-config.js'
import type { AckOrigin } from '../model/acknowledgement.js'
import { Carried, firstOriginOf } from '../model/carried.js'
import type { Committed } from '../model/committed.js'
import { ConsumerError } from '../model/consumer-error.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import type { AnyOnFailure, OnFailureOf } from '../model/failure-policy.js'
import type { ProducerRecord, Wire } from '../model/producer-record.js'
import { handling } from '../operators/handling/handling.js'
import {
  aFunction,
  checkOptions,
  needed,
  onFailure as anyOnFailure,
  oneOf,
  type OptionRules,
  text
} from '../operators/handling/operator-options.js'
import type { Cluster } from '../ports/cluster.js'
import type { OutgoingRecord, ProducerSession, WrittenRecord } from '../ports/producer-session.js'
import { checkCluster } from './check-cluster.js'
import { directSink, type OutgoingRecordsOf } from './direct-sink.js'
import { consumerWaits } from './consumer-waits.js'
import { sendRecords, takeRecords } from './send-records.js'
import { useProducer } from './shared-producer.js'

/** The records to write for a carried value. */
export type ToRecord<C> = (carried: C) => ProducerRecord | readonly ProducerRecord[]

/**
 * How `produceTo` writes. `record` may be left out only if the value is a record for the wire already. `C` is what `record`
 * takes, `D` the records of the pipeline.
 */
export type ProduceToOptions<C, D = C> = {
  /** the topic of a record that names none */
  readonly topic: string
  /** Which replicas have to confirm: none, the leader, all in sync. @default 'all' */
  readonly acks?: 0 | 1 | 'all'
  /** The producer's other properties, by Kafka's names. */
  readonly properties?: Omit<ProducerProperties, 'acks'>
  /** What happens to a record that cannot be written. @default 'fail' */
  readonly onFailure?: OnFailureOf<D>
} & (C extends Carried<infer V>
  ? [V] extends [Wire]
    ? { readonly record?: ToRecord<C> }
    : { readonly record: ToRecord<C> }
  : { readonly record?: never })

/** What it emits: the carried value itself, or for plain records where they were written. */
export type Produced<C> = C extends Carried<unknown> ? C : Committed

/**
 * Writes each record to Kafka and passes it on once Kafka has confirmed it. Keys go to the same partitions as with
 * Java's client. One producer serves all pipelines of a cluster with the same settings.
 *
 * - Order: per partition as received, through retries and leader changes.
 * - Pressure: a record keeps its credit until it is confirmed.
 * - Completes when the source has completed and everything is confirmed.
 * - Errors with the source, and under `onFailure: 'fail'` with a `ConsumerError`: `ProduceFault` (permanent or not),
 *   `AuthorizationFault`, or what `record` threw. A record that is not passed on is not acknowledged.
 * - While the topic does not exist, records wait, `max.block.ms` at most. The consumer's events report it (`waiting`),
 *   and for plain records those of a `producer` with the same properties.
 * - Unsubscribing abandons unconfirmed records; they may have been written.
 *
 * @example
 * partition.pipe(produceTo(cluster, { topic: 'sums', record: (c) => ({ key: c.key, value: String(c.value) }) }), commit())
 */
export function produceTo<C extends Carried<unknown> | ProducerRecord, D extends Carried<unknown> | ProducerRecord = C>(
  cluster: Cluster,
  options: ProduceToOptions<C, D>
): (source: Observable<C> & Observable<D>) => Observable<Produced<D>> {
  checkCluster('produceTo', cluster)
  checkOptions('produceTo', options, rules)
  const { topic, acks = 'all', properties = {}, onFailure = 'fail', record: toRecord } = options
  const settings = decodeProducerConfig({ ...properties, acks })
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  return (source) =>
    new Observable((destination) => {
      const { session, release } = useProducer(cluster, { ...properties, acks })
      // Released after the records in flight.
      let origin: AckOrigin | null = null
      const records: OutgoingRecordsOf = (carried) => {
        origin = firstOriginOf(carried)
        return outgoingRecordsOf(carried, toRecord)
      }
      destination.add(consumerWaits(session, topic).subscribe((event) => origin?.report(event)))
      destination.add(produceThrough(source, session, topic, records, onFailure).subscribe(destination as never))
      destination.add(release)
    })
}

/** `ProduceToOptions` */
const rules: OptionRules = {
  topic: needed(text),
  acks: oneOf(0, 1, 'all'),
  properties: {
    allowed: 'an object of properties',
    holds: (given) => typeof given === 'object' && given !== null
  },
  onFailure: anyOnFailure,
  record: aFunction
}

const produceThrough = (
  source: Observable<unknown>,
  session: ProducerSession,
  topic: string,
  records: OutgoingRecordsOf,
  onFailure: AnyOnFailure
): Observable<unknown> => {
  const direct = directSink(session, topic, records)
  if (onFailure === 'fail') return source.pipe(direct)
  const written = writing(session)
  // The producer keeps the order; credit limits the records in flight.
  const carriedSink = handling<Carried<unknown>, Carried<unknown>>(
    {
      operator: 'produceTo',
      call: (carried) => written(taken(records(carried), topic), carried),
      result: (carried) => carried
    },
    { concurrency: Number.MAX_SAFE_INTEGER, order: 'none', onFailure }
  )
  return source.pipe(
    connect((shared) =>
      merge(
        shared.pipe(
          filter((item) => item instanceof Carried),
          carriedSink
        ),
        shared.pipe(
          filter((item) => !(item instanceof Carried)),
          direct
        )
      )
    )
  )
}

const writing =
  (session: ProducerSession) =>
  (records: readonly OutgoingRecord[], carried: Carried<unknown>): Observable<readonly WrittenRecord[]> =>
    sendRecords(session, records, carried).pipe(
      map((answer) => {
        if (isLeft(answer)) throw new ConsumerError(answer.left)
        return answer.right
      })
    )

const taken = (records: ProducerRecord | readonly ProducerRecord[], topic: string): readonly OutgoingRecord[] => {
  const outgoing = takeRecords(Array.isArray(records) ? records : [records], topic)
  if ('_tag' in outgoing) throw new ConsumerError(outgoing)
  return outgoing
}

/** The records to write for a carried value: the result of `toRecord`, or the record as received. */
export const outgoingRecordsOf = (
  carried: Carried<unknown>,
  toRecord: ((carried: never) => ProducerRecord | readonly ProducerRecord[]) | undefined
): ProducerRecord | readonly ProducerRecord[] => {
  if (toRecord !== undefined) return toRecord(carried as never)
  const value = carried.value as Wire
  if (!(carried instanceof ConsumerRecord)) return { value }
  const { key, headers } = carried.source
  return { key, value, headers }
}
