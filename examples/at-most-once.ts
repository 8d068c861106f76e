// How do I make sure that nothing is ever done twice, even if that means that something is not done at all?
//
// The offset is stored before a record is passed on. A crash costs what was passed on and not done; with `maxInFlight: 1`
// that is one record.
//
// prints:
//   run 1: text to ann
//   run 1: crashes before the text to bob
//   run 2: text to cas
//   run 2: text to dee
import { lastValueFrom, tap } from 'rxjs'
import { atMostOnce, consumer, deserialize, eachPartition, logTo, subscribe, utf8, writeTo } from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { texts: 1 } })
cluster.produce('texts', ...['ann', 'bob', 'cas', 'dee'].map((value) => ({ value })))

for (const run of [1, 2]) {
  const texts = consumer(cluster, {
    'group.id': 'phone',
    'auto.offset.reset': 'earliest',
    maxInFlight: 1,
    subscription: subscribe('texts')
  })
  logTo(texts, console, { level: 'warn' })
  const send = (to: string): void => {
    const crashes = run === 1 && to === 'bob'
    console.log(`run ${run}: ${crashes ? 'crashes before the ' : ''}text to ${to}`)
    if (crashes) throw new Error('crash')
  }
  const pipeline = eachPartition((partition) =>
    partition.pipe(
      atMostOnce({ every: 1 }),
      deserialize({ value: utf8 }),
      writeTo(({ value }) => send(value)),
      tap(({ value }) => {
        if (value === 'dee') void texts.drain()
      })
    )
  )
  await lastValueFrom(texts.pipe(pipeline), { defaultValue: null }).catch(() => null)
}
