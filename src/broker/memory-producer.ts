import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { errorCode as code, errorName } from '../core/error-code.js'
import { Partitioner } from '../core/partitioner.js'
import { produceFault } from '../core/producing/produce-verdict.js'
import type { Fault } from '../model/fault.js'
import type { ProducerSettings } from '../config/producer-config.js'
import type { OutgoingRecord, ProducerSession, WrittenRecord } from '../ports/producer-session.js'
import type { Step } from '../ports/step.js'
import type { BrokerModel } from './broker-model.js'

/** A producer that appends to the model's logs; its answers come on a later turn. */
export const memoryProducer = (
  model: BrokerModel,
  settings: ProducerSettings,
  random: () => number
): ProducerSession => {
  const partitioner = new Partitioner(random)
  const later = <A>(make: () => Either<Fault, A>): Step<A> =>
    new Observable((subscriber) => {
      const answer = make()
      subscriber.add(
        model.clock.turn(() => {
          subscriber.next(answer)
          subscriber.complete()
        })
      )
    })
  return {
    send: (records) => later(() => write(model, settings, partitioner, records)),
    close: () => later(() => right(undefined))
  }
}

const write = (
  model: BrokerModel,
  { maxRequestSize, acks }: ProducerSettings,
  partitioner: Partitioner,
  records: readonly OutgoingRecord[]
): Either<Fault, readonly WrittenRecord[]> => {
  const placed: (OutgoingRecord & { readonly partition: number })[] = []
  for (const record of records) {
    const partitions = model.partitionsOf(record.topic)
    const refuse = (reason: string, permanent: boolean): Either<Fault, never> =>
      left(produceFault(record, 'refused', reason, { permanent }))
    if (partitions === 0) return refuse('the topic does not exist', true)
    const size = (record.key?.length ?? 0) + (record.value?.length ?? 0)
    if (size > maxRequestSize)
      return refuse(`a record of ${String(size)} bytes (${errorName(code.MESSAGE_TOO_LARGE)})`, true)
    const partition = record.partition ?? partitioner.choose(record.topic, record.key, { count: partitions })
    if (partition >= partitions || partition < 0) return refuse(`there is no partition ${String(partition)}`, true)
    if (record.key === null) partitioner.placed(record.topic, size, true, () => ({ count: partitions }))
    placed.push({ ...record, partition })
  }
  const fault = model.takeFault('Produce')
  if (fault !== undefined) {
    const reason = fault === 'disconnect' ? 'disconnected on demand' : errorName(fault)
    return left(produceFault({ topic: records[0]?.topic ?? '' }, 'not reachable', reason, { permanent: false }))
  }
  return right(
    placed.map(({ topic, partition, key, value, headers, timestamp }) => {
      const record = { key, value, headers, timestamp: timestamp ?? model.clock.wallTime() }
      const offset = model.append({ topic, partition }, [record]) ?? -1n
      return { topic, partition, offset: acks === 0 ? -1n : offset }
    })
  )
}
