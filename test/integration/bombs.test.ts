import { gzipSync } from 'node:zlib'
import { firstValueFrom, Subject } from 'rxjs'
import { expect, it } from 'vitest'
import { encodeBatch } from '../../src/core/records/encode-batch.js'
import { commit, consumer, type ConsumerRecord, eachPartition, handle, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { until } from '../support/collect.js'
import { attacked, configuredBytes, goodRecords } from '../support/hostile/attacked.js'
import { attacks } from '../support/hostile/attacks.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { rawProducer } from '../support/raw-producer.js'
import { plainRecord } from '../support/record-runs.js'

const mebibyte = 2 ** 20
const bombs = 20

describeKafka('batches of 60 KB that are 60 MiB, which Kafka takes,', (brokers) => {
  const cluster = kafka({ 'bootstrap.servers': brokers })

  it('are decompressed one at a time while handlers wait, and another partition goes on', async () => {
    const topic = uniqueName('bombs')
    await firstValueFrom(cluster.createTopics([{ topic, partitions: 2 }]))
    const producer = rawProducer(brokers)
    const compress = { codec: 1, run: (bytes: Uint8Array) => gzipSync(bytes) }
    const bomb = encodeBatch({ baseOffset: 0n, records: [plainRecord('0'.repeat(60 * mebibyte))], compress })
    expect(bomb.length).toBeLessThan(100_000)
    for (let count = 0; count < bombs; count++) await producer.produce(topic, 0, bomb)
    await producer.produce(
      topic,
      1,
      encodeBatch({ baseOffset: 0n, records: Array.from({ length: 100 }, () => plainRecord('a')) })
    )
    producer.close()

    const orders = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      subscription: subscribe(topic)
    })
    const rebalances: string[] = []
    orders.rebalances.subscribe(({ _tag }) => rebalances.push(_tag))
    const gate = new Subject<never>()
    let isClosed = true
    const seen = [0, 0]
    const work = ({ partition, value }: ConsumerRecord): unknown => {
      seen[partition] = (seen[partition] ?? 0) + 1
      if (partition === 0) expect(value?.length).toBe(60 * mebibyte)
      return partition === 0 && isClosed ? gate : undefined
    }
    const before = process.memoryUsage().arrayBuffers
    const pipeline = eachPartition((p) =>
      p.pipe(
        handle((record: ConsumerRecord) => work(record) as undefined, { order: 'none', concurrency: 1_000 }),
        commit({ every: 1 })
      )
    )
    orders.pipe(pipeline).subscribe({ error: () => undefined })
    const standing = (partition: number): unknown => orders.positions().find((one) => one.partition === partition)
    await until(
      () => seen[1] === 100 && (standing(0) as { standing?: string } | undefined)?.standing === 'no memory',
      'the other partition'
    )
    expect(seen[0]).toBe(1)
    expect(standing(0)).toMatchObject({ inFlight: 1, position: 1n })
    // fetch.max.bytes, maxInFlightBytes, a batch, and what decompressing it leaves behind
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan((50 + 50 + 128) * mebibyte)
    isClosed = false
    gate.complete()
    await until(() => (standing(0) as { committed?: bigint } | undefined)?.committed === BigInt(bombs), 'all of them')
    expect([seen, rebalances]).toEqual([[bombs, 100], ['assigned']])
    await orders.close()
  })

  // All attacks, and more of each: test/faults/hostile-producers.test.ts.
  it.each(['bombs, gzip', 'bombs, zstd'] as const)(
    'leave the process of a member as small as it is configured to be: %s',
    async (name) => {
      const state = await attacked(brokers, attacks[name], 6)
      expect([state.rebalances, state.handled]).toEqual([['assigned'], [6, 2 * goodRecords]])
      expect(state.moreBytes).toBeLessThan(configuredBytes + 128 * mebibyte)
    }
  )
})
