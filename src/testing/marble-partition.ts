import type { Clock } from '../model/clock.js'
import type { ProducerRecord } from '../model/producer-record.js'
import { type DrawnMarble, parseMarbles } from './observables/notation.js'
import { testPartition, type TestPartition } from './test-partition.js'

/** What a partition of a marble test delivers. */
export interface MarblePartitionOptions {
  /** The content of records, by letter. @default key and value are the letter */
  readonly records?: Readonly<Record<string, Partial<Omit<ProducerRecord, 'topic' | 'partition'>>>>
  /** @default 'test' */
  readonly topic?: string
  /** @default 0 */
  readonly partition?: number
  /** The error at `#`. @default 'error', as in rxjs */
  readonly error?: unknown
}

/** A partition that marbles deliver, with its results as marbles. */
export interface MarblePartition extends TestPartition {
  /** The acknowledged records. */
  readonly acks: readonly DrawnMarble[]
  /** The committed offsets. */
  readonly commits: readonly DrawnMarble[]
  /** The records that operators hold. */
  readonly heldLetters: readonly string[]
  /** null if it is not an offset of this partition */
  letterOf(offset: bigint): string | null
}

/** Delivers by the test's clock. Operators use `clock`, so that timers that they leave behind are noticed. */
export const marblePartition = (
  source: string,
  columnMs: number,
  clock: Clock,
  time: Clock,
  { records = {}, topic = 'test', partition = 0, error = 'error' }: MarblePartitionOptions = {}
): MarblePartition => {
  const acks: DrawnMarble[] = []
  const commits: DrawnMarble[] = []
  const letters = new Map<bigint, string>()
  const letter = (offset: bigint): string => letters.get(offset) ?? '0'
  const inner = testPartition(
    { topic, partition, clock },
    {
      acked: (offset) => acks.push({ frame: time.now(), char: letter(offset) }),
      stored: (offset) => commits.push({ frame: time.now(), char: letter(offset - 1n) })
    }
  )
  let next = 0n
  for (const { frame, notification } of parseMarbles(source, columnMs, undefined, error)) {
    time.schedule(frame, () => {
      if (notification.kind === 'C') inner.drain()
      else if (notification.kind === 'E') inner.fail(notification.error)
      else if (notification.value === '!') inner.lose()
      else {
        const char = String(notification.value)
        letters.set(next, char)
        const { headers, key = char, value = char, timestamp } = records[char] ?? {}
        inner.deliver({ offset: next++, key, value, headers: headers ?? [], timestamp: timestamp ?? time.wallTime() })
      }
    })
  }
  // A spread would copy the current values of its getters.
  return Object.create(inner, {
    acks: { value: acks },
    commits: { value: commits },
    heldLetters: { get: () => inner.held.map(letter) },
    letterOf: { value: (offset: bigint) => letters.get(offset) ?? null }
  }) as MarblePartition
}
