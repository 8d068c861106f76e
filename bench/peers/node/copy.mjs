// node copy.mjs CLIENT BROKERS FROM TO RECORDS: consume, transform, produce, commit, with one of copies/; prints how long it
// took from the assignment to the last stored offset.
import { print, stopwatch } from './measure.mjs'

const [, , name, brokers, from, to, total] = process.argv
const { copy } = await import(`./copies/${name}.mjs`)
const records = Number(total)
const groupId = `copy-${process.pid}-${Date.now()}`
const { begin, elapsed } = stopwatch()
const text = new TextDecoder()
const upper = (value) => text.decode(value).toUpperCase()
await copy({ brokers, from, to, records, groupId, begin, upper })
print({ records, ...elapsed() })
setImmediate(() => process.exit(0))
