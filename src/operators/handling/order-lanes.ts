import { hashOfBytes, hashOfName } from '../../core/scheduling/name-hash.js'
import { visitOrigins } from '../../model/carried.js'
import type { Carried } from '../../model/carried.js'
import { ConsumerRecord } from '../../model/consumer-record.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { Order } from './handler.js'

/**
 * The order name of a record: records with the same name run one after the other; null for a record without order. `across`:
 * names are valid for all partitions together.
 */
export interface LaneNames<C> {
  readonly across: boolean
  readonly of: (carried: C) => string | null
  /** the number of the name (`hashOfName`), without its text */
  readonly hash: (carried: C) => number | null
}

const wholePartition = 'partition'
const wholePartitionHash = /*#__PURE__*/ hashOfName(wholePartition)
const ofKey = 'key '
const ofKeyHash = /*#__PURE__*/ hashOfName(ofKey)

export const laneNames = <C extends Carried<unknown>>(order: Order<C>): LaneNames<C> => {
  if (order === 'none') return { across: false, of: () => null, hash: () => null }
  if (order === 'partition') return { across: false, of: () => wholePartition, hash: () => wholePartitionHash }
  if (order === 'key') return { across: false, of: keyLane, hash: keyHash }
  return {
    across: true,
    of: order,
    hash: (carried) => {
      const name = order(carried)
      return name === null ? null : hashOfName(name)
    }
  }
}

/** The name of the partition; for a value made from records of several partitions, of all of them. */
export const groupName = (carried: Carried<unknown>): string => {
  if (carried instanceof ConsumerRecord) return partitionKey(carried.topic, carried.partition)
  const names = new Set<string>()
  visitOrigins(carried, ({ topic, partition }) => names.add(partitionKey(topic, partition)))
  return [...names].sort().join(',')
}

const keyLane = (carried: Carried<unknown>): string => {
  const key = carried instanceof ConsumerRecord ? carried.source.key : null
  return key === null ? wholePartition : `${ofKey}${latin1(key)}`
}

const keyHash = (carried: Carried<unknown>): number => {
  const key = carried instanceof ConsumerRecord ? carried.source.key : null
  return key === null ? wholePartitionHash : hashOfBytes(ofKeyHash, key)
}

/** One character for each byte, so that equal bytes have equal texts. */
const latin1 = (bytes: Uint8Array): string => {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
