import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import { filter, map, NEVER, Observable, of, share, take, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  batch,
  type Bytes,
  type ConsumerRecord,
  type Fault,
  handle,
  shareConsumer,
  type ShareConsumer,
  type ShareDrainReport,
  subscribe
} from '../../../src/index.js'
import type { ShareCalls } from '../../../src/ports/kafka-calls.js'
import { BrokerModel } from '../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../src/sources/memory/memory-calls.js'
import { clusterOf, type MemoryCluster } from '../../../src/sources/memory/memory-cluster.js'
import { memoryShareCalls } from '../../../src/sources/memory/memory-share-calls.js'
import { VirtualClock } from '../../support/virtual-clock.js'

/** A share group in virtual time, with so many records in one partition. */
class World {
  readonly clock = new VirtualClock()
  readonly cluster: MemoryCluster
  readonly member: ShareConsumer
  readonly model: BrokerModel

  constructor(
    records: number,
    tampered: (calls: ShareCalls) => ShareCalls = (calls) => calls,
    partitions = 1,
    more = {}
  ) {
    // prettier-ignore
    const model = (this.model = new BrokerModel(this.clock))
    this.cluster = clusterOf(model, {
      clock: this.clock,
      random: () => 0.5,
      calls: () => memoryCalls(model),
      shareCalls: () => tampered(memoryShareCalls(model))
    })
    model.createTopic('jobs', partitions)
    model.configureGroup('g', { 'share.auto.offset.reset': 'earliest' })
    this.produce(records)
    this.member = shareConsumer(this.cluster, { 'group.id': 'g', subscription: subscribe('jobs'), ...more })
  }

  produce(records: number): void {
    const values = Array.from({ length: records }, (_, index) => ({ value: `v${String(index)}`, partition: 0 }))
    this.cluster.produce('jobs', ...values)
  }

  states(): readonly string[] {
    return this.cluster.sharePartition('g', { topic: 'jobs', partition: 0 })?.records.map(({ state }) => state) ?? []
  }

  /** Drains; the report as soon as it is there. */
  drain(): { report: ShareDrainReport | null } {
    const seen: { report: ShareDrainReport | null } = { report: null }
    void this.member.drain({ timeoutMs: 30_000 }).then((report) => {
      seen.report = report
    })
    return seen
  }
}

const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

describe('a drain of a share consumer', () => {
  /** Handles for so long, by the offset. */
  const working = (world: World, msOf: (offset: number) => number) =>
    handle(
      ({ offset }: ConsumerRecord) =>
        new Observable<void>((subscriber) =>
          world.clock.schedule(msOf(Number(offset)), () => {
            subscriber.next()
            subscriber.complete()
          })
        ),
      { order: 'none', concurrency: 10 }
    )

  it('ends at once when the operators after the acknowledgements unsubscribe', async () => {
    const world = new World(3)
    world.member
      .pipe(
        working(world, (offset) => (offset + 1) * 1_000),
        ack(),
        take(1)
      )
      .subscribe()
    world.clock.advance(100)
    const seen = world.drain()
    world.clock.advance(800)
    await settled()
    expect(seen.report).toBeNull()
    world.clock.advance(1_000)
    await settled()
    expect(seen.report).toMatchObject({ outcome: 'aborted', partitions: [{ accepted: 1, released: 2, lost: 0 }] })
    expect(JSON.stringify(seen.report)).toContain('{"first":"0","last":"0","fate":"accept"}')
    expect(world.states()).toEqual(['available', 'available'])
  })

  it('ends at once when a handler fails for good', async () => {
    const world = new World(3)
    const errors: unknown[] = []
    const failing = handle(
      ({ source }: ConsumerRecord<Bytes, void>) => {
        if (source.offset === 1n) throw new Error('no')
      },
      { order: 'none', concurrency: 10 }
    )
    const all = world.member.pipe(
      working(world, () => 1_000),
      failing,
      ack()
    )
    all.subscribe({ error: (error: unknown) => errors.push(error) })
    world.clock.advance(100)
    const seen = world.drain()
    world.clock.advance(1_100)
    await settled()
    expect(errors.length).toBe(1)
    expect(seen.report).toMatchObject({ outcome: 'aborted', partitions: [{ accepted: 1, released: 2, lost: 0 }] })
  })

  it('ends at once when the pipeline is through, and something in it swallowed a record', async () => {
    const world = new World(3)
    world.member
      .pipe(
        working(world, () => 1_000),
        filter(({ source }) => source.offset !== 1n),
        ack()
      )
      .subscribe()
    world.clock.advance(100)
    const seen = world.drain()
    world.clock.advance(1_100)
    await settled()
    expect(seen.report).toMatchObject({ outcome: 'aborted', partitions: [{ accepted: 2, released: 1, lost: 0 }] })
  })

  it('waits for a record that another pipeline of a shared subscription works on still', async () => {
    const world = new World(2)
    const records = world.member.pipe(share())
    records
      .pipe(
        filter(({ offset }) => offset === 0n),
        ack()
      )
      .subscribe()
    records
      .pipe(
        filter(({ offset }) => offset === 1n),
        working(world, () => 5_000),
        ack()
      )
      .subscribe()
    world.clock.advance(100)
    const seen = world.drain()
    world.clock.advance(1_000)
    await settled()
    expect(seen.report).toBeNull()
    world.clock.advance(5_000)
    await settled()
    expect(seen.report).toMatchObject({ outcome: 'drained', partitions: [{ accepted: 2 }] })
  })

  it('waits until its deadline for records that are acknowledged by hand', async () => {
    const world = new World(2)
    world.member.subscribe((record) => {
      world.clock.schedule((Number(record.offset) + 1) * 20_000, () => {
        record.ack()
      })
    })
    world.clock.advance(100)
    const seen = world.drain()
    world.clock.advance(29_000)
    await settled()
    expect(seen.report).toBeNull()
    world.clock.advance(2_000)
    await settled()
    expect(seen.report).toMatchObject({ outcome: 'deadline', partitions: [{ accepted: 1, released: 1 }] })
  })
})

describe('a share consumer of brokers that do not renew locks', () => {
  const fault: Fault = { _tag: 'UnsupportedVersionFault', api: 'ShareAcknowledge', needed: '2', offered: '1' }
  const refusing = (calls: ShareCalls): ShareCalls => ({
    ...calls,
    // As the wire does for a broker that has no ShareAcknowledge v2.
    shareAcknowledge: (node, request) =>
      request.renews ? calls.metadata([]).pipe(map(() => left(fault))) : calls.shareAcknowledge(node, request)
  })

  it('says so once, loses what takes longer than the lock, and acknowledges what does not', async () => {
    const world = new World(2, refusing)
    const told: string[] = []
    world.member.events.subscribe(({ _tag }) => told.push(_tag))
    const deliveries: string[] = []
    world.member
      .pipe(
        handle(
          ({ offset, deliveryCount }) => {
            deliveries.push(`${String(offset)} ${String(deliveryCount)}`)
            return offset === 0n && deliveryCount === 1 ? NEVER : of(undefined)
          },
          { order: 'none', concurrency: 10 }
        ),
        ack()
      )
      .subscribe()
    world.clock.advance(70_000)
    expect(told.filter((tag) => tag.startsWith('locks'))).toEqual(['locks not renewed', 'locks lost'])
    expect(deliveries).toEqual(['0 1', '1 1', '0 2'])
    expect(world.member.status()).toMatchObject({ accepted: 2, lost: 1, inFlight: 0 })
    const seen = world.drain()
    world.clock.advance(1_000)
    await settled()
    expect(seen.report).toMatchObject({ outcome: 'drained' })
  })
})

describe('records of a share group that operators collect', () => {
  /** Another broker leads the second partition, which has no records: its fetches wait. */
  const twoBrokers = (calls: ShareCalls): ShareCalls => ({
    ...calls,
    metadata: (topics) =>
      calls.metadata(topics).pipe(
        map((answer) =>
          isLeft(answer)
            ? answer
            : right({
                brokers: answer.right.brokers.flatMap((one) => [one, { ...one, nodeId: 2 }]),
                topics: answer.right.topics.map((topic) => ({
                  ...topic,
                  partitions: topic.partitions.map((one) => ({ ...one, leader: one.partition + 1 }))
                }))
              })
        )
      ),
    shareFetch: (node, request) => (node === 2 ? NEVER : calls.shareFetch(node, request))
  })
  const batched = (world: World): number[] => {
    const sizes: number[] = []
    world.member
      .pipe(
        batch({ records: 600 }),
        tap(({ value }) => sizes.push(value.length)),
        ack()
      )
      .subscribe()
    return sizes
  }

  it('are released when the broker that has records may bring no more, though another has room', () => {
    const world = new World(900, twoBrokers, 2)
    const sizes = batched(world)
    world.clock.advance(2_000)
    expect(sizes).toEqual([500, 400])
    expect(world.member.status()).toMatchObject({ delivered: 900, accepted: 900, inFlight: 0 })
  })

  it('are released before their locks are no longer renewed, on a topic that brings few', () => {
    const world = new World(3)
    const sizes = batched(world)
    world.clock.advance(140_000)
    expect(sizes).toEqual([])
    world.clock.advance(11_000)
    expect(sizes).toEqual([3])
    world.clock.advance(1_000)
    world.produce(2)
    world.clock.advance(200_000)
    expect(sizes).toEqual([3, 2])
    expect(world.member.status()).toMatchObject({ accepted: 5, lost: 0, inFlight: 0, fullMs: 0 })
  })

  it('are released before their locks run out where locks are not renewed', () => {
    const fault: Fault = { _tag: 'UnsupportedVersionFault', api: 'ShareAcknowledge', needed: '2', offered: '1' }
    const world = new World(3, (calls) => ({
      ...calls,
      shareAcknowledge: (node, request) => request.renews ? calls.metadata([]).pipe(map(() => left(fault))) : calls.shareAcknowledge(node, request) // prettier-ignore
    }))
    const sizes = batched(world)
    world.clock.advance(29_000)
    expect(sizes).toEqual([3])
    world.clock.advance(1_000)
    expect(world.member.status()).toMatchObject({ accepted: 3, lost: 0, inFlight: 0 })
  })
})

describe('the end and the membership of a share consumer', () => {
  it('sends the last acknowledgements when a fetch has waited longer than five seconds', async () => {
    const world = new World(1, undefined, 1, { 'fetch.max.wait.ms': 20_000 })
    world.model.configureGroup('g', { 'share.auto.offset.reset': 'earliest', 'share.record.lock.duration.ms': '60000' })
    world.member.pipe(ack()).subscribe()
    world.clock.advance(100)
    const seen = world.drain()
    world.clock.advance(9_000)
    await settled()
    expect(seen.report).toBeNull()
    world.clock.advance(3_000)
    await settled()
    expect(seen.report).toMatchObject({ outcome: 'drained', partitions: [{ accepted: 1 }] })
  })

  it('is not drained when the brokers have not answered to the last acknowledgements', async () => {
    const world = new World(1, (calls) => ({ ...calls, shareAcknowledge: () => NEVER }))
    world.member.pipe(ack()).subscribe()
    world.clock.advance(10)
    const seen = world.drain()
    world.clock.advance(10_000)
    await settled()
    expect(seen.report).toMatchObject({ outcome: 'deadline' })
  })

  it('says that its membership is lost, and has no partitions until it is a member again', () => {
    let fences = 0
    const world = new World(0, (calls) => ({
      ...calls,
      shareGroupHeartbeat: (request) =>
        calls
          .shareGroupHeartbeat(request)
          .pipe(map((answer) => (!isLeft(answer) && fences-- > 0 ? right({ ...answer.right, code: 110, assignment: null }) : answer))) // prettier-ignore
    }))
    const told: string[] = []
    world.member.events.subscribe(({ _tag }) => told.push(_tag))
    world.member.subscribe()
    world.clock.advance(10_000)
    expect(world.member.status().partitions.length).toBe(1)
    fences = 1
    world.clock.advance(10_000)
    expect(told).toEqual(['waiting', 'recovered'])
    fences = 1_000
    world.clock.advance(10_000)
    expect(world.member.status()).toMatchObject({ partitions: [], fault: { tag: 'BrokerFault' } })
    fences = 0
    world.clock.advance(10_000)
    expect(told.at(-1)).toBe('recovered')
    expect(world.member.status()).toMatchObject({ partitions: [{ topic: 'jobs' }], fault: null })
  })
})
