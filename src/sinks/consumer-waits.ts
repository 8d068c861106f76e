import { filter, map, type Observable } from 'rxjs'
import { produceFault } from '../core/producing/produce-verdict.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { Fault } from '../model/fault.js'
import type { ProducerEvent } from '../model/producer-event.js'
import type { ProducerSession } from '../ports/producer-session.js'

/** A producer's events about a topic, as events of a consumer. Other pipelines may use the producer too. */
export const consumerWaits = ({ events }: ProducerSession, topic: string): Observable<ConsumerEvent> =>
  events.pipe(
    filter((event) => !('topic' in event) || event.topic === topic),
    map((event) => asWaiting(event, topic)),
    filter((event) => event !== null)
  )

/** Null for events that only a producer has. */
const asWaiting = (event: ProducerEvent, topic: string): ConsumerEvent | null => {
  if (event._tag === 'throttled') return event
  if (event._tag === 'reconnecting') return { ...event, attempt: 1, inMs: 0 }
  if (event._tag === 'recovered') return recovered(event, topic)
  if (event._tag === 'not sent') return null
  if (event._tag === 'recreated') return { _tag: 'target recreated', topic }
  const inMs = 'forMs' in event ? Math.max(0, event.atMostMs - event.forMs) : event.atMostMs
  switch (event._tag) {
    case 'waiting for topic':
      return { _tag: 'waiting', reason: `records wait for the topic ${topic}`, fault: event.fault, inMs: event.inMs }
    case 'waiting for partition': {
      const reason = `the topic has ${String(event.partitions)}`
      const fault = produceFault({ topic, partition: event.partition }, 'unknown partition', reason, {
        permanent: false
      })
      return { _tag: 'waiting', reason: `records wait for a partition of ${topic}`, fault, inMs }
    }
    case 'retrying':
      return {
        _tag: 'waiting',
        reason: `records of ${topic} are refused for now`,
        fault: event.fault,
        inMs: event.atMostMs
      }
    case 'late': {
      const fault: Fault = {
        _tag: 'TimeoutFault',
        what: `the confirmation of records of ${topic}`,
        afterMs: event.forMs
      }
      return { _tag: 'waiting', reason: `records written to ${topic} are not confirmed`, fault, inMs }
    }
    case 'waiting for memory': {
      const reason = `buffer.memory (${String(event.bytes)} bytes) is used up`
      const fault = produceFault({ topic }, 'buffer full', reason, { permanent: false })
      return { _tag: 'waiting', reason: 'records wait for memory of the producer', fault, inMs }
    }
  }
}

const recovered = (event: ProducerEvent & { readonly _tag: 'recovered' }, topic: string): ConsumerEvent => {
  const { from, what, afterMs } = event
  switch (from) {
    case 'reconnecting':
    case 'throttled':
      return { _tag: 'recovered', from, what, afterMs }
    case 'retrying':
      return {
        _tag: 'recovered',
        from: 'waiting',
        what: `records of ${topic} are refused for now`,
        afterMs
      }
    case 'waiting for topic':
      return { _tag: 'recovered', from: 'waiting', what: `records wait for the topic ${topic}`, afterMs }
    case 'waiting for partition':
      return { _tag: 'recovered', from: 'waiting', what: `records wait for a partition of ${topic}`, afterMs }
    case 'waiting for memory':
      return { _tag: 'recovered', from: 'waiting', what: 'records wait for memory of the producer', afterMs }
    case 'late':
      return { _tag: 'recovered', from: 'waiting', what: `records written to ${topic} are not confirmed`, afterMs }
  }
}
