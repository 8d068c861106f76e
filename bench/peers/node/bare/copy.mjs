// node bare/copy.mjs BROKERS FROM TO RECORDS: what copying costs at least in Node: each value becomes a text, another text, and
// bytes of a batch. No group, no offsets, no headers.
import { print, stopwatch } from '../measure.mjs'
import { batchWriter } from './batch.mjs'
import { batchesOf, fetchOf, open, partitionsOf, produceOf, walk, written } from './wire.mjs'

const [, , brokers, from, to, total] = process.argv
const [input, output] = [open(brokers), open(brokers)]
const offsets = Array.from({ length: await partitionsOf(input, from) }, () => 0)
const partitions = await partitionsOf(output, to)
const records = Number(total)
const text = new TextDecoder()
const { begin, elapsed } = stopwatch()
const free = Array.from({ length: 8 }, () => batchWriter(1_000_000))
let partition = 0
let copied = 0

const send = (writer) =>
  new Promise((resolve) =>
    output.ask(produceOf(to, partition++ % partitions, writer.finish()), (answer) => {
      written(answer)
      copied += writer.count
      writer.clear()
      free.push(writer)
      resolve()
      if (copied < records) return
      print({ records, ...elapsed() })
      setImmediate(() => process.exit(0))
    })
  )

const readNext = () =>
  input.ask(fetchOf(from, offsets), (answer) => {
    const batches = batchesOf(answer, offsets)
    let writer = free.pop() ?? batchWriter(1_000_000)
    const sent = []
    for (const batch of batches)
      walk(answer, batch, (start, end) => {
        writer.addAscii(text.decode(answer.subarray(start, end)).toUpperCase())
        if (!writer.isFull) return
        sent.push(send(writer))
        writer = free.pop() ?? batchWriter(1_000_000)
      })
    if (writer.count > 0) sent.push(send(writer))
    else free.push(writer)
    Promise.all(sent).then(readNext)
  })

begin()
readNext()
