import { firstValueFrom, from, lastValueFrom, mergeAll, take, toArray } from 'rxjs'
import { expect, it } from 'vitest'
import {
  ack,
  commit,
  consumer,
  type ConsumerConfig,
  type ConsumerEvent,
  eachPartition,
  handle,
  produceTo,
  subscribe
} from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { deleteRecords } from '../support/delete-records.js'
import { describeKafka, uniqueName } from '../support/kafka.js'

describeKafka('a committed offset that retention has left behind', (brokers) => {
  it('is a fault where it is not to be reset; else reading goes on behind what is gone, however little may be read again', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('retention')
    await firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
    const write = (count: number): Promise<unknown> =>
      lastValueFrom(
        from(Array.from({ length: count }, (_, n) => ({ partition: 0, value: String(n) }))).pipe(
          produceTo(cluster, { topic })
        )
      )
    const reader = (more: Partial<ConsumerConfig> = {}) =>
      consumer(cluster, { 'group.id': topic, 'auto.offset.reset': 'earliest', subscription: subscribe(topic), ...more })
    await write(5)
    const first = reader()
    await lastValueFrom(
      first.pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined),
            commit({ every: 5 })
          )
        ),
        take(1)
      )
    )
    await first.close()
    await write(15)
    await deleteRecords(brokers, { topic, partition: 0 }, 15n)
    await expect(lastValueFrom(reader({ 'offset.out.of.range': 'fail' }).pipe(mergeAll()))).rejects.toMatchObject({
      fault: { _tag: 'OffsetOutOfRangeFault', topic, partition: 0, offset: 5n, logStart: 15n, logEnd: 20n }
    })
    const limited = reader({ 'offset.reset.max.records': 0, 'offset.reset.max.ms': 0 })
    const events: ConsumerEvent[] = []
    limited.events.subscribe((event) => events.push(event))
    const seen = await lastValueFrom(limited.pipe(mergeAll(), ack(), take(5), toArray()))
    await limited.close()
    expect(seen.map(({ offset }) => offset)).toEqual([15n, 16n, 17n, 18n, 19n])
    expect(events).toMatchObject([
      { _tag: 'gap', from: 5n, to: 15n, missing: 10n, cause: 'retention' },
      { _tag: 'reset', from: 5n, to: 15n, policy: 'earliest', logStart: 15n, logEnd: 20n }
    ])
  })
})
