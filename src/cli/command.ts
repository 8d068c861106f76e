import type { KafkaProperties } from '../config/kafka-properties.js'
import type { Cluster } from '../ports/cluster.js'
import type { Flags, FlagTable } from './flags.js'
import type { Output } from './output.js'

/** The environment of a command: what it reads and writes, and what stops it. */
export interface CommandContext {
  readonly flags: Flags
  /** Created on first use, since the connection settings may be invalid. */
  readonly cluster: () => Cluster
  readonly properties: () => KafkaProperties
  readonly input: NodeJS.ReadableStream
  /** the requested output of the command */
  readonly output: Output
  /** writes progress or a remark to stderr, as a line */
  readonly say: (line: string) => void
  /** `--json`: everything that it prints is JSON, one value in each line */
  readonly json: boolean
  /** stdout is a terminal, so control characters must not be written to it */
  readonly isTerminal: boolean
  /** Ctrl-C, or SIGTERM */
  readonly interrupted: AbortSignal
  /** milliseconds since 1970 */
  readonly now: () => number
}

/** `failed`: because of Kafka or the application; `interrupted`: by the user. A usage error is thrown instead. */
export const exitCode = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const
export type ExitCode = (typeof exitCode)[keyof typeof exitCode]

export interface Command {
  readonly name: string
  /** a description in one line */
  readonly summary: string
  readonly usage: string
  readonly flags: FlagTable
  /** Ctrl-C lets it come to an end, which it does by `interrupted`. Other commands are abandoned. */
  readonly endsInOrder?: boolean
  readonly run: (context: CommandContext) => Promise<ExitCode>
}
