import { map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import type { DeadLetterPolicy, FailedRecord } from '../model/failure-policy.js'
import type { Fault } from '../model/fault.js'
import { checkOptions, name, needed } from '../operators/handling/operator-options.js'
import type { Cluster } from '../ports/cluster.js'
import type { OutgoingRecord } from '../ports/producer-session.js'
import { checkCluster } from './check-cluster.js'
import { type Cut, letterHeaders } from './letter-headers.js'
import { useProducer } from './shared-producer.js'
import { oneByOne, untilWritten } from './until-written.js'

/** The destination of dead letters. */
export interface DeadLetterOptions {
  /** It has to exist: writing does not create it. */
  readonly topic: string
}

/**
 * Writes failed records to a topic: key, value and headers as received, and headers of the library's own (`dlq.topic`,
 * `dlq.partition`, `dlq.offset`, `dlq.timestamp`, `dlq.group`, `dlq.fault`, `dlq.reason`, `dlq.attempts`) that say
 * where the record is from and why it failed. An incoming header of such a name is kept as `original.…`: it is data,
 * not the library's.
 *
 * - A record is settled once the dead letter is confirmed by all replicas in sync. While that topic cannot be written
 *   to, the record waits, with an event `waiting` every ten seconds; nothing is skipped. A letter that can never be
 *   written there (no such topic for a minute, not authorised) is a fault.
 * - If a record is too large for that topic, its value is left out, and its headers if need be: `dlq.value.cut` and
 *   `dlq.headers.cut` say how much; topic, partition and offset say where to find it. At most 100 headers and 64 KiB of
 *   them are copied.
 *
 * @example
 * handle(charge, { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) })
 */
export const deadLetter = (cluster: Cluster, options: DeadLetterOptions): DeadLetterPolicy => {
  checkCluster('deadLetter', cluster)
  checkOptions('deadLetter', options, { topic: needed(name) })
  return {
    _tag: 'DeadLetter',
    take: writing(cluster, options.topic),
    hold: () => useProducer(cluster, oneByOne).release
  }
}

const writing =
  (cluster: Cluster, topic: string): DeadLetterPolicy['take'] =>
  (failed) => {
    const smaller: Cut[] = ['without value', 'without value and headers']
    let cut: Cut = 'whole'
    const mayChange = (fault: Fault): boolean => {
      const next = isTooLarge(fault) ? smaller.shift() : undefined
      cut = next ?? cut
      return next !== undefined
    }
    const what = 'the dead letters cannot be written'
    return untilWritten(cluster, () => letterOf(failed, topic, cut), { failed, topic, what, mayChange }).pipe(
      map(mapRight(() => undefined))
    )
  }

const isTooLarge = (fault: Fault): boolean => fault._tag === 'ProduceFault' && fault.trouble === 'record too large'

const letterOf = (failed: FailedRecord, topic: string, cut: Cut): OutgoingRecord => ({
  topic,
  key: failed.record.key,
  value: cut === 'whole' ? failed.record.value : null,
  headers: letterHeaders(failed, cut)
})
