// Tries mutated bytes on everything that reads what comes from outside: answers, compressed bytes, record batches, what members
// of a group say, JSON, frames. Each is read or refused with a typed fault, in 250 ms and 64 MiB.
//   npm run fuzz -- --n 1000000 [--seed S]      S is the first trial's number, each has the next; a failure names its own
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({ options: { n: { type: 'string', default: '1000000' }, seed: { type: 'string' } } })
const seed = values.seed ?? String(Math.floor(Math.random() * 2 ** 31))
for (const [name, given] of Object.entries({ n: values.n, seed }))
  if (!/^\d{1,10}$/.test(given)) throw new Error(`--${name} is ${given}: a whole number is needed`)

const args = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--project',
  'properties',
  'test/properties/fuzz.test.ts',
  '--testTimeout',
  '0'
]
const env = { ...process.env, FUZZ_N: values.n, FUZZ_SEED: seed, FUZZ_MEASURED: 'yes' }
const cwd = fileURLToPath(new URL('..', import.meta.url))
const [code] = await once(spawn(process.execPath, args, { cwd, env, stdio: 'inherit' }), 'close')
process.exitCode = code ?? 1
