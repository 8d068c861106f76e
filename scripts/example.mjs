// Compiles the examples against the build and runs the one that is named: node scripts/example.mjs NAME [ARGUMENT …]
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const [, , name = '', ...more] = process.argv
if (!existsSync(`${root}examples/${name}.ts`)) {
  console.error(`no such example: ${name}; see examples/README.md`)
  process.exit(1)
}
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.examples.json'], {
  cwd: root,
  stdio: 'inherit'
})
execFileSync(process.execPath, [`.examples/${name}.js`, ...more], { cwd: root, stdio: 'inherit' })
