import { spawn } from 'node:child_process'
import { once } from 'node:events'

/** What a program writes, given this to read. Fails with the program's own words if the program does, or if it is not over by then. */
export const runProgram = async (
  command: string,
  args: readonly string[],
  input = '',
  environment: Readonly<Record<string, string>> = {},
  withinMs?: number
): Promise<string> => {
  const child = spawn(command, args, { stdio: 'pipe', env: { ...process.env, ...environment }, timeout: withinMs })
  const said: Buffer[] = []
  const complained: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => complained.push(chunk))
  // Who ends early does not read all of it; its exit code says more than the broken pipe.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  if (code !== 0)
    throw new Error(`${command} ended with ${String(code ?? signal)}:\n${Buffer.concat(complained).toString()}`)
  return Buffer.concat(said).toString()
}
