import { firstValueFrom, lastValueFrom, of } from 'rxjs'
import { expect, it } from 'vitest'
import { commit, consumer, eachPartition, handle, produceTo, producer, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { until } from '../support/collect.js'
import { deleteTopic } from '../support/delete-topic.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

describeKafka('a topic that is deleted and made again', (brokers) => {
  it.each(['earliest', 'latest'] as const)(
    'while its partition is paused, is read from its beginning under auto.offset.reset %s, and committed anew',
    async (reset) => {
      const cluster = kafka({ 'bootstrap.servers': brokers })
      const topic = uniqueName('recreated')
      const place = { topic, partition: 0 }
      const create = (): Promise<unknown> => firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
      const write = async (...values: readonly string[]): Promise<void> => {
        for (const value of values) await lastValueFrom(of({ value }).pipe(produceTo(cluster, { topic })))
      }
      await create()
      const reader = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': reset,
        // Nothing is asked for any more once it is paused.
        'fetch.max.wait.ms': 10,
        subscription: subscribe(topic)
      })
      const read: string[] = []
      const events: unknown[] = []
      reader.events.subscribe((event) => {
        if (event._tag === 'recreated' || event._tag === 'reset') events.push(event)
      })
      const ended = lastValueFrom(
        reader.pipe(
          eachPartition((records) =>
            records.pipe(
              handle((record) => void read.push(Buffer.from(record.value ?? []).toString())),
              commit({ every: 1 })
            )
          )
        ),
        { defaultValue: null }
      )
      await until(() => reader.positions()[0]?.position === 0n, 'its position is known')
      await write('a', 'b')
      await until(() => reader.positions()[0]?.committed === 2n, 'the former topic is read')
      reader.pause([place])
      await deleteTopic(brokers, topic)
      await create()
      await write('A', 'B', 'C')
      reader.resume([place])
      await until(() => reader.positions()[0]?.committed === 3n, 'the new topic is read')
      await reader.close()
      await ended
      expect(read).toEqual(['a', 'b', 'A', 'B', 'C'])
      expect(events).toMatchObject([{ _tag: 'recreated', topic }])
    }
  )

  it('is an event of the producer that goes on writing to it', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('written')
    const create = (): Promise<unknown> => firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
    await create()
    // Before Kafka 4.1 records go by name: then it is the metadata that tells.
    const writer = producer(cluster, { 'metadata.max.age.ms': 1 })
    const events: unknown[] = []
    writer.events.subscribe((event) => {
      if (event._tag === 'recreated') events.push(event)
    })
    const send = async (): Promise<bigint> => (await firstValueFrom(writer.send({ topic, value: 'v' }))).offset
    expect([await send(), await send()]).toEqual([0n, 1n])
    await deleteTopic(brokers, topic)
    await create()
    const first = await send()
    while (events.length === 0) await send()
    expect([first, events]).toEqual([0n, [{ _tag: 'recreated', topic }]])
    await writer.close()
  })
})
