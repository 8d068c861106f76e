import { parseArgs, type ParseArgsConfig } from 'node:util'
import { nearestName } from '../model/nearest-name.js'
import { printableValue } from '../model/printable.js'
import { UsageError } from './usage-error.js'

/** The flags of a command, by their long names. */
export type FlagTable = NonNullable<ParseArgsConfig['options']>

/** Flags of Kafka's own tools, and their names here. */
const kafkaToolFlags: Readonly<Record<string, string>> = {
  'bootstrap-server': '--brokers',
  'bootstrap-servers': '--brokers',
  'broker-list': '--brokers',
  'command-config': '--properties',
  'consumer.config': '--properties',
  'producer.config': '--properties',
  'consumer-property': '--property',
  'producer-property': '--property',
  'from-beginning': '--from beginning',
  'max-messages': '--max',
  'replication-factor': '--replicas',
  config: 'KEY=VALUE behind the name',
  'add-config': 'KEY=VALUE behind the name',
  'delete-config': 'KEY= behind the name',
  unset: 'KEY= behind the name',
  describe: 'show',
  alter: 'configure, or grow',
  'to-earliest': '--to beginning',
  'to-latest': '--to end',
  'to-offset': '--to',
  'to-datetime': '--to',
  'by-duration': '--to, such as --to 10m',
  'shift-by': '--shift',
  'from-file': '--import',
  'all-topics': 'no --topic, which is all topics',
  'dry-run': 'no --execute, which is a dry run',
  'all-groups': 'no GROUP, which is all groups',
  group: 'the name of the group without a flag',
  topic: 'the name of the topic without a flag',
  offset: '--from',
  'isolation-level': '--committed',
  'compression-codec': '--compression',
  'reader-property': '--key-separator'
}

/**
 * `--shift -5` and `--from -2` as `--shift=-5` and `--from=-2`: no flag begins with a digit, so that these are values. Behind `--`
 * everything is a name.
 */
const withNegativeNumbers = (args: readonly string[], table: FlagTable): string[] => {
  const end = args.indexOf('--')
  const joined: string[] = []
  args.forEach((arg, index) => {
    const flag = joined.at(-1)
    const isValue = /^-\d/.test(arg) && (end === -1 || index < end)
    if (isValue && flag?.startsWith('--') && table[flag.slice(2)]?.type === 'string')
      joined.push(`${String(joined.pop())}=${arg}`)
    else joined.push(arg)
  })
  return joined
}

/** The command line's flags, checked when they are read. */
export class Flags {
  readonly names: readonly string[]
  private readonly values: Readonly<Record<string, unknown>>

  /** @throws UsageError for an unknown flag */
  constructor(args: readonly string[], table: FlagTable) {
    try {
      const { values, positionals } = parseArgs({
        args: withNegativeNumbers(args, table),
        options: table,
        allowPositionals: true,
        strict: true
      })
      this.values = values
      this.names = positionals
    } catch (error) {
      const [, unknown] = /Unknown option '--?([^']+)'/.exec(String(error)) ?? []
      if (unknown === undefined)
        throw new UsageError((error instanceof Error ? error.message : String(error)).replaceAll('\n', ' '))
      const near = nearestName(unknown, Object.keys(table))
      const meant = kafkaToolFlags[unknown] ?? (near === undefined ? undefined : `--${near}`)
      throw new UsageError(`--${unknown} is not known${meant === undefined ? '' : `, did you mean ${meant}?`}`)
    }
  }

  has(name: string): boolean {
    return this.values[name] !== undefined
  }

  isSet(name: string): boolean {
    return this.values[name] === true
  }

  text(name: string): string | undefined {
    const value = this.values[name]
    return typeof value === 'string' ? value : undefined
  }

  texts(name: string): readonly string[] {
    const value = this.values[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  /** A whole number of at least `least`. */
  whole(name: string, least = 0): number | undefined {
    const value = this.text(name)
    if (value === undefined) return undefined
    const number = Number(value)
    if (/^-?\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number
    throw new UsageError(`--${name} takes a whole number from ${String(least)}, not ${printableValue(value)}`)
  }

  oneOf<A extends string>(name: string, allowed: readonly [A, ...A[]]): A {
    const value = this.text(name) ?? allowed[0]
    const found = allowed.find((one) => one === value)
    if (found !== undefined) return found
    throw new UsageError(`--${name} takes ${allowed.join(', ')}, not ${printableValue(value)}`)
  }
}
