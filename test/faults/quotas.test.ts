import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import { decodeClusterConfig } from '../../src/config/cluster-config.js'
import { commit, consumer, ConsumerError, eachPartition, handle, producer, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { BrokerLinks } from '../../src/sources/kafka/network/broker-links.js'
import { describedApi } from '../../src/sources/kafka/protocol/described-api.js'
import { array, bool, int16, int32, int64, nullable, string } from '../../src/sources/kafka/protocol/message.js'
import { until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

/** KIP-546. */
const alterClientQuotas = describedApi({
  name: 'AlterClientQuotas',
  key: 49,
  versions: '0-1',
  flexibleFrom: 1,
  request: {
    entries: array('0+', {
      entity: array('0+', { entityType: string('0+'), entityName: nullable(string('0+')) }),
      // A float64, by its bits.
      ops: array('0+', { key: string('0+'), value: int64('0+'), remove: bool('0+') })
    }),
    validateOnly: bool('0+')
  },
  response: {
    throttleTimeMs: int32('0+'),
    entries: array('0+', {
      errorCode: int16('0+'),
      errorMessage: nullable(string('0+')),
      entity: array('0+', { entityType: string('0+'), entityName: nullable(string('0+')) })
    })
  },
  toMessage: ({
    clientId,
    quotas
  }: {
    readonly clientId: string
    readonly quotas: Readonly<Record<string, number>>
  }) => ({
    entries: [
      {
        entity: [{ entityType: 'client-id', entityName: clientId }],
        ops: Object.entries(quotas).map(([key, value]) => ({ key, value: bitsOf(value), remove: false }))
      }
    ],
    validateOnly: false
  }),
  fromMessage: ({ entries }) => entries.map(({ errorCode }) => errorCode)
})

const bitsOf = (value: number): bigint => {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigInt64(0)
}

/** Kafka takes the average of ten seconds: what is written here, and read, is some more than is allowed in that time. */
const bytesPerSecond = 17_000
const records = 40

describeKafka('a client that has used up its quota', (brokers) => {
  it('is throttled, says so, stays a member and loses nothing', async () => {
    const topic = uniqueName('quotas')
    const settings = decodeClusterConfig({ 'bootstrap.servers': brokers })
    if (isLeft(settings)) throw new ConsumerError(settings.left)
    const links = new BrokerLinks(settings.right)
    const quotas = { producer_byte_rate: bytesPerSecond, consumer_byte_rate: bytesPerSecond }
    expect(await links.sendToAny(alterClientQuotas, { clientId: topic, quotas })).toEqual([0])
    links.close()

    const cluster = kafka({ 'bootstrap.servers': brokers, 'client.id': topic })
    await firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
    const told: string[] = []
    const writer = producer(cluster, { 'linger.ms': 0, 'batch.size': 10_000 })
    const tell = (who: string, tag: string): void => {
      if (tag === 'throttled') told.push(who)
    }
    writer.events.subscribe(({ _tag }) => {
      tell('producer', _tag)
    })
    for (let number = 0; number < records; number++)
      expect(await firstValueFrom(writer.send({ topic, value: String(number).padEnd(5_000) }))).toMatchObject({
        offset: BigInt(number)
      })

    const seen: number[] = []
    const rebalances: string[] = []
    const reader = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      'session.timeout.ms': 6_000,
      'heartbeat.interval.ms': 500,
      // Several answers, each of which is throttled.
      'max.partition.fetch.bytes': 20_000,
      subscription: subscribe(topic)
    })
    reader.events.subscribe(({ _tag }) => {
      tell('consumer', _tag)
    })
    reader.rebalances.subscribe(({ _tag }) => rebalances.push(_tag))
    reader
      .pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(({ value }) => void seen.push(Number(new TextDecoder().decode(value ?? undefined)))),
            commit({ every: 1 })
          )
        )
      )
      .subscribe({ error: () => undefined })
    await until(() => reader.positions()[0]?.committed === BigInt(records), 'every record')
    expect(seen).toEqual(Array.from({ length: records }, (_, number) => number))
    expect(rebalances).toEqual(['assigned'])
    expect(new Set(told)).toEqual(new Set(['producer', 'consumer']))
    await reader.close()
    await writer.close()
  })
})
