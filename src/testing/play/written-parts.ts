import { shownValue } from '../observables/shown-value.js'
import { marbleName } from '../diagram/marble.js'
import type { Bytes } from '../../model/bytes.js'
import type { Header } from '../../model/header.js'
import { isValue, readText, readValue } from './compare-value.js'
import { type Lettered, unknownLetter } from './letters.js'
import type { ExpectedWrite } from './scenario.js'
import { isDate } from '../observables/is-date.js'

/** A record that was written, apart from its value. */
export interface WriteParts {
  readonly key: Bytes
  readonly headers: readonly Header[]
  /** where it was written */
  readonly partition: number | undefined
  /** the pipeline has named the partition */
  readonly namesPartition: boolean
  /** undefined: the time of writing */
  readonly timestamp: number | undefined
  readonly acks: 0 | 1 | 'all'
}

type Compared = readonly [part: string, expected: unknown, actual: unknown]

/** The expected parts of written records, and those that nothing compared. */
export class WrittenParts {
  /** For each line, an entry for `written` of each letter that has none. */
  readonly notCompared = new Map<string, Map<string, ExpectedWrite>>()
  private readonly expected: Readonly<Record<string, ExpectedWrite>>

  constructor(expected: Readonly<Record<string, ExpectedWrite>> = {}) {
    this.expected = expected
  }

  /** The differences from what `written` says of the letter; null if it says nothing. */
  differences({ letter, nth }: Lettered, parts: WriteParts): readonly string[] | null {
    const name = [marbleName({ char: letter, nth }), letter].find((known) => Object.hasOwn(this.expected, known))
    const expected = name === undefined ? undefined : this.expected[name]
    if (name === undefined || expected === undefined) return null
    const wrong = comparedParts(expected, parts).filter(([, wanted, actual]) => !isPart(wanted, actual))
    return wrong.length === 0
      ? []
      : [
          `${name} was written otherwise`,
          ...wrong.map(([part, wanted, actual]) => `  ${part} is ${shown(actual)}, where ${shown(wanted)} was expected`)
        ]
  }

  /** Remembers what a line has shown of a record without comparing it. */
  leave(line: string, letter: string, parts: WriteParts): void {
    if (letter === unknownLetter) return
    const entry = entryFor(letter, parts)
    if (Object.keys(entry).length === 0) return
    const known = this.notCompared.get(line) ?? new Map<string, ExpectedWrite>()
    if (!known.has(letter)) known.set(letter, entry)
    this.notCompared.set(line, known)
  }
}

/** The parts that an entry names. */
const comparedParts = (
  expected: ExpectedWrite,
  { key, partition, headers, timestamp, acks }: WriteParts
): readonly Compared[] => {
  const actual = { key, partition, timestamp: timestamp ?? timeOfWriting, acks }
  return [
    ...(['key', 'partition', 'timestamp', 'acks'] as const).flatMap((part): readonly Compared[] =>
      part in expected ? [[part, expected[part], actual[part]]] : []
    ),
    ...Object.entries(expected.headers ?? {}).map(([header, value]): Compared => [
      `header ${header}`,
      value,
      headers.findLast((one) => one.name === header)?.value
    ])
  ]
}

/** What `written` would say of the record: its key, unless that is its letter, and what the pipeline has chosen. */
const entryFor = (letter: string, parts: WriteParts): ExpectedWrite => {
  const { key, timestamp, acks } = parts
  return {
    ...(isValue(letter, key) ? {} : { key: readValue(key) }),
    ...choicesOf(parts),
    ...(timestamp === undefined ? {} : { timestamp }),
    ...(acks === 'all' ? {} : { acks })
  }
}

/** The partition and headers that the pipeline has chosen, which are the same on each cluster. */
const choicesOf = ({ headers, partition, namesPartition }: WriteParts): ExpectedWrite => {
  const own = headers.filter(({ name }) => !isOurs(name))
  return {
    ...(namesPartition && partition !== undefined ? { partition } : {}),
    ...(own.length === 0 ? {} : { headers: Object.fromEntries(own.map(({ name, value }) => [name, readValue(value)])) })
  }
}

/** A written record as text, for comparison with that on another cluster. */
export const textOfWrite = (parts: WriteParts, value: Bytes): string => {
  const choices = choicesOf(parts)
  const more = Object.keys(choices).length === 0 ? '' : ` with ${shownValue(choices)}`
  return `${readText(parts.key)}: ${readText(value)}${more}`
}

/** A dead letter, or a copy in a retry topic: the library has made its key and headers. */
export const isMadeByUs = ({ headers }: { readonly headers: readonly { readonly name: string }[] }): boolean =>
  headers.some(({ name }) => name.startsWith('dlq.') || name.startsWith('retry.'))

/** Headers of dead letters, copies and traces. */
const isOurs = (header: string): boolean =>
  header.startsWith('dlq.') || header.startsWith('retry.') || ['traceparent', 'tracestate', 'baggage'].includes(header)

/** A timestamp that the pipeline leaves to the producer. */
const timeOfWriting = Symbol('the time of writing')

const isPart = (expected: unknown, actual: unknown): boolean =>
  isDate(expected) ? expected.getTime() === actual : isValue(expected, actual)

const shown = (value: unknown): string => {
  if (value === undefined) return 'not there'
  if (value === timeOfWriting) return 'that of writing'
  return shownValue(isDate(value) ? value.getTime() : readValue(value))
}
