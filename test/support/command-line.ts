import { PassThrough, Readable, Writable } from 'node:stream'
import { runCli } from '../../src/cli/run-cli.js'
import type { Cluster } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'

/** What a run of the command line came to. */
export interface CliRun {
  readonly code: number
  readonly out: string
  readonly lines: readonly string[]
  /** each line of stdout as JSON */
  readonly values: readonly unknown[]
  readonly err: string
}

export interface CliGiven {
  /** @default real Kafka, as the arguments say */
  readonly cluster?: Cluster
  readonly input?: string | Uint8Array
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  /** called with all of stdout so far, whenever something comes */
  readonly printed?: (out: string) => void
  readonly stdout?: Writable
  readonly now?: () => number
}

/** Runs a command line within this process. */
export const commandLine = async (args: readonly string[], given: CliGiven = {}): Promise<CliRun> => {
  const { cluster, input = '', env = {}, signal = new AbortController().signal, printed, now = Date.now } = given
  let out = ''
  let err = ''
  const stdout =
    given.stdout ??
    new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        out += chunk.toString()
        printed?.(out)
        done()
      }
    })
  const stderr = new PassThrough()
  stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  const code = await runCli(args, {
    env,
    stdin: Readable.from([typeof input === 'string' ? Buffer.from(input) : input]),
    stdout,
    stderr,
    interrupted: signal,
    connect: cluster === undefined ? kafka : () => cluster,
    now
  })
  await new Promise((resolve) => setImmediate(resolve))
  const lines = out.split('\n').slice(0, -1)
  return {
    code,
    out,
    lines,
    get values() {
      return lines.map((line) => JSON.parse(line) as unknown)
    },
    err
  }
}
