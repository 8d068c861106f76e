// Builds the package unless the build is current: what begins with it shows its first line at once the second time.
import { spawnSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { newest } from './newest.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}.built`
const output = `${root}dist/index.js`
const sources = ['src', 'tsconfig.json', 'tsconfig.build.json', 'package.json', 'scripts/build.mjs'].map(
  (name) => root + name
)

const builtAt = () => statSync(output, { throwIfNoEntry: false })?.mtimeMs ?? 0
/** Which build was through without an error. */
const stamped = () => {
  try {
    return Number(readFileSync(stamp, 'utf8'))
  } catch {
    return 0
  }
}

if (builtAt() !== stamped() || builtAt() < newest(...sources)) {
  process.stderr.write('building, once ...\n')
  const { status } = spawnSync(process.execPath, [`${root}scripts/build.mjs`], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
