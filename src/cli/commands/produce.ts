import { isLeft } from 'fp-ts/lib/Either.js'
import type { CompressionType } from '../../config/producer-config.js'
import { describeFault } from '../../model/describe-fault.js'
import { producer, type RecordToSend } from '../../sinks/producer.js'
import { type Command, type CommandContext, exitCode } from '../command.js'
import { bytesOf, type Format, formats } from '../formats.js'
import { inputLines } from '../input-lines.js'
import { UsageError } from '../usage-error.js'

/** The maximum of lines in flight; further ones wait in the pipe. */
const mostUnderWay = 10_000
/** How long a record waits for its topic or partition. */
const patienceMs = 10_000
/** How long to wait for the last confirmations after Ctrl-C. */
const lastMs = 5_000
const compressions: readonly [CompressionType, ...CompressionType[]] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

export const produce: Command = {
  name: 'produce',
  endsInOrder: true,
  summary: 'writes the lines of stdin to a topic, a record each',
  usage: `ackstream produce TOPIC [flags] < lines

  --key-separator TEXT  the text before it is the key
  --lines FORMAT        the format of values and keys: text, json, hex or base64; default text
  --records             each line is a record as tail --json prints it: {"key", "value", "headers", "partition"};
                        with --lines hex or base64, key and value are in that format, as of tail --json --key … --value …
  --compression NAME    ${compressions.join(', ')}; default none
  --empty-is-null       an empty value is null: a tombstone`,
  flags: {
    'key-separator': { type: 'string' },
    lines: { type: 'string' },
    records: { type: 'boolean' },
    compression: { type: 'string' },
    'empty-is-null': { type: 'boolean' }
  },
  run: async (context) => {
    const { flags, input, interrupted, say, output, json } = context
    const [topic, ...more] = flags.names
    if (topic === undefined || more.length > 0) throw new UsageError('produce takes one topic')
    const read = readerOf(context, topic)
    const sink = producer(context.cluster(), {
      'compression.type': flags.oneOf('compression', compressions),
      'max.block.ms': patienceMs
    })
    const counts = { line: 0, written: 0, failed: 0, underWay: 0 }
    let wake: (() => void) | null = null
    const settle = (): void => {
      counts.underWay--
      wake?.()
    }
    try {
      for await (const line of inputLines(input, interrupted)) {
        counts.line++
        const at = counts.line
        counts.underWay++
        sink.sendAll([read(line, at)]).subscribe(({ outcome }) => {
          if (isLeft(outcome)) {
            counts.failed++
            say(`line ${String(at)}: ${describeFault(outcome.left)}`)
          } else counts.written++
          settle()
        })
        while (counts.underWay >= mostUnderWay)
          await new Promise<void>((resolve) => {
            wake = resolve
          })
      }
      if (!interrupted.aborted) await sink.flush()
    } finally {
      await sink.close(interrupted.aborted ? { timeoutMs: lastMs } : {})
    }
    const { written, failed } = counts
    if (json) output.json({ topic, written, failed })
    else say(`${String(written)} written to ${topic}${failed === 0 ? '' : `, ${String(failed)} failed`}`)
    if (interrupted.aborted) return exitCode.interrupted
    return failed === 0 ? exitCode.done : exitCode.failed
  }
}

type ReadLine = (line: Buffer, at: number) => RecordToSend

const readerOf = ({ flags }: CommandContext, topic: string): ReadLine => {
  const format = flags.oneOf('lines', formats)
  const separator = flags.text('key-separator')
  if (flags.isSet('records')) return (line, at) => recordOf(line.toString(), { at, topic, format })
  const between = Buffer.from(separator ?? '')
  return (line, at) => {
    const split = separator === undefined ? -1 : line.indexOf(between)
    if (separator !== undefined && split < 0)
      throw new Error(`line ${String(at)} has no key separator ${JSON.stringify(separator)}`)
    const rest = separator === undefined ? line : line.subarray(split + between.length)
    const value = rest.length === 0 && flags.isSet('empty-is-null') ? null : decoded(rest, format, at)
    if (separator === undefined) return { topic, value }
    return { topic, key: decoded(line.subarray(0, split), format, at), value }
  }
}

const decoded = (line: Buffer, format: Format, at: number): Uint8Array => {
  const bytes = format === 'text' ? line : bytesOf(line.toString(), format)
  if (bytes === null) throw new Error(`line ${String(at)} is not ${format}`)
  return bytes
}

interface LinePlace {
  readonly at: number
  readonly topic: string
  readonly format: Format
}

const recordOf = (line: string, { at, topic, format }: LinePlace): RecordToSend => {
  const fail = (what: string): never => {
    throw new Error(`line ${String(at)}: ${what}`)
  }
  let given: unknown
  try {
    given = JSON.parse(line)
  } catch {
    return fail('it is not JSON')
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return fail('it is not an object')
  const { key = null, value = null, headers = [], partition, timestamp } = given as Readonly<Record<string, unknown>>
  const text = (part: unknown): string | null =>
    part === null ? null : typeof part === 'string' ? part : JSON.stringify(part)
  const content = (part: unknown): string | Uint8Array | null =>
    typeof part === 'string' && (format === 'hex' || format === 'base64')
      ? decoded(Buffer.from(part), format, at)
      : text(part)
  if (!Array.isArray(headers)) return fail('headers is not a list of {name, value}')
  return {
    topic,
    key: content(key),
    value: content(value),
    headers: headers.map((header: { readonly name?: unknown; readonly value?: unknown } | null) => {
      if (typeof header?.name !== 'string') return fail('a header has no name')
      return { name: header.name, value: header.value == null ? null : Buffer.from(text(header.value) ?? '') }
    }),
    ...(partition === undefined ? {} : { partition: partition as number }),
    ...(timestamp === undefined ? {} : { timestamp: timestamp as number })
  }
}
