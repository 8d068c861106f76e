#!/usr/bin/env node
import { kafka } from '../sources/kafka/kafka-cluster.js'
import { runCli } from './run-cli.js'

const { argv, env, stdin, stdout, stderr } = process

// Ctrl-C stops a command regularly; a second Ctrl-C ends the process.
const interruption = new AbortController()
const interrupt = (): void => {
  if (interruption.signal.aborted) process.exit(130)
  interruption.abort()
}
process.on('SIGINT', interrupt)
process.on('SIGTERM', interrupt)

// Without an `error` listener a lost reader would end the process. `Output` has its own for stdout.
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
// A pending read of stdin would keep the process alive.
stdin.destroy()
// So would requests of a command that was abandoned.
if (interruption.signal.aborted) stdout.write('', () => process.exit(code))
