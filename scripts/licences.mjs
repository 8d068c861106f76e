// npm run check:licences: what an install brings along, and by which licence; fails for one that was not agreed to.
import { readFileSync } from 'node:fs'

const agreed = new Set(['MIT', 'ISC', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD'])

const { packages } = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8'))
const installed = Object.entries(packages)
  .filter(([path, { dev, devOptional, peer }]) => path !== '' && !dev && !devOptional && !peer)
  .map(([path, { version, license = 'none' }]) => ({ name: path.replace(/^.*node_modules\//, ''), version, license }))

for (const { name, version, license } of installed) console.log(`${name} ${version}: ${license}`)
const others = installed.filter(({ license }) => !agreed.has(license))
if (others.length > 0) {
  console.error(`not agreed to: ${others.map(({ name, license }) => `${name} (${license})`).join(', ')}`)
  process.exitCode = 1
}
