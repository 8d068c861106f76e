// node bare/consume.mjs views|numbers WORKLOAD BROKERS TOPIC RECORDS: what reading costs at least in Node. It reads the same
// bytes and walks the records; "views" also makes a Uint8Array of each value, as a client does.
import { drained } from '../measure.mjs'
import { batchesOf, fetchOf, open, partitionsOf, walk } from './wire.mjs'

const [, , how, , brokers, topic, total] = process.argv
const connection = open(brokers)
const offsets = Array.from({ length: await partitionsOf(connection, topic) }, () => 0)
const { begin, take } = drained(Number(total), { done: () => setImmediate(() => process.exit(0)) })
const first = Buffer.alloc(4)

const readNext = () =>
  connection.ask(fetchOf(topic, offsets), (answer) => {
    const batches = batchesOf(answer, offsets)
    // The broker prepares the next answer while these records are walked.
    readNext()
    const view = (from, to) => take(new Uint8Array(answer.buffer, answer.byteOffset + from, to - from))
    const number = (from) => {
      first.set([answer[from], answer[from + 1], answer[from + 2], answer[from + 3]])
      take(first)
    }
    for (const batch of batches) walk(answer, batch, how === 'views' ? view : number)
  })

begin()
readNext()
