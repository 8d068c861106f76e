// Why is nothing committed, or why does nothing come any more: what does the consumer itself say?
//
// prints:
//   with rxjs’s filter:
//   unsettled: news/0 offset 0 was swallowed after deserialize, 5 later ones have overtaken it
//   without commit() or ack():
//   starved: 10 in flight; records are delivered but never acknowledged: put ack() or commit() last in the pipeline
import { filter, firstValueFrom, type OperatorFunction } from 'rxjs'
import {
  commit,
  consumer,
  type ConsumerEvent,
  type ConsumerRecord,
  deserialize,
  eachPartition,
  logTo,
  subscribe,
  utf8
} from 'ackstream'
import { memoryCluster } from 'ackstream/testing'

const cluster = memoryCluster({ topics: { news: 1 } })
cluster.produce('news', { value: 'dull' })
for (let number = 1; number < 20; number++) cluster.produce('news', { value: 'exciting' })

/** The first event of a consumer with this pipeline. */
const firstEvent = async (pipeline: OperatorFunction<ConsumerRecord, unknown>): Promise<ConsumerEvent> => {
  const news = consumer(cluster, {
    'group.id': 'readers',
    'auto.offset.reset': 'earliest',
    maxInFlight: 10,
    subscription: subscribe('news')
  })
  logTo(news, console, { level: 'warn' })
  const event = firstValueFrom(news.events)
  news.pipe(eachPartition((partition) => partition.pipe(pipeline))).subscribe()
  await event
  await news.close()
  return event
}

console.log('with rxjs’s filter:')
const unsettled = await firstEvent((records) =>
  records.pipe(
    deserialize({ value: utf8 }),
    filter(({ value }) => value !== 'dull'), // filterRecords would settle what it refuses
    commit()
  )
)
if (unsettled._tag === 'unsettled')
  console.log(
    `unsettled: ${unsettled.topic}/${unsettled.partition} offset ${unsettled.offset} was swallowed after ` +
      `${unsettled.lastOperator}, ${unsettled.overtakenBy} later ones have overtaken it`
  )

console.log('without commit() or ack():')
const starved = await firstEvent(deserialize({ value: utf8 }))
if (starved._tag === 'starved') console.log(`starved: ${starved.inFlight} in flight; ${starved.advice}`)
