import { from, lastValueFrom, timer } from 'rxjs'
import { expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, produceTo, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

describeKafka('a handler that takes longer than the session', (brokers) => {
  it('keeps its membership: heartbeats go on by themselves', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('slow')
    await cluster.createTopics([{ topic, partitions: 1 }])
    await lastValueFrom(from([{ value: 'a' }, { value: 'b' }]).pipe(produceTo(cluster, { topic })))
    const reader = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      'session.timeout.ms': 4_000,
      'heartbeat.interval.ms': 300,
      subscription: subscribe(topic)
    })
    const rebalances = collect(reader.rebalances)
    let handled = 0
    const run = collect(
      reader.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => (handled++, timer(6_000))),
            commit({ every: 1 })
          )
        )
      )
    )
    await until(() => run.values.length >= 1 && reader.positions()[0]?.committed === 2n, 'both records')
    expect(rebalances.values.map(({ _tag }) => _tag)).toEqual(['assigned'])
    await reader.close()
    expect(handled).toBe(2)
  })
})
