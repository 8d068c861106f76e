// node copy.mjs CLIENT BROKERS FROM TO RECORDS: consume, transform, produce, commit, with one of copies/; prints how long it
// took from the assignment to the last stored offset.
import { print } from './measure.mjs'

const [, , name, brokers, from, to, total] = process.argv
const { copy } = await import(`./copies/${name}.mjs`)
const records = Number(total)
const groupId = `copy-${process.pid}-${Date.now()}`
let began = 0
let used = { user: 0, system: 0 }
const begin = () => {
  if (began > 0) return
  began = performance.now()
  used = process.cpuUsage()
}
const text = new TextDecoder()
const upper = (value) => text.decode(value).toUpperCase()
await copy({ brokers, from, to, records, groupId, begin, upper })
const { user, system } = process.cpuUsage(used)
print({ records, ms: performance.now() - began, cpuMs: (user + system) / 1000 })
setImmediate(() => process.exit(0))
