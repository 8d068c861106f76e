// Writes so many records a second, evenly over the partitions, until it is told to stop (SIGTERM). The value of a record is
// its partition and its offset.
import { Subject } from 'rxjs'
import { produceTo } from 'ackstream'
import { kafka } from 'ackstream/kafka'

const { brokers, topic, partitions, rate } = JSON.parse(process.argv[2])
process.on('disconnect', () => process.exit(1))
const records = new Subject()
const next = new Array(partitions).fill(0)
const began = performance.now()
let written = 0
const timer = setInterval(() => {
  const due = Math.floor(((performance.now() - began) / 1000) * rate)
  for (; written < due; written++) {
    const partition = written % partitions
    records.next({ partition, value: `${partition} ${next[partition]++}` })
  }
}, 5)
records.pipe(produceTo(kafka({ 'bootstrap.servers': brokers }), { topic })).subscribe({
  complete: () => {
    process.send?.({ e: 'written', written })
    // Nothing else holds it.
    process.removeAllListeners('disconnect')
    process.disconnect?.()
  },
  error: (error) => {
    console.error(error)
    process.exit(1)
  }
})
process.on('SIGTERM', () => {
  clearInterval(timer)
  records.complete()
})
