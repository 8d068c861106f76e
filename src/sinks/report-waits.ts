import { filter, map, type Observable } from 'rxjs'
import { produceFault } from '../core/producing/produce-verdict.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { ProducerEvent } from '../model/producer-event.js'
import type { ProducerSession } from '../ports/producer-session.js'

/** What a producer says of a topic that is written to, as the consumer's events have it. Others may use the producer too. */
export const waitsOf = ({ events }: ProducerSession, topic: string): Observable<ConsumerEvent> =>
  events.pipe(
    filter((event) => !('topic' in event) || event.topic === topic),
    map((event) => asWaiting(event, topic))
  )

const asWaiting = (event: ProducerEvent, topic: string): ConsumerEvent => {
  if (event._tag === 'throttled') return event
  const inMs = Math.max(0, event.atMostMs - event.forMs)
  switch (event._tag) {
    case 'waiting for topic':
      return { _tag: 'waiting', reason: `records wait for the topic ${topic}`, fault: event.fault, inMs: event.inMs }
    case 'waiting for partition': {
      const reason = `the topic has ${String(event.partitions)}`
      const fault = produceFault({ topic, partition: event.partition }, 'unknown partition', reason, { permanent: false }) // prettier-ignore
      return { _tag: 'waiting', reason: `records wait for a partition of ${topic}`, fault, inMs }
    }
    case 'waiting for memory': {
      const reason = `buffer.memory (${String(event.bytes)} bytes) is used up`
      const fault = produceFault({ topic }, 'buffer full', reason, { permanent: false })
      return { _tag: 'waiting', reason: 'records wait for memory of the producer', fault, inMs }
    }
  }
}
