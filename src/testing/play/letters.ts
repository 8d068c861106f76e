import type { Bytes } from '../../model/bytes.js'
import type { Committed } from '../../model/committed.js'
import type { Header } from '../../model/header.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'

/** What is shown for something that no letter of the diagram stands for. */
export const unknownLetter = '?'

interface Written extends Committed {
  readonly letter: string
  readonly key: Bytes
  readonly value: Bytes
}

/** Which letter of the diagram a record, an offset, or what was made of a record is shown as. */
export class Letters {
  private readonly partitions = new Map<string, Written[]>()

  /** The record that the diagram has as `letter` was written there. */
  wrote(written: Written): void {
    const key = partitionKey(written.topic, written.partition)
    const known = this.partitions.get(key) ?? []
    this.partitions.set(key, [...known, written])
  }

  get all(): readonly Written[] {
    return [...this.partitions.values()].flat()
  }

  of(topic: string, partition: number, offset: bigint): string {
    const found = this.partitions.get(partitionKey(topic, partition))?.find((written) => written.offset === offset)
    return found?.letter ?? unknownLetter
  }

  /** The last record below an offset: everything up to it is done when the offset is stored. */
  below({ topic, partition, offset }: Committed): string {
    const written = this.partitions.get(partitionKey(topic, partition)) ?? []
    return written.findLast((record) => record.offset < offset)?.letter ?? '0'
  }

  /** Where the record of a letter is in the partition, by default the last of that letter. */
  find({ topic, partition }: TopicPartition, letter: string): bigint | null {
    const written = this.partitions.get(partitionKey(topic, partition)) ?? []
    return written.findLast((record) => record.letter === letter)?.offset ?? null
  }

  /** Which record of the diagram one was made from that a pipeline wrote; null if that cannot be told. */
  originOf(key: Bytes, value: Bytes, headers: readonly Header[], topicName: (topic: string) => string): Origin | null {
    const header = (name: string): string | null => {
      const found = headers.find((one) => one.name === `dlq.${name}`)
      return found === undefined ? null : textOf(found.value)
    }
    const offset = header('offset')
    if (offset !== null) {
      const place = { topic: topicName(header('topic') ?? ''), partition: Number(header('partition')) }
      const found = this.partitions
        .get(partitionKey(place.topic, place.partition))
        ?.find((written) => written.offset === BigInt(offset))
      const isWhole = found !== undefined && isSame(found.value, value)
      return { letter: found?.letter ?? unknownLetter, deadLetter: { ...place, offset: BigInt(offset) }, isWhole }
    }
    const same = this.all.find((record) => isSame(record.key, key) && isSame(record.value, value))
    return same === undefined ? null : { letter: same.letter, deadLetter: null, isWhole: true }
  }
}

/** The record of the diagram that another was made from. */
export interface Origin {
  readonly letter: string
  /** Where it was, if it was put aside as a dead letter. */
  readonly deadLetter: Committed | null
  /** Its value is what it was. */
  readonly isWhole: boolean
}

const text = /*#__PURE__*/ new TextDecoder()
const textOf = (bytes: Bytes): string => (bytes === null ? '' : text.decode(bytes))
const isSame = (a: Bytes, b: Bytes): boolean => (a === null ? b === null : b !== null && textOf(a) === textOf(b))
