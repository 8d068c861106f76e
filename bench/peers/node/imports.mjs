// node imports.mjs MODULE…: imports them one after the other, and prints what it took: time and processor time.
import { print } from './measure.mjs'

const began = performance.now()
const used = process.cpuUsage()
for (const module of process.argv.slice(2)) await import(module)
const { user, system } = process.cpuUsage(used)
print({ ms: performance.now() - began, cpuMs: (user + system) / 1000 })
process.exit(0)
