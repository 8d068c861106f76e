import type { Bytes } from '../../model/bytes.js'
import type { Committed } from '../../model/committed.js'
import type { Header } from '../../model/header.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'

/** Shown for a record that has no letter in the diagram. */
export const unknownLetter = '?'

/** What a record is shown as: its letter, and which of the records of that letter it is. */
export interface Lettered {
  readonly letter: string
  /** from 1 on; undefined where that cannot be said */
  readonly nth: number | undefined
}

interface Written extends Committed, Lettered {
  readonly key: Bytes
  readonly value: Bytes
}

/** Which letter of the diagram a record, an offset, or what was made of a record is shown as. */
export class Letters {
  private readonly partitions = new Map<string, Written[]>()
  private readonly counts = new Map<string, number>()

  /** Which of its records comes next for a letter, from 1 on. */
  next(letter: string): number {
    return (this.counts.get(letter) ?? 0) + 1
  }

  /** The record that the diagram has as `letter` was written there. */
  wrote(written: Omit<Written, 'nth'>): void {
    const nth = this.next(written.letter)
    this.counts.set(written.letter, nth)
    const key = partitionKey(written.topic, written.partition)
    const known = this.partitions.get(key)
    if (known === undefined) this.partitions.set(key, [{ ...written, nth }])
    else known.push({ ...written, nth })
  }

  get all(): readonly Written[] {
    return [...this.partitions.values()].flat()
  }

  of(topic: string, partition: number, offset: bigint): Lettered {
    return this.at({ topic, partition, offset }) ?? unknown
  }

  /** Which record was delivered from there. A cluster that has another one at this offset delivers none of the diagram's. */
  delivered(place: Committed, key: Bytes, value: Bytes): Lettered {
    const written = this.at(place)
    return written !== undefined && isSame(written.key, key) && isSame(written.value, value) ? written : unknown
  }

  /** The last record below an offset: everything up to it is done when the offset is stored. */
  below({ topic, partition, offset }: Committed): Lettered {
    const written = this.partitions.get(partitionKey(topic, partition)) ?? []
    return written.findLast((record) => record.offset < offset) ?? nothing
  }

  /** Where the record of a letter is in the partition, by default the last of that letter. */
  find({ topic, partition }: TopicPartition, letter: string): bigint | null {
    const written = this.partitions.get(partitionKey(topic, partition)) ?? []
    return written.findLast((record) => record.letter === letter)?.offset ?? null
  }

  /** The record of the diagram that a written record was made from; null if that is not certain. */
  originOf(key: Bytes, value: Bytes, headers: readonly Header[], topicName: (topic: string) => string): Origin | null {
    const header = (name: string): string | null => {
      const found = headers.find((one) => one.name === `dlq.${name}`)
      return found === undefined ? null : textOf(found.value)
    }
    const offset = header('offset')
    if (offset !== null) {
      const place = { topic: topicName(header('topic') ?? ''), partition: Number(header('partition')) }
      const found = this.at({ ...place, offset: BigInt(offset) })
      const isWhole = found !== undefined && isSame(found.value, value)
      const { letter, nth } = found ?? unknown
      return { letter, nth, deadLetter: { ...place, offset: BigInt(offset) }, isWhole }
    }
    const [same, other] = this.all.filter((record) => isSame(record.key, key) && isSame(record.value, value))
    // Equal records cannot be distinguished.
    return same === undefined
      ? null
      : { letter: same.letter, nth: other === undefined ? same.nth : undefined, deadLetter: null, isWhole: true }
  }

  private at({ topic, partition, offset }: Committed): Written | undefined {
    const written = this.partitions.get(partitionKey(topic, partition)) ?? []
    // Offsets follow each other, unless a transaction's marker is between them.
    const likely = written[Number(offset - (written[0]?.offset ?? 0n))]
    return likely?.offset === offset ? likely : written.find((record) => record.offset === offset)
  }
}

const unknown: Lettered = { letter: unknownLetter, nth: undefined }
/** No record. */
const nothing: Lettered = { letter: '0', nth: undefined }

/** The record of the diagram that another was made from. */
export interface Origin extends Lettered {
  /** Where it was, if it was put aside as a dead letter. */
  readonly deadLetter: Committed | null
  /** Its value is what it was. */
  readonly isWhole: boolean
}

const text = /*#__PURE__*/ new TextDecoder()
const textOf = (bytes: Bytes): string => (bytes === null ? '' : text.decode(bytes))
const isSame = (a: Bytes, b: Bytes): boolean => (a === null ? b === null : b !== null && textOf(a) === textOf(b))
