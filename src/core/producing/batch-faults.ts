import type { Fault } from '../../model/fault.js'
import { errorName } from '../protocol/error-code.js'
import type { BatchAnswer } from './batch-answer.js'
import { faultOfRecord, produceFault } from './produce-verdict.js'
import type { ProducerBatch } from './producer-batch.js'

/** The fault of a batch that has waited longer than `delivery.timeout.ms`; its reason is the last failure. */
export const overdueFault = (batch: ProducerBatch, deliveryTimeoutMs: number): Fault => {
  const { lastFault } = batch
  const maybeWritten = batch.maybeWritten || batch.onWire
  const time = `delivery.timeout.ms (${String(deliveryTimeoutMs)}) is over`
  const after = lastFault === null ? '' : `, after ${reasonIn(lastFault)}`
  const trouble = lastFault?._tag === 'ProduceFault' ? lastFault.trouble : 'not reachable'
  return produceFault(batch, trouble, `${time}${after}`, { permanent: false, maybeWritten })
}

/** The faults of the records that the broker names, by their index in the batch, in order. */
export const faultsByPlace = (batch: ProducerBatch, answer: BatchAnswer): ReadonlyMap<number, Fault> =>
  new Map(
    answer.refused
      .filter(({ index }) => index >= 0 && index < batch.count)
      .sort((a, b) => a.index - b.index)
      .map((record) => [record.index, faultOfRecord(batch, answer, record, batch.maybeWritten)])
  )

/** The fault of a topic as the fault of one of its batches: says whether the batch may be in the log. */
export const inDoubt = (fault: Fault, { partition, maybeWritten, onWire }: ProducerBatch): Fault =>
  fault._tag === 'ProduceFault' ? { ...fault, partition, maybeWritten: maybeWritten || onWire } : fault

/** The fault of a batch: says whether the batch may be in the log. */
export const withDoubt = (fault: Fault, { maybeWritten, topic, partition }: ProducerBatch): Fault =>
  fault._tag === 'ProduceFault'
    ? { ...fault, maybeWritten }
    : produceFault({ topic, partition }, 'not reachable', reasonIn(fault), { permanent: false, maybeWritten })

const reasonIn = (fault: Fault): string =>
  'reason' in fault ? fault.reason : fault._tag === 'BrokerFault' ? errorName(fault.code) : fault._tag
