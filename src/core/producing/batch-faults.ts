import type { Fault } from '../../model/fault.js'
import { errorName } from '../protocol/error-code.js'
import type { BatchAnswer } from './batch-answer.js'
import { faultOfRecord, produceFault } from './produce-verdict.js'
import type { ProducerBatch } from './producer-batch.js'

/** The fault of a batch that has waited longer than `delivery.timeout.ms`: what went wrong last says why. */
export const overdueFault = (batch: ProducerBatch, deliveryTimeoutMs: number): Fault => {
  const { lastFault } = batch
  const maybeWritten = batch.maybeWritten || batch.onWire
  const time = `delivery.timeout.ms (${String(deliveryTimeoutMs)}) is over`
  const after = lastFault === null ? '' : `, after ${reasonIn(lastFault)}`
  const trouble = lastFault?._tag === 'ProduceFault' ? lastFault.trouble : 'not reachable'
  return produceFault(batch, trouble, `${time}${after}`, { permanent: false, maybeWritten })
}

/** The faults of the records that the broker has named, by their places in the batch, in order. */
export const faultsByPlace = (batch: ProducerBatch, answer: BatchAnswer): ReadonlyMap<number, Fault> =>
  new Map(
    answer.refused
      .filter(({ index }) => index >= 0 && index < batch.count)
      .sort((a, b) => a.index - b.index)
      .map((record) => [record.index, faultOfRecord(batch, answer, record, batch.maybeWritten)])
  )

/** A fault of a topic as that of one of its batches, which may stand in the log. */
export const inDoubt = (fault: Fault, { partition, maybeWritten, onWire }: ProducerBatch): Fault =>
  fault._tag === 'ProduceFault' ? { ...fault, partition, maybeWritten: maybeWritten || onWire } : fault

/** A fault of the batch, with whether it may stand in the log. */
export const withDoubt = (fault: Fault, { maybeWritten, topic, partition }: ProducerBatch): Fault =>
  fault._tag === 'ProduceFault'
    ? { ...fault, maybeWritten }
    : produceFault({ topic, partition }, 'not reachable', reasonIn(fault), { permanent: false, maybeWritten })

const reasonIn = (fault: Fault): string =>
  'reason' in fault ? fault.reason : fault._tag === 'BrokerFault' ? errorName(fault.code) : fault._tag
