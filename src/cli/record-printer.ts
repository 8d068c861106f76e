import type { ConsumerRecord } from '../model/consumer-record.js'
import { escaped } from '../model/printable.js'
import type { CommandContext } from './command.js'
import type { Flags } from './flags.js'
import { asJson, asText, type Format, formats } from './formats.js'
import type { Output } from './output.js'
import { UsageError } from './usage-error.js'

const fields = ['topic', 'partition', 'offset', 'time', 'key', 'value', 'headers'] as const
type Field = (typeof fields)[number]

/** Prints records as the flags request: the selected fields, or everything as JSON. */
export class RecordPrinter {
  private readonly output: Output
  private readonly shown: readonly Field[]
  private readonly key: Format
  private readonly value: Format
  private readonly json: boolean
  private readonly forTerminal: boolean
  /** only values, unchanged: the bytes are copied without decoding */
  private readonly isPlain: boolean

  constructor({ flags, output, json, isTerminal }: CommandContext) {
    this.output = output
    this.shown = (flags.text('show') ?? 'value').split(',').map(fieldOf)
    this.key = flags.oneOf('key', formats)
    this.value = flags.oneOf('value', formats)
    this.json = json
    this.forTerminal = isTerminal
    this.isPlain =
      !json && !isTerminal && this.shown.join() === 'value' && (this.value === 'text' || this.value === 'json')
  }

  print(record: ConsumerRecord): void {
    const { output } = this
    if (this.isPlain) {
      const { value } = record
      if (value !== null) output.bytes(value)
      output.endLine()
    } else if (this.json) output.json(this.whole(record))
    else {
      output.text(this.shown.map((field) => this.field(record, field)).join('\t'))
      output.endLine()
    }
  }

  private whole(record: ConsumerRecord): unknown {
    const { topic, partition, offset, timestamp, key, value, headers } = record
    return {
      topic,
      partition,
      offset,
      timestamp,
      key: asJson(key, this.key),
      value: asJson(value, this.value),
      headers: headers.map(({ name, value: header }) => ({ name, value: asJson(header, 'text') }))
    }
  }

  private field(record: ConsumerRecord, field: Field): string {
    switch (field) {
      case 'topic':
        return escaped(record.topic)
      case 'partition':
        return String(record.partition)
      case 'offset':
        return record.offset.toString()
      case 'time':
        return record.timestamp < 0 ? '-' : new Date(record.timestamp).toISOString()
      case 'key':
        return asText(record.key, this.key, this.forTerminal)
      case 'value':
        return asText(record.value, this.value, this.forTerminal)
      case 'headers':
        return record.headers.map(({ name, value }) => escaped(`${name}=${asText(value, 'text')}`)).join(',')
    }
  }
}

const fieldOf = (given: string): Field => {
  const found = fields.find((field) => field === given.trim())
  if (found !== undefined) return found
  throw new UsageError(`--show takes ${fields.join(', ')}, not ${JSON.stringify(given)}`)
}

/** The filter for records. */
export const filterOf = (flags: Flags): ((record: ConsumerRecord) => boolean) => {
  const grep = flags.text('grep')
  const expression = grep === undefined ? null : expressionOf(grep)
  const conditions = flags.texts('where').map(conditionOf)
  if (expression === null && conditions.length === 0) return () => true
  return ({ value }) => {
    const text = asText(value, 'text')
    if (expression !== null && !expression.test(text)) return false
    return conditions.length === 0 || conditions.every((holds) => holds(asJson(value, 'json')))
  }
}

const expressionOf = (text: string): RegExp => {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    throw new UsageError(`--grep: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** A condition such as `customer.id=42`, whose right side is JSON or a plain text. */
const conditionOf = (given: string): ((value: unknown) => boolean) => {
  const at = given.indexOf('=')
  if (at < 1) throw new UsageError('--where takes PATH=VALUE, such as customer.id=42')
  const path = given.slice(0, at).split('.')
  const expected = given.slice(at + 1)
  return (value) => {
    let found = value
    for (const name of path) {
      if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return false
      found = (found as Readonly<Record<string, unknown>>)[name]
    }
    return typeof found === 'string' ? found === expected : JSON.stringify(found) === expected
  }
}
