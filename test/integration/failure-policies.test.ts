import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom, from, lastValueFrom } from 'rxjs'
import { expect, it } from 'vitest'
import {
  ack,
  assign,
  commit,
  type Consumer,
  consumer,
  ConsumerError,
  type ConsumerRecord,
  deadLetter,
  eachPartition,
  exponential,
  handle,
  type HandleOptions,
  type OnFailure,
  park,
  produceTo,
  replayDeadLetters,
  retryLater,
  type RetryLaterPolicy,
  retryOf,
  subscribe
} from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import type { Cluster } from '../../src/ports/cluster.js'
import { type Collected, collect, until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { eachUnacknowledged } from '../support/unacknowledged.js'

const decoder = new TextDecoder()
const textOf = (value: Uint8Array | null): string => decoder.decode(value ?? undefined)
const values = ['a1', 'b1', 'poison', 'a2', 'b2', 'a3']
const backoff = exponential({ initialMs: 50, maxMs: 200 })

interface Made {
  readonly cluster: Cluster
  readonly topic: string
  readonly dead: string
  readonly member: Consumer
  readonly seen: string[]
  readonly run: Collected<unknown>
  readonly committed: () => bigint | null | undefined
}

/** A pipeline on a topic of its own; its handler fails for `poison`, which is of key a, as long as `isBroken`. */
const made = async (
  brokers: string,
  policy: (cluster: Cluster, dead: string) => OnFailure,
  options: HandleOptions<ConsumerRecord> = {},
  isBroken: (attempt: number) => boolean = () => true
): Promise<Made> => {
  const cluster = kafka({ 'bootstrap.servers': brokers })
  const topic = uniqueName('policy')
  const dead = `${topic}.dlq`
  const created = cluster.createTopicsEither([
    { topic, partitions: 1 },
    { topic: dead, partitions: 1 }
  ])
  expect(isLeft(await firstValueFrom(created))).toBe(false)
  const records = values.map((value) => ({
    key: value === 'poison' ? 'a' : value.slice(0, 1),
    value,
    headers: [{ name: 'h', value }]
  }))
  await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })))
  const member = consumer(cluster, {
    'group.id': topic,
    'auto.offset.reset': 'earliest',
    subscription: subscribe(topic)
  })
  const seen: string[] = []
  const work = (record: ConsumerRecord, attempt: number): Promise<void> => {
    const value = textOf(record.value)
    seen.push(value)
    return value === 'poison' && isBroken(attempt) ? Promise.reject(new Error('boom')) : Promise.resolve()
  }
  const run = collect(
    member.pipe(
      eachPartition((p) =>
        p.pipe(
          handle((record, { attempt }) => work(record, attempt), { onFailure: policy(cluster, dead), ...options }),
          commit({ every: 1 })
        )
      )
    )
  )
  return { cluster, topic, dead, member, seen, run, committed: () => member.positions()[0]?.committed }
}

/** The first records of a topic's only partition. */
const read = async (cluster: Cluster, topic: string, count: number): Promise<readonly ConsumerRecord[]> => {
  const reader = consumer(cluster, { subscription: assign([{ topic, partition: 0, from: 'beginning' }]) })
  const run = collect(reader.pipe(eachPartition((p) => p.pipe(ack()))))
  await until(() => run.values.length >= count, `${String(count)} records of ${topic}`)
  await reader.close()
  return run.values
}

describeKafka('a record that fails', (brokers) => {
  it("ends the consumer under 'fail', with everything before it committed, and comes again", async () => {
    const { seen, run, cluster, topic } = await made(brokers, () => 'fail')
    const error = await run.ended
    expect(error instanceof ConsumerError && error.fault).toMatchObject({
      _tag: 'HandlerFault',
      place: { topic, partition: 0, offset: 2n }
    })
    expect(seen).toEqual(['a1', 'b1', 'poison'])
    const next = consumer(cluster, { 'group.id': topic, subscription: subscribe(topic) })
    const again = collect(next.pipe(eachPartition((p) => p.pipe(ack()))))
    await until(() => again.values.length === 4, 'the rest')
    await next.close()
    expect(again.values.map(({ value }) => textOf(value))).toEqual(['poison', 'a2', 'b2', 'a3'])
  })

  it("is passed over under 'skip', with an event", async () => {
    const { seen, member, committed } = await made(brokers, () => 'skip')
    const events = collect(member.events)
    await until(() => committed() === 6n, 'everything committed')
    await member.close()
    expect(seen).toEqual(values)
    expect(events.values).toMatchObject([{ _tag: 'skipped', offset: 2n }])
  })

  it('is tried again as often as was said, and holds only its own key meanwhile', async () => {
    const options = { order: 'key', concurrency: 4, retry: { attempts: 4, backoff } } as const
    const { seen, member, committed } = await made(
      brokers,
      () => 'fail',
      options,
      (attempt) => attempt < 4
    )
    await until(() => committed() === 6n, 'everything committed')
    await member.close()
    expect(seen.filter((value) => value === 'poison')).toHaveLength(4)
    expect(seen.filter((value) => !value.startsWith('b'))).toEqual([
      'a1',
      'poison',
      'poison',
      'poison',
      'poison',
      'a2',
      'a3'
    ])
    expect(seen.indexOf('b2')).toBeLessThan(seen.lastIndexOf('poison'))
  })

  it('is among the dead letters as it was before it is committed, and can be replayed', async () => {
    const { cluster, topic, dead, member, committed } = await made(brokers, (to, letters) =>
      deadLetter(to, { topic: letters })
    )
    await until(() => committed() === 6n, 'everything committed')
    await member.close()
    const [letter] = await read(cluster, dead, 1)
    expect([textOf(letter?.key ?? null), textOf(letter?.value ?? null)]).toEqual(['a', 'poison'])
    const said = new Map(letter?.headers.map(({ name, value }) => [name, textOf(value)]))
    expect([said.get('h'), said.get('dlq.topic'), said.get('dlq.offset'), said.get('dlq.group')]).toEqual(['poison', topic, '2', topic]) // prettier-ignore
    const replayer = consumer(cluster, { 'group.id': `${topic}.replay`, 'auto.offset.reset': 'earliest', subscription: subscribe(dead) }) // prettier-ignore
    const replayed = collect(replayer.pipe(eachPartition((p) => p.pipe(replayDeadLetters(cluster, { topics: [topic] }), commit({ every: 1 }))))) // prettier-ignore
    await until(() => replayed.values.length === 1, 'the replay committed')
    await replayer.close()
    const back = (await read(cluster, topic, 7))[6]
    expect([textOf(back?.key ?? null), textOf(back?.value ?? null)]).toEqual(['a', 'poison'])
    expect(back?.headers.map(({ name, value }) => [name, textOf(value)])).toEqual([
      ['h', 'poison'],
      ['dlq.replays', '1']
    ])
  })

  it('waits aside with its key under park, and is followed by it', async () => {
    const policy = (to: Cluster, letters: string): OnFailure =>
      park({ retry: { attempts: 50, backoff }, then: deadLetter(to, { topic: letters }) })
    let isBroken = true
    const { seen, member, committed } = await made(brokers, policy, { order: 'key', concurrency: 4 }, () => isBroken)
    const events = collect(member.events)
    await until(() => seen.includes('b2') && seen.filter((value) => value === 'poison').length >= 2, 'the other key')
    await until(() => committed() === 2n, 'what comes before it committed')
    expect([committed(), seen.includes('a2'), member.positions()[0]?.inFlight]).toEqual([2n, false, 0])
    isBroken = false
    await until(() => committed() === 6n, 'everything committed')
    await member.close()
    expect(seen.slice(-3)).toEqual(['poison', 'a2', 'a3'])
    expect(events.values.map(({ _tag }) => _tag)).toEqual(['parked', 'resumed'])
  })

  it('waits in a retry topic, with its key behind it, and a restart forgets neither', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('retries')
    const retries = (): RetryLaterPolicy =>
      retryLater(cluster, { topic: `${topic}.retry`, tiers: ['2s', '10m'], then: 'fail' })
    await cluster.createTopics([topic, ...retries().topics].map((name) => ({ topic: name, partitions: 2 })))
    const records = values.map((value) => ({ key: value === 'poison' ? 'a' : value.slice(0, 1), value }))
    await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })))
    const seen: string[] = []
    const work = (record: ConsumerRecord): void => {
      seen.push(textOf(record.value))
      if (textOf(record.value) === 'poison' && retryOf(record) === null) throw new Error('boom')
    }
    const join = (): Consumer => {
      const policy = retries()
      const member = consumer(cluster, {
        'group.id': topic,
        'auto.offset.reset': 'earliest',
        subscription: subscribe(topic, ...policy.topics)
      })
      const handled = handle(work, { order: 'key', concurrency: 4, onFailure: policy })
      collect(member.pipe(eachPartition((p) => p.pipe(handled, commit({ every: 1 })))))
      return member
    }
    const first = join()
    await until(() => seen.includes('poison') && seen.includes('b2'), 'the failure, and the other key')
    await first.drain()
    const second = join()
    await until(() => seen.includes('a3'), 'all that follows')
    await second.drain()
    expect(seen.filter((value) => !value.startsWith('b'))).toEqual(['a1', 'poison', 'poison', 'a2', 'a3'])
    expect(seen.filter((value) => value.startsWith('b'))).toEqual(['b1', 'b2'])
  })

  it('takes its key along to the dead letters when parking did not help', async () => {
    const policy = (to: Cluster, letters: string): OnFailure =>
      park({ retry: { attempts: 2, backoff }, then: deadLetter(to, { topic: letters }) })
    const { cluster, dead, member, committed } = await made(brokers, policy, { order: 'key', concurrency: 4 })
    await until(() => committed() === 6n, 'everything committed')
    await member.close()
    const letters = await read(cluster, dead, 3)
    expect(letters.map(({ value }) => textOf(value))).toEqual(['poison', 'a2', 'a3'])
  })

  it('counts as failed when it hangs beyond timeoutMs', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('hangs')
    await cluster.createTopics([{ topic, partitions: 1 }])
    await lastValueFrom(from(['hangs', 'goes'].map((value) => ({ value }))).pipe(produceTo(cluster, { topic })))
    const member = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      subscription: subscribe(topic)
    })
    const events = collect(member.events)
    const hangs = (record: ConsumerRecord): Promise<void> =>
      textOf(record.value) === 'hangs' ? new Promise(() => undefined) : Promise.resolve()
    collect(
      member.pipe(
        eachPartition((p) => p.pipe(handle(hangs, { timeoutMs: 300, onFailure: 'skip' }), commit({ every: 1 })))
      )
    )
    await until(() => member.positions()[0]?.committed === 2n, 'both committed')
    await member.close()
    expect(events.values).toMatchObject([
      { _tag: 'skipped', offset: 0n, fault: { cause: { fault: { _tag: 'TimeoutFault' } } } }
    ])
  })
})

describeKafka('commitSync and commitAsync', (brokers) => {
  it('store explicit offsets, with metadata, and refuse what was not delivered', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('commit')
    await cluster.createTopics([{ topic, partitions: 1 }])
    await lastValueFrom(from(values.map((value) => ({ value }))).pipe(produceTo(cluster, { topic })))
    const member = consumer(cluster, {
      'group.id': topic,
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': false,
      subscription: subscribe(topic)
    })
    const run = collect(member.pipe(eachUnacknowledged((p) => p)))
    await until(() => run.values.length === 6, 'all delivered')
    const stored = await member.commitSync([{ topic, partition: 0, offset: 4n, metadata: 'by hand' }])
    expect(stored).toEqual([{ topic, partition: 0, offset: 4n }])
    await expect(member.commitSync([{ topic, partition: 0, offset: 7n }])).rejects.toMatchObject({
      fault: { _tag: 'OffsetRefusedFault' }
    })
    const outcome = new Promise((answered) => {
      member.commitAsync([{ topic, partition: 0, offset: 6n }], answered)
    })
    expect(await outcome).toMatchObject({ _tag: 'Right' })
    await member.close()
    const next = consumer(cluster, { 'group.id': topic, 'auto.offset.reset': 'none', subscription: subscribe(topic) })
    const updates = collect(next.positionUpdates({ everyMs: 100 }))
    collect(next.pipe(eachPartition((p) => p.pipe(ack()))))
    await until(() => updates.values.at(-1)?.[0]?.lag === 0n, 'nothing left to read')
    await next.close()
  })
})
