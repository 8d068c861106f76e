// Compiles the examples against the build, unless that is current, and runs the one that is named: node scripts/example.mjs NAME [ARGUMENT …]
import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { newest } from './newest.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const [, , name = '', ...more] = process.argv
if (!existsSync(`${root}examples/${name}.ts`)) {
  console.error(`no such example: ${name}; see examples/README.md`)
  process.exit(1)
}
const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' })
const compiled = statSync(`${root}.examples/${name}.js`, { throwIfNoEntry: false })?.mtimeMs ?? 0
if (compiled < newest(`${root}examples`, `${root}tsconfig.examples.json`, `${root}dist/index.d.ts`))
  run('node_modules/typescript7/bin/tsc', '-p', 'tsconfig.examples.json')
try {
  run(`.examples/${name}.js`, ...more)
} catch (error) {
  process.exitCode = error.status ?? 1
}
