import { commit, eachPartition, handle } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { writeNdjson } from 'ackstream/ndjson'
import { workers } from 'ackstream/workers'
import { schedules } from 'ackstream/testing/fast-check'
import { marbles, type Pipeline } from 'ackstream/testing'
const pipeline: Pipeline = (orders, { sink }) => orders.pipe(eachPartition((p) => p.pipe(handle(sink), commit({ every: 1 }))))
declare const it: (name: string, body: () => Promise<void>) => void
it(
  'holds the commit back for a slow record',
  marbles(({ cluster }) => {
    cluster(
      `
    orders/0              -abc-----
    `,
      { pipeline }
    )
  })
)
it('none', marbles(() => {}))
it('after', marbles(({ cluster }) => { cluster('', { pipeline }); return () => { console.log(1) } }))
it('nothing', marbles(() => undefined))
// @ts-expect-error a promise is not waited for
it('async', marbles(async () => {}))
console.log(kafka, writeNdjson, workers, schedules)
