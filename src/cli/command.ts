import type { KafkaProperties } from '../config/kafka-properties.js'
import type { Cluster } from '../ports/cluster.js'
import type { Flags, FlagTable } from './flags.js'
import type { Output } from './output.js'

/** Where a command runs: what it reads and writes, and what stops it. */
export interface CommandContext {
  readonly flags: Flags
  /** Made when it is first asked for: how to connect may be wrong. */
  readonly cluster: () => Cluster
  readonly properties: () => KafkaProperties
  readonly input: NodeJS.ReadableStream
  /** what the command was asked for */
  readonly output: Output
  /** progress and remarks, a line each */
  readonly say: (line: string) => void
  /** `--json`: everything that it prints is JSON, one value a line */
  readonly json: boolean
  /** stdout is a terminal: nothing raw may be written to it */
  readonly isTerminal: boolean
  /** Ctrl-C, or SIGTERM */
  readonly interrupted: AbortSignal
  /** milliseconds since 1970 */
  readonly now: () => number
}

/** Kafka's or the application's doing, or what a user has stopped; a usage error is thrown. */
export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

export interface Command {
  readonly name: string
  /** in one line */
  readonly summary: string
  readonly usage: string
  readonly flags: FlagTable
  /** Ctrl-C lets it come to an end, which it does by `interrupted`. Other commands are abandoned. */
  readonly endsInOrder?: boolean
  readonly run: (context: CommandContext) => Promise<ExitCode>
}
