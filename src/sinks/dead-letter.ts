import { type Either, isLeft, right } from 'fp-ts/lib/Either.js'
import { Observable, Subscription } from 'rxjs'
import { backoffDelay } from '../core/backoff-delay.js'
import { describeFault } from '../model/describe-fault.js'
import type { FailedRecord, FailurePolicy } from '../model/failure-policy.js'
import type { Fault } from '../model/fault.js'
import type { Header } from '../model/header.js'
import { printable } from '../model/printable.js'
import type { Cluster } from '../ports/cluster.js'
import type { OutgoingRecord } from '../ports/producer-session.js'
import { sendRecords } from './send-records.js'
import { useProducer } from './shared-producer.js'

export interface DeadLetterOptions {
  readonly topic: string
}

const prefix = 'dlq.'
const mostHeaders = 100
const mostHeaderBytes = 65_536
/** One letter by itself: waiting for others would only hold up its record. */
const dispatch = { 'linger.ms': 0 }
const retryMs = { initial: 100, max: 10_000 }
const text = /*#__PURE__*/ new TextEncoder()

/**
 * Writes records that cannot be handled to a topic: key, value and headers as they came, and in headers of our own
 * (`dlq.topic`, `dlq.partition`, `dlq.offset`, `dlq.timestamp`, `dlq.group`, `dlq.fault`, `dlq.reason`, `dlq.attempts`)
 * where from and why. A header of such a name that came in is kept as `original.…`: it is data, not ours.
 *
 * A record counts as settled once the dead letter is confirmed by all replicas in sync. While that topic cannot be written
 * to the record waits; nothing is skipped. One that can never be written there (too large, no such topic) is a fault.
 *
 * @example
 * handle(charge, { onFailure: deadLetter(cluster, { topic: 'orders.dlq' }) })
 */
export const deadLetter = (cluster: Cluster, { topic }: DeadLetterOptions): FailurePolicy => ({
  _tag: 'DeadLetter',
  take: (failed) =>
    new Observable<Either<Fault, void>>((subscriber) => {
      const { session, release } = useProducer(cluster, dispatch)
      const letter = letterOf(failed, topic)
      let failures = 0
      let current = new Subscription()
      const attempt = (): void => {
        current = sendRecords(session, [letter]).subscribe((answer) => {
          if (!isLeft(answer)) {
            subscriber.next(right(undefined))
            subscriber.complete()
          } else if (isPermanent(answer.left)) {
            subscriber.next(answer)
            subscriber.complete()
          } else {
            failures++
            const inMs = backoffDelay(failures, retryMs.initial, retryMs.max, cluster.random)
            current = new Subscription(cluster.clock.schedule(inMs, attempt))
          }
        })
      }
      subscriber.add(() => {
        current.unsubscribe()
        release()
      })
      attempt()
    })
})

const isPermanent = (fault: Fault): boolean =>
  fault._tag === 'ProduceFault' ? fault.permanent : fault._tag !== 'ConnectionFault' && fault._tag !== 'FrameFault'

const letterOf = ({ record, fault, attempts, groupId }: FailedRecord, topic: string): OutgoingRecord => ({
  topic,
  key: record.key,
  value: record.value,
  headers: [
    ...originalHeaders(record.headers),
    header('topic', record.topic),
    header('partition', String(record.partition)),
    header('offset', String(record.offset)),
    header('timestamp', String(record.timestamp)),
    ...(groupId === null ? [] : [header('group', groupId)]),
    header('fault', fault._tag),
    header('reason', printable(describeFault(fault))),
    header('attempts', String(attempts))
  ]
})

const header = (name: string, value: string): Header => ({ name: `${prefix}${name}`, value: text.encode(value) })

/** As they came, as far as they are within bounds; that some were cut off is said. */
const originalHeaders = (headers: readonly Header[]): readonly Header[] => {
  const kept: Header[] = []
  let bytes = 0
  for (const { name, value } of headers) {
    bytes += name.length + (value?.length ?? 0)
    if (kept.length === mostHeaders || bytes > mostHeaderBytes) {
      return [...kept, header('headers.cut', String(headers.length - kept.length))]
    }
    kept.push({ name: name.startsWith(prefix) ? `original.${name}` : name, value })
  }
  return kept
}
