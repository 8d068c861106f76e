import { isatty } from 'node:tty'
import type { Readable, Writable } from 'node:stream'
import type { KafkaProperties } from '../config/kafka-properties.js'
import { ConsumerError } from '../model/consumer-error.js'
import { describeFault } from '../model/describe-fault.js'
import { escaped, printable, reasonOf } from '../model/printable.js'
import { nearestName } from '../model/nearest-name.js'
import { version } from '../internal/version.js'
import type { Cluster } from '../ports/cluster.js'
import { type Command, exitCode, type ExitCode } from './command.js'
import { bench } from './commands/bench.js'
import { doctor } from './commands/doctor.js'
import { groups } from './commands/groups.js'
import { lag } from './commands/lag.js'
import { offsets } from './commands/offsets.js'
import { produce } from './commands/produce.js'
import { replayDlq } from './commands/replay-dlq.js'
import { tail } from './commands/tail.js'
import { topics } from './commands/topics.js'
import { connectionFlags, connectionUsage, propertiesOf } from './connection.js'
import { Flags } from './flags.js'
import { Interrupted, unlessInterrupted } from './interruption.js'
import { Output } from './output.js'
import { printConnectionEvents } from './print-problems.js'
import { UnknownTopicError, withNearestTopic } from './unknown-topic.js'
import { UsageError } from './usage-error.js'

export const commands: readonly Command[] = [tail, produce, topics, groups, lag, offsets, replayDlq, bench, doctor]

/** What a process, or a test, passes to the command line. */
export interface CliProcess {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: Readable
  readonly stdout: Writable
  readonly stderr: Writable
  readonly interrupted: AbortSignal
  readonly connect: (properties: KafkaProperties) => Cluster
  readonly now: () => number
}

const usage = `ackstream COMMAND [flags]

${commands.map(({ name, summary }) => `  ${name.padEnd(12)}${summary}`).join('\n')}

  ackstream COMMAND --help shows its flags, ackstream --version the version. --json prints one JSON value a line; messages go to stderr.

${connectionUsage}
Exit codes: 0 done, 1 failed, 2 the command line is wrong, 130 interrupted
`

const commonFlags = { ...connectionFlags, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } } as const

/** Runs one command line and returns the exit code of the process. Never throws. */
export const runCli = async (args: readonly string[], rim: CliProcess): Promise<ExitCode> => {
  const { stderr, stdout } = rim
  const say = (text: string): void => {
    stderr.write(`${escaped(text)}\n`)
  }
  const [helped] = args[0] === 'help' ? args.slice(1) : []
  const [name, ...rest] = helped === undefined ? args : [helped, '--help']
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    stdout.write(usage)
    return name === undefined ? exitCode.usage : exitCode.done
  }
  if (name === '--version' || name === '-V') {
    stdout.write(`${version}\n`)
    return exitCode.done
  }
  const command = commands.find((one) => one.name === name)
  if (command === undefined && name.startsWith('-')) {
    say(
      `ackstream: the command comes first, and flags such as ${printable(name)} behind it: ackstream topics --brokers HOST:PORT`
    )
    return exitCode.usage
  }
  if (command === undefined) {
    const near = nearestName(
      name,
      commands.map((one) => one.name)
    )
    say(`ackstream: ${printable(name)} is not known${near === undefined ? '' : `, did you mean ${near}?`}`)
    say(`commands: ${commands.map((one) => one.name).join(', ')}`)
    return exitCode.usage
  }
  try {
    return await runCommand(command, rest, rim, say)
  } catch (error) {
    if (error instanceof Interrupted) return exitCode.interrupted
    say(`ackstream ${name}: ${describeError(error)}`)
    if (!(error instanceof UsageError)) return exitCode.failed
    say(`ackstream ${name} --help shows its usage`)
    return exitCode.usage
  }
}

const runCommand = async (
  command: Command,
  args: readonly string[],
  rim: CliProcess,
  say: (text: string) => void
): Promise<ExitCode> => {
  const { stdout, stdin, env, interrupted, connect, now } = rim
  const flags = new Flags(args, { ...command.flags, ...commonFlags })
  if (flags.isSet('help')) {
    stdout.write(`${command.usage}\n\n${connectionUsage}`)
    return exitCode.done
  }
  const output = new Output(stdout)
  const properties = (): KafkaProperties => propertiesOf(flags, env)
  let made: Cluster | null = null
  const connected = (): Cluster => {
    const cluster = connect(properties())
    printConnectionEvents(cluster, say)
    return cluster
  }
  const isTerminal = 'fd' in stdout && typeof stdout.fd === 'number' && isatty(stdout.fd)
  const context = {
    flags,
    properties,
    input: stdin,
    output,
    say,
    json: flags.isSet('json'),
    isTerminal,
    interrupted,
    now,
    cluster: () => (made ??= connected())
  }
  try {
    const run = (): Promise<ExitCode> => command.run(context)
    return await (command.endsInOrder === true ? run() : unlessInterrupted(interrupted, run))
  } catch (error) {
    const opened = made as Cluster | null
    throw opened === null ? error : await withNearestTopic(error, opened)
  } finally {
    // The compiler takes it for null: it is set in a function.
    const opened = made as Cluster | null
    if (interrupted.aborted) await opened?.[Symbol.asyncDispose]()
    await output.room()
    output.failIfLost()
  }
}

/** Messages of the library's own errors are printed in full. */
const describeError = (error: unknown): string =>
  error instanceof ConsumerError
    ? describeFault(error.fault)
    : error instanceof UsageError || error instanceof UnknownTopicError
      ? escaped(error.message)
      : reasonOf(error)
