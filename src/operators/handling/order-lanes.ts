import { visitOrigins } from '../../model/carried.js'
import type { Carried } from '../../model/carried.js'
import { ConsumerRecord } from '../../model/consumer-record.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { Order } from './handler.js'

/**
 * The name of a record's order: records with the same name run one after the other; null for a record without order.
 * `across`: a name is valid for all partitions, not for each of them.
 */
export interface LaneNames<C> {
  readonly across: boolean
  readonly of: (carried: C) => string | null
}

const wholePartition = 'partition'

export const laneNames = <C extends Carried<unknown>>(order: Order<C>): LaneNames<C> => {
  if (order === 'none') return { across: false, of: () => null }
  if (order === 'partition') return { across: false, of: () => wholePartition }
  if (order === 'key') return { across: false, of: keyLane }
  return { across: true, of: order }
}

/** Names the partition, or for a value made of records of several partitions, all of them. */
export const groupName = (carried: Carried<unknown>): string => {
  if (carried instanceof ConsumerRecord) return partitionKey(carried.topic, carried.partition)
  const names = new Set<string>()
  visitOrigins(carried, ({ topic, partition }) => names.add(partitionKey(topic, partition)))
  return [...names].sort().join(',')
}

const keyLane = (carried: Carried<unknown>): string => {
  const key = carried instanceof ConsumerRecord ? carried.source.key : null
  return key === null ? wholePartition : `key ${latin1(key)}`
}

/** One character per byte: equal texts for equal bytes. */
const latin1 = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
