import { expect, it } from 'vitest'
import { installed } from './installed.js'

// The packages that `bun` and `deno` would fetch by an install script.
const bun = '@oven/bun-linux-x64'
const deno = '@deno/linux-x64-glibc'

it.each([
  ['Bun', `node_modules/${bun}/bin/bun`, []],
  ['Deno', `node_modules/${deno}/deno`, ['run', '-A', '--node-modules-dir=manual', '--no-remote']]
])('%s imports each entry, runs a pipeline and plays a diagram', (_name, runtime, args) => {
  const project = installed('runtimes', { [bun]: '1', [deno]: '2', 'fast-check': '4', piscina: '5' })
  expect(project.run(runtime, ...args, 'program.mjs')).toEqual({
    code: 0,
    output: 'hello\ncommitted 1\nthe diagram came true\n'
  })
})
