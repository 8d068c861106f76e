// No package of the tree may run a script when it is installed: neither ours nor any that comes with it.
import { readFileSync } from 'node:fs'

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
// Optional, for macOS only, and known: it is skipped everywhere else.
const scripted = Object.entries(packages).filter(
  ([name, { hasInstallScript }]) => hasInstallScript && !name.endsWith('/fsevents')
)
if (scripted.length > 0) {
  console.error(`install scripts in: ${scripted.map(([name]) => name).join(', ')}`)
  process.exit(1)
}
console.log(`no install scripts in ${Object.keys(packages).length} packages`)
