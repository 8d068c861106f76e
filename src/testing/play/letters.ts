import type { Bytes } from '../../model/bytes.js'
import type { Committed } from '../../model/committed.js'
import type { Header } from '../../model/header.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'

/** Shown for a record that has no letter in the diagram. */
export const unknownLetter = '?'

/** How a record is shown: its letter, and its number among the records of that letter. */
export interface Lettered {
  readonly letter: string
  /** from 1; undefined if unknown */
  readonly nth: number | undefined
}

interface Written extends Committed, Lettered {
  readonly key: Bytes
  readonly value: Bytes
}

/** Maps records, offsets, and values made from records to letters of the diagram. */
export class Letters {
  private readonly partitions = new Map<string, Written[]>()
  private readonly counts = new Map<string, number>()

  /** The number of a letter's next record, from 1. */
  next(letter: string): number {
    return (this.counts.get(letter) ?? 0) + 1
  }

  /** The record with this letter was written at this place. */
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

  /**
   * The record that was delivered from a place. If the cluster has another record at this offset, it is not one of the
   * diagram's.
   */
  delivered(place: Committed, key: Bytes, value: Bytes): Lettered {
    const written = this.at(place)
    return written !== undefined && isSame(written.key, key) && isSame(written.value, value) ? written : unknown
  }

  /** The last record below an offset, for a committed offset. */
  below({ topic, partition, offset }: Committed): Lettered {
    const written = this.partitions.get(partitionKey(topic, partition)) ?? []
    return written.findLast((record) => record.offset < offset) ?? nothing
  }

  /** The offset of a letter's record in the partition, by default of its last one. */
  find({ topic, partition }: TopicPartition, letter: string): bigint | null {
    const written = this.partitions.get(partitionKey(topic, partition)) ?? []
    return written.findLast((record) => record.letter === letter)?.offset ?? null
  }

  /** The record of the diagram from which a written record was made; null if that is uncertain. */
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
    // Offsets are consecutive, except for transaction markers.
    const likely = written[Number(offset - (written[0]?.offset ?? 0n))]
    return likely?.offset === offset ? likely : written.find((record) => record.offset === offset)
  }
}

const unknown: Lettered = { letter: unknownLetter, nth: undefined }
/** No record. */
const nothing: Lettered = { letter: '0', nth: undefined }

/** The record of the diagram from which another was made. */
export interface Origin extends Lettered {
  /** its original place, if it was written to the dead letters */
  readonly deadLetter: Committed | null
  /** whether its value is unchanged */
  readonly isWhole: boolean
}

const text = /*#__PURE__*/ new TextDecoder()
const textOf = (bytes: Bytes): string => (bytes === null ? '' : text.decode(bytes))
const isSame = (a: Bytes, b: Bytes): boolean => (a === null ? b === null : b !== null && textOf(a) === textOf(b))
