import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { ConsumerError, producer, transactionalProducer } from '../../../src/index.js'
import { kafka } from '../../../src/kafka.js'
import { memoryCluster, type MemoryCluster } from '../../../src/testing.js'
import { until } from '../../support/collect.js'
import { key, scriptedBroker, silence } from '../../support/scripted-broker.js'
import { VirtualClock } from '../../support/virtual-clock.js'

interface Rig {
  readonly clock: VirtualClock
  readonly cluster: MemoryCluster
  /** How often Produce, or a request of transactions, finds nobody. */
  readonly cutOff: () => void
  /** Lets virtual time pass, and promises settle. */
  readonly after: (ms: number) => Promise<void>
}

const rig = (): Rig => {
  const clock = new VirtualClock()
  const cluster = memoryCluster({ topics: { t: 2 }, time: clock })
  return {
    clock,
    cluster,
    cutOff: () => {
      for (const api of ['Produce', 'EndTxn', 'InitProducerId', 'AddPartitionsToTxn'] as const)
        cluster.failNext(api, 'disconnect', 100_000)
    },
    after: async (ms) => {
      await turn()
      clock.advance(ms)
      await turn()
    }
  }
}

/** What became of it until now. */
const watched = (promise: PromiseLike<unknown>): string[] => {
  const seen: string[] = []
  promise.then(
    () => seen.push('done'),
    (error: unknown) => seen.push(error instanceof ConsumerError ? error.fault._tag : String(error))
  )
  return seen
}

const record = { topic: 't', partition: 0, value: 'a' }

describe('close() of a producer', () => {
  it('waits for results as long as they take, without a time limit', async () => {
    const { cluster, cutOff, after } = rig()
    const writer = producer(cluster, { 'delivery.timeout.ms': 60_000, 'request.timeout.ms': 5_000 })
    cutOff()
    const sent = watched(writer.send(record))
    const closed = watched(writer.close())
    await after(59_000)
    expect([sent, closed]).toEqual([[], []])
    await after(2_000)
    expect([sent, closed]).toEqual([['ProduceFault'], ['done']])
  })

  it('ends at its time limit though no broker answers: what has no result fails', async () => {
    const { cluster, cutOff, after, clock } = rig()
    const writer = producer(cluster)
    const written = watched(writer.send(record))
    await after(100)
    expect(written).toEqual(['done'])
    cutOff()
    const sent = watched(writer.send(record))
    const all = watched(writer.sendAll([record, { ...record, partition: 1 }]))
    const results: unknown[] = []
    writer.sendAll([record, record]).subscribe(({ index, outcome }) => results.push([index, outcome._tag]))
    const closed = watched(writer.close({ timeoutMs: 1_000 }))
    await after(999)
    expect([sent, all, results, closed]).toEqual([[], [], [], []])
    await after(1)
    expect([sent, all, closed]).toEqual([['ClosedFault'], ['ClosedFault'], ['done']])
    expect(results).toEqual([
      [0, 'Left'],
      [1, 'Left']
    ])
    expect(clock.pending).toBe(0)
    expect(watched(writer.send(record))).toEqual([])
    expect(cluster.records(record)).toHaveLength(1)
  })

  it('is done before it where the results come in time, and leaves no timer', async () => {
    const { cluster, after, clock } = rig()
    const writer = producer(cluster, { 'linger.ms': 100 })
    const sent = watched(writer.send(record))
    const closed = watched(writer.close({ timeoutMs: 60_000 }))
    await after(200)
    expect([sent, closed]).toEqual([['done'], ['done']])
    expect(clock.pending).toBe(0)
  })

  it('holds the earlier of two deadlines, whichever is given first', async () => {
    for (const limits of [
      [60_000, 500],
      [500, 60_000],
      [undefined, 500]
    ]) {
      const { cluster, cutOff, after } = rig()
      const writer = producer(cluster)
      cutOff()
      void watched(writer.send(record))
      const closings = limits.map((timeoutMs) => watched(writer.close(timeoutMs === undefined ? {} : { timeoutMs })))
      await after(499)
      expect(closings).toEqual([[], []])
      await after(1)
      expect(closings).toEqual([['done'], ['done']])
    }
  })

  it('fails its own records only: those of a producer that shares its connections are written', async () => {
    const { cluster, after } = rig()
    const [one, two] = [producer(cluster), producer(cluster)]
    const later = { ...record, topic: 'later' }
    const own = watched(one.send(later))
    const others = watched(two.send(later))
    const closed = watched(one.close({ timeoutMs: 1_000 }))
    await after(1_000)
    expect([own, others, closed]).toEqual([['ClosedFault'], [], ['done']])
    cluster.createTopic('later', 1)
    await after(5_000)
    await after(5_000)
    expect(others).toEqual(['done'])
    await two.close()
  })

  it.each([
    [{ timeoutMs: '5s' }, 'close: timeoutMs is "5s"'],
    [{ timeoutMs: -1 }, 'close: timeoutMs is -1'],
    [{ timeout: 5 }, 'did you mean timeoutMs?'],
    ['now', 'close is "now"'],
    [null, 'close is null']
  ])('refuses %j, and closes nothing', async (options, says) => {
    const { cluster, after } = rig()
    for (const writer of [producer(cluster), transactionalProducer(cluster, { 'transactional.id': 'i' })])
      await expect(writer.close(options as never)).rejects.toMatchObject({
        fault: { _tag: 'ConfigFault' },
        message: expect.stringContaining(says) as string
      })
    const writer = producer(cluster)
    await expect(writer.close(options as never)).rejects.toBeInstanceOf(ConsumerError)
    const sent = watched(writer.send(record))
    await after(100)
    expect(sent).toEqual(['done'])
  })
})

describe('close() of a transactional producer', () => {
  it('ends at its time limit though the work never ends, and aborts what is open', async () => {
    const { cluster, after, clock } = rig()
    const writer = transactionalProducer(cluster, { 'transactional.id': 'i' })
    const sent: string[][] = []
    const first = watched(
      writer.transaction((tx) => {
        sent.push(watched(tx.send(record)))
        return new Promise(() => undefined)
      })
    )
    let began = false
    const second = watched(
      writer.transaction(() => {
        began = true
      })
    )
    await after(100)
    await after(100)
    expect(sent).toEqual([['done']])
    const closed = watched(writer.close({ timeoutMs: 1_000 }))
    await after(999)
    expect([first, second, closed]).toEqual([[], [], []])
    await after(1)
    expect([first, second, closed, began]).toEqual([['ClosedFault'], ['ClosedFault'], ['done'], false])
    await after(100)
    // The record, and the marker that hides it.
    expect(cluster.logEnd(record)).toBe(2n)
    expect(clock.pending).toBe(0)
  })

  it.each(['InitProducerId', 'EndTxn'] as const)('ends at its time limit though %s gets no answer', async (api) => {
    const { cluster, after, clock } = rig()
    const writer = transactionalProducer(cluster, { 'transactional.id': 'i' })
    cluster.failNext(api, 'disconnect', 100_000)
    const failed = watched(writer.transaction((tx) => void tx.send(record)))
    await after(100)
    await after(100)
    const closed = watched(writer.close({ timeoutMs: 1_000 }))
    await after(999)
    expect([failed, closed]).toEqual([[], []])
    await after(1)
    expect([failed, closed]).toEqual([['ClosedFault'], ['done']])
    await after(60_000)
    expect(clock.pending).toBe(0)
  })

  it('commits nothing of work that goes on after it was closed', async () => {
    const { cluster, after } = rig()
    const writer = transactionalProducer(cluster, { 'transactional.id': 'i' })
    let goOn: () => void = () => undefined
    const failed = watched(
      writer.transaction(async (tx) => {
        await tx.send(record)
        await new Promise<void>((resolve) => (goOn = resolve))
      })
    )
    await after(100)
    await after(100)
    const closed = watched(writer.close({ timeoutMs: 0 }))
    await after(0)
    goOn()
    await after(100)
    expect([failed, closed]).toEqual([['ClosedFault'], ['done']])
    const seen = cluster.records(record)
    expect(seen).toHaveLength(1)
    expect(cluster.logEnd(record)).toBe(2n)
  })
})

describe('beside a broker that is frozen', () => {
  const frozen = async (
    silent: number
  ): Promise<{ readonly servers: string; readonly sockets: () => number; readonly asked: () => boolean }> => {
    let asked = false
    const broker = await scriptedBroker(({ key: api }) => {
      if (api !== silent) return undefined
      asked = true
      return silence
    })
    return {
      servers: `127.0.0.1:${String(broker.port)}`,
      sockets: () => broker.sockets.filter(({ destroyed }) => !destroyed).length,
      asked: () => asked
    }
  }
  it.each([
    ['in its first answer', 18],
    ['when it is asked for metadata', key.metadata]
  ])('a producer closes by its deadline, and its sockets with it: %s', async (_when, silent) => {
    const { servers, sockets, asked } = await frozen(silent)
    const writer = producer(kafka({ 'bootstrap.servers': servers }))
    const sent = watched(writer.send(record))
    await until(asked, 'it is asked')
    await writer.close({ timeoutMs: 50 })
    await turn()
    expect(sent).toEqual(['ClosedFault'])
    await until(() => sockets() === 0, 'its sockets are closed')
  })

  it('a transactional producer closes by its deadline, and its sockets with it', async () => {
    const { servers, sockets, asked } = await frozen(18)
    const writer = transactionalProducer(kafka({ 'bootstrap.servers': servers }), { 'transactional.id': 'i' })
    const failed = watched(writer.transaction((tx) => tx.send(record)))
    await until(asked, 'it is asked')
    await writer.close({ timeoutMs: 50 })
    await turn()
    expect(failed).toEqual(['ClosedFault'])
    await until(() => sockets() === 0, 'its sockets are closed')
  })

  it('an admin client and its cluster need no deadline: they end what is under way at once', async () => {
    const { servers, sockets, asked } = await frozen(key.metadata)
    const cluster = kafka({ 'bootstrap.servers': servers })
    const [one, two] = [cluster.admin(), cluster.admin()]
    const calls = [watched(one.listTopics()), watched(two.describeCluster())]
    await until(asked, 'it is asked')
    one.close()
    await cluster[Symbol.asyncDispose]()
    await turn()
    expect(calls).toEqual([['ClosedFault'], ['ClosedFault']])
    await until(() => sockets() === 0, 'its sockets are closed')
  })
})
