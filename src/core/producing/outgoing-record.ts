import type { Fault } from '../../model/fault.js'
import { printableValue, reasonOf } from '../../model/printable.js'
import type { Wire } from '../../model/producer-record.js'
import { recordBound, type RecordContent, type WireHeader } from '../records/batch-builder.js'
import { textBytes } from '../records/text-bytes.js'
import { produceFault } from './produce-verdict.js'

/** A record on its way to Kafka. */
export interface OutgoingRecord extends RecordContent {
  readonly topic: string
  /** omitted: chosen by the key as Java's client does; without a key, one partition at a time */
  readonly partition?: number | undefined
  /** ms since 1970; omitted: now */
  readonly timestamp?: number | undefined
}

/**
 * A record that was checked and copied, except for its bytes: later changes of the caller's object cannot make the producer
 * fail.
 */
export class TakenRecord implements OutgoingRecord {
  readonly topic: string
  readonly key: Wire
  readonly value: Wire
  readonly headers: readonly WireHeader[]
  readonly partition: number | undefined
  readonly timestamp: number | undefined
  readonly keyBytes: number
  readonly valueBytes: number
  /** the maximum of bytes that it takes in a batch */
  readonly bound: number

  constructor({ topic, key, value, headers, partition, timestamp }: OutgoingRecord) {
    this.topic = topic
    this.key = key
    this.value = value
    this.headers = headers
    this.partition = partition
    this.timestamp = timestamp
    this.keyBytes = typeof key === 'string' ? textBytes(key) : 0
    this.valueBytes = typeof value === 'string' ? textBytes(value) : 0
    this.bound = recordBound(this)
  }
}

/** Checks a record of an untyped caller; `topic` is the default. Returns the fault if the record is invalid. */
export const takeRecord = (given: unknown, topic?: string): TakenRecord | Fault => {
  if (given instanceof TakenRecord) return given
  if (typeof given !== 'object' || given === null) return wrong('record', kindOf(given), 'an object with a value')
  try {
    return takeParts(given, topic)
  } catch (error) {
    return { _tag: 'UsageFault', reason: `a record cannot be read: ${reasonOf(error)}` }
  }
}

const takeParts = (
  given: Partial<Record<keyof OutgoingRecord, unknown>>,
  otherwise: string | undefined
): TakenRecord | Fault => {
  const { key = null, value, headers = noHeaders, partition, timestamp } = given
  const topic = given.topic ?? otherwise
  if (typeof topic !== 'string') return wrong('topic', printableValue(topic), 'the name of a topic')
  if (topic === '' || topic.length > longestTopic)
    return produceFault(
      { topic },
      'unknown topic',
      `topic has ${String(topic.length)} characters, allowed are 1 to ${String(longestTopic)}`,
      { permanent: true }
    )
  if (!isWire(key)) return wrong('key', kindOf(key), wireAllowed)
  if (value === undefined && 'messages' in given)
    return wrong(
      'messages',
      kindOf(given.messages),
      'no such field: pass each message to sendAll as a record with its topic'
    )
  if (!isWire(value)) return wrong('value', kindOf(value), wireAllowed)
  const copied = headers === noHeaders ? noHeaders : takeHeaders(headers)
  if ('_tag' in copied) return copied
  if (partition !== undefined && !isWhole(partition, largestPartition))
    return produceFault(
      { topic },
      'unknown partition',
      `partition is ${printableValue(partition)}, allowed is a whole number from 0`,
      { permanent: true }
    )
  if (timestamp !== undefined && !isWhole(timestamp, Number.MAX_SAFE_INTEGER))
    return produceFault(
      { topic },
      'refused',
      `timestamp is ${printableValue(timestamp)}, allowed is a whole number of ms from 0`,
      { permanent: true }
    )
  return new TakenRecord({ topic, key, value, headers: copied, partition, timestamp })
}

const takeHeaders = (headers: unknown): readonly WireHeader[] | Fault => {
  if (!Array.isArray(headers)) return wrong('headers', kindOf(headers), 'a list of { name, value }')
  const copied: WireHeader[] = []
  // By index, so that each hole of a sparse array counts.
  for (let index = 0; index < headers.length; index++) {
    const header: unknown = headers[index]
    const at = `headers[${String(index)}]`
    if (typeof header !== 'object' || header === null) return wrong(at, kindOf(header), 'an object of name and value')
    const { name, value } = header as { readonly name?: unknown; readonly value?: unknown }
    if (typeof name !== 'string') return wrong(`${at}.name`, kindOf(name), 'a text')
    if (!isWire(value)) return wrong(`${at}.value`, kindOf(value), wireAllowed)
    copied.push({ name, value })
  }
  return copied
}

const noHeaders: readonly WireHeader[] = []
const longestTopic = 249
const largestPartition = 2 ** 31 - 1
const wireAllowed = 'bytes (Uint8Array), a text (of JSON.stringify, for an object), or null'

const isWhole = (given: unknown, largest: number): given is number =>
  typeof given === 'number' && Number.isInteger(given) && given >= 0 && given <= largest

// Test runners have several realms, each with its own Uint8Array.
const isWire = (given: unknown): given is Wire =>
  typeof given === 'string' ||
  given === null ||
  given instanceof Uint8Array ||
  (ArrayBuffer.isView(given) && Object.prototype.toString.call(given) === '[object Uint8Array]')

/** Names the type of a value, never its content, which may be confidential. */
const kindOf = (given: unknown): string => {
  if (given === null || given === undefined) return String(given)
  return typeof given === 'object' ? Object.prototype.toString.call(given) : `a ${typeof given}`
}

const wrong = (argument: string, given: string, allowed: string): Fault => ({
  _tag: 'UsageFault',
  reason: `${argument === 'record' ? 'a record' : `${argument} of a record`} is ${given}, allowed is ${allowed}`
})
