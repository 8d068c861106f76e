import { from, lastValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, mapValue, produceTo, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { workers, type WorkerRecord } from '../../src/workers.js'
import { collect, until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

const sessionMs = 6_000

describeKafka('a handler that keeps a processor busy for longer than the session, on a thread', (brokers) => {
  it('keeps its membership and the event loop free, and gets no byte but its record’s', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('workers')
    await cluster.createTopics([{ topic, partitions: 1 }])
    await lastValueFrom(from([{ value: '8000' }, { value: '1' }]).pipe(produceTo(cluster, { topic })))
    const reader = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      'session.timeout.ms': sessionMs,
      subscription: subscribe(topic)
    })
    const rebalances = collect(reader.rebalances)
    await using busy = workers<(record: WorkerRecord) => number>({
      file: new URL('../support/tasks.worker.mjs', import.meta.url),
      threads: 1
    })
    let turns = 0
    const turning = setInterval(() => turns++, 20)
    const results: number[] = []
    const run = collect(
      reader.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(busy),
            mapValue((bytes) => results.push(bytes)),
            commit({ every: 1 })
          )
        )
      )
    )
    await until(() => run.values.length >= 1 && reader.positions()[0]?.committed === 2n, 'both records')
    clearInterval(turning)
    expect(rebalances.values.map(({ _tag }) => _tag)).toEqual(['assigned'])
    expect(results).toEqual([4, 1])
    // A loop that was kept from turning has none to count.
    expect(turns).toBeGreaterThan(10)
    await reader.close()
  })
})
