import type { Carried } from '../model/carried.js'
import { visitOrigins } from '../model/carried.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import { partitionKey } from '../model/topic-partition.js'
import type { Order } from './handler.js'

/** Names what has to run one after the other; null for what stands in no order. */
export type LaneOf<C> = (carried: C) => string | null

export const laneOf = <C extends Carried<unknown>>(order: Order<C>): LaneOf<C> => {
  if (order === 'none') return () => null
  if (order === 'partition') return partitionLane
  if (order === 'key') return keyLane
  return (carried) => {
    const name = order(carried)
    return name === null ? null : `named ${name}`
  }
}

const partitionLane = (carried: Carried<unknown>): string => {
  if (carried instanceof ConsumerRecord) return partitionKey(carried.topic, carried.partition)
  const lanes = new Set<string>()
  visitOrigins(carried, ({ topic, partition }) => lanes.add(partitionKey(topic, partition)))
  return [...lanes].sort().join(',')
}

const keyLane = (carried: Carried<unknown>): string => {
  if (!(carried instanceof ConsumerRecord)) return partitionLane(carried)
  const { key } = carried.source
  return key === null ? partitionLane(carried) : `key ${partitionLane(carried)} ${latin1(key)}`
}

/** A byte a character: equal texts for equal bytes. */
const latin1 = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
