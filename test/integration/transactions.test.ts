import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { ack, assign, consumer, eachPartition, type ConsumerRecord } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

const textOf = ({ value }: ConsumerRecord): string => new TextDecoder().decode(value ?? undefined)

describeKafka('records of transactions', (brokers) => {
  it('are left out under read_committed when they were aborted, and delivered under read_uncommitted', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('transactions')
    await cluster.createTopics([{ topic, partitions: 1 }])
    const client = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
    const producer = client.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    for (const [value, end] of [
      ['a', 'commit'],
      ['b', 'abort'],
      ['c', 'commit'],
      ['d', 'abort']
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: `${value}1` }, { value: `${value}2` }] })
      await (end === 'commit' ? transaction.commit() : transaction.abort())
    }
    await producer.disconnect()
    const read = async (
      isolation: 'read_committed' | 'read_uncommitted',
      count: number
    ): Promise<readonly string[]> => {
      const reader = consumer(cluster, {
        'isolation.level': isolation,
        subscription: assign([{ topic, partition: 0, from: 'beginning' }])
      })
      const run = collect(reader.pipe(eachPartition((partition) => partition.pipe(ack<ConsumerRecord>()))))
      await until(() => run.values.length >= count && reader.positions()[0]?.lag === 0n, 'the end of the log')
      await reader.close()
      await run.ended
      return run.values.map(textOf)
    }
    expect(await read('read_committed', 4)).toEqual(['a1', 'a2', 'c1', 'c2'])
    expect(await read('read_uncommitted', 8)).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'd1', 'd2'])
  })
})
