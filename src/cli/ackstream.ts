#!/usr/bin/env node
import { kafka } from '../sources/kafka/kafka-cluster.js'
import { runCli } from './run-cli.js'

const { argv, env, stdin, stdout, stderr } = process

// Ctrl-C ends a command in order; a second time it ends the process.
const interruption = new AbortController()
const interrupt = (): void => {
  if (interruption.signal.aborted) process.exit(130)
  interruption.abort()
}
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)

// Where nobody reads what is said, nothing is said: `Output` listens to stdout itself.
for (const stream of [stdout, stderr]) stream.on('error', () => undefined)

const code = await runCli(argv.slice(2), {
  env,
  stdin,
  stdout,
  stderr,
  interrupted: interruption.signal,
  connect: kafka,
  now: Date.now
})
process.removeListener('SIGINT', interrupt)
process.removeListener('SIGTERM', interrupt)
process.exitCode = code
// What waits for input would keep the process: nothing reads it any more.
stdin.destroy()
// So would requests of a command that was abandoned.
if (interruption.signal.aborted) stdout.write('', () => process.exit(code))
