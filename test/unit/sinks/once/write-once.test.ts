import { firstValueFrom, from, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  batch,
  ConsumerError,
  type ConsumerRecord,
  type DeadLetterPolicy,
  describeFault,
  exponential,
  fanOut,
  filterRecords,
  handle,
  offsetStore,
  writeOnce,
  writeTo,
  type WriteOnceOptions
} from '../../../../src/index.js'
import {
  memoryStore,
  type MemoryStore,
  type MemoryTransaction,
  offsetStoreContract,
  sinkContract,
  testPartition,
  type TestPartition
} from '../../../../src/testing.js'
import { collect } from '../../../support/collect.js'

const backoff = exponential({ initialMs: 1, maxMs: 2 })
const retry = { attempts: 20, backoff }
const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
const turns = async (count = 5): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve))
}

type Options = WriteOnceOptions<ConsumerRecord, MemoryTransaction<string>>
const bad = 'bad'
const write: Options['write'] = (tx, records) => {
  const values = records.map(({ value }) => textOf(value))
  if (values.includes(bad)) throw new RangeError('not this one')
  tx.insert(...values)
}
const classify = (cause: unknown): 'permanent' | 'retriable' =>
  cause instanceof RangeError ? 'permanent' : 'retriable'

const claimed = async (store: MemoryStore<string>, partition: TestPartition) => {
  const offsets = store.offsets('g')
  await firstValueFrom(from(offsets.startFrom([partition])))
  return offsets
}

describe('an offset store in memory', () => {
  it.each(offsetStoreContract)('$name', ({ run }) =>
    run(() => {
      const { offsets, transaction } = memoryStore()
      return { offsets: (group = 'g') => offsets(group), transaction }
    })
  )
})

describe('writeOnce as a sink', () => {
  it.each(sinkContract)('$name', ({ run }) =>
    run(() => {
      const store = memoryStore<string>()
      return {
        operator: ({ onFailure }) => writeOnce({ store: { ...store, classify }, retry, write, onFailure }),
        written: () => store.rows,
        badValue: bad,
        failNext: store.failNext
      }
    })
  )
})

describe('writeOnce with offsets', () => {
  it('writes each record once, whatever its transactions come to, and the offset is equal', async () => {
    const store = memoryStore<string>()
    const partition = testPartition()
    const offsets = await claimed(store, partition)
    const { values, ended } = collect(
      partition.stream.pipe(writeOnce({ store, offsets, retry, write, records: 7 }), ack())
    )
    for (let round = 0; round < 40; round++) {
      store.failNext(1, round % 2 === 0 ? 'answer lost' : 'rolled back')
      for (let at = 0; at < 5; at++) partition.deliver({ value: String(round * 5 + at) })
      await turns()
    }
    partition.drain()
    expect(await ended).toBe('complete')
    expect(store.rows).toEqual(Array.from({ length: 200 }, (_, at) => String(at)))
    expect(values).toHaveLength(200)
    expect(store.committed('g', partition)).toBe(200n)
  })

  it('never passes a record whose dead letter is not written yet', async () => {
    const store = memoryStore<string>()
    const partition = testPartition()
    const offsets = await claimed(store, partition)
    const written: (() => void)[] = []
    const onFailure: DeadLetterPolicy = {
      _tag: 'DeadLetter',
      take: () =>
        from(
          new Promise<never[]>((resolve) =>
            written.push(() => {
              resolve([])
            })
          )
        ) as never,
      hold: () => () => undefined
    }
    const { ended } = collect(
      partition.stream.pipe(writeOnce({ store: { ...store, classify }, offsets, write, onFailure }), ack())
    )
    for (const value of ['a', 'b', bad, 'c']) partition.deliver({ value })
    partition.drain()
    await turns(20)
    expect(written).toHaveLength(1)
    expect(store.rows).toEqual(['a', 'b'])
    expect(store.committed('g', partition)).toBe(2n)
    written[0]?.()
    expect(await ended).toBe('complete')
    expect(store.rows).toEqual(['a', 'b', 'c'])
    expect(store.committed('g', partition)).toBe(4n)
  })

  it('passes records that were filtered before it, and those of a batch', async () => {
    const store = memoryStore<string>()
    const partition = testPartition()
    const offsets = await claimed(store, partition)
    const { ended } = collect(
      partition.stream.pipe(
        filterRecords((_value, { offset }) => offset % 3n !== 0n),
        batch({ records: 2, withinMs: 5 }),
        writeOnce({
          store,
          offsets,
          write: (tx: MemoryTransaction<string>, all) => {
            tx.insert(...all.map(({ value }) => String(value.length)))
          }
        }),
        ack()
      )
    )
    for (let at = 0; at < 9; at++) partition.deliver()
    partition.drain()
    expect(await ended).toBe('complete')
    expect(store.rows).toEqual(['2', '2', '2'])
    expect(store.committed('g', partition)).toBe(9n)
  })

  it('works in a branch of a fanOut, whatever the other branch does', async () => {
    const store = memoryStore<string>()
    const partition = testPartition()
    const offsets = await claimed(store, partition)
    const slow: (() => void)[] = []
    const { ended } = collect(
      partition.stream.pipe(
        fanOut(
          (records) =>
            records.pipe(
              filterRecords((_value, { offset }) => offset % 2n === 1n),
              writeOnce({ store, offsets, write }),
              ack()
            ),
          (records) =>
            records.pipe(
              handle(() => new Promise<void>((done) => slow.push(done)), { order: 'none', concurrency: 9 }),
              ack()
            )
        )
      )
    )
    for (const value of ['a', 'b', 'c', 'd']) partition.deliver({ value })
    await turns(20)
    expect(store.rows).toEqual(['b', 'd'])
    for (const done of slow) done()
    partition.drain()
    expect(await ended).toBe('complete')
    expect(store.committed('g', partition)).toBe(4n)
  })

  it('ends the pipeline when a record has overtaken another, before anything of it is stored', async () => {
    const store = memoryStore<string>()
    const partition = testPartition()
    const offsets = await claimed(store, partition)
    const waiting: (() => void)[] = []
    const { ended } = collect(
      partition.stream.pipe(
        writeTo(({ offset }) => (offset === 0n ? new Promise<void>((done) => waiting.push(done)) : undefined), {
          order: 'none',
          concurrency: 4
        }),
        writeOnce({ store, offsets, write, onFailure: 'skip', retry }),
        ack()
      )
    )
    for (const value of ['a', 'b']) partition.deliver({ value })
    const error = await ended
    if (!(error instanceof ConsumerError)) throw new Error(`it ended with ${String(error)}`)
    expect(describeFault(error.fault)).toContain('test/0 come to a sink with offsets out of order (at 1)')
    expect(store.rows).toEqual([])
    expect(store.committed('g', partition)).toBe(null)
    expect(partition.acked).toEqual([])
  })

  it('ends the pipeline of an owner that another has followed: nothing is skipped, nothing acknowledged', async () => {
    const store = memoryStore<string>()
    const partition = testPartition()
    const offsets = await claimed(store, partition)
    await claimed(store, partition)
    const { ended } = collect(partition.stream.pipe(writeOnce({ store, offsets, write, onFailure: 'skip' }), ack()))
    partition.deliver({ value: 'a' })
    expect(await ended).toMatchObject({ fault: { _tag: 'FencedFault', what: 'partition', id: 'test/0 of g' } })
    expect([store.rows, partition.acked]).toEqual([[], []])
  })
})

describe('writeOnce with an inbox', () => {
  it('has no second effect for an id that it knows, in one batch, later, or after a failure', async () => {
    const store = memoryStore<string>()
    const partition = testPartition()
    let prepared = 0
    const inbox = {
      ...store.inbox(({ value }: ConsumerRecord) => textOf(value).slice(0, 1)),
      prepare: () => {
        prepared++
        return prepared < 3 ? Promise.reject(new Error('no table yet')) : Promise.resolve()
      }
    }
    const passed = firstValueFrom(
      partition.stream.pipe(writeOnce({ store, inbox, write, retry, records: 3 }), ack(), toArray())
    )
    store.failNext(2)
    for (const value of ['a1', 'b1', 'a2', 'c1', 'b2', 'd1', 'd2']) partition.deliver({ value })
    partition.drain()
    expect(await passed).toHaveLength(7)
    expect(store.rows).toEqual(['a1', 'b1', 'c1', 'd1'])
    expect(prepared).toBe(3)
  })

  it('ends the pipeline if an id is no text', async () => {
    const partition = testPartition()
    const store = memoryStore<string>()
    const { ended } = collect(
      partition.stream.pipe(writeOnce({ store, inbox: store.inbox(() => 3 as never), write, onFailure: 'skip' }))
    )
    partition.deliver()
    expect(await ended).toMatchObject({ fault: { _tag: 'UsageFault' } })
  })
})

describe('writeOnce and offsetStore', () => {
  const { transaction } = memoryStore<string>()
  const right = { store: { transaction }, write }
  const table = { group: 'g', claim: write, advance: write, read: write }
  it.each([
    [() => writeOnce(undefined as never), 'writeOnce is undefined'],
    [() => writeOnce({ write } as never), 'writeOnce: store is left out'],
    [() => writeOnce({ ...right, store: {} } as never), 'writeOnce: store is {}'],
    [() => writeOnce({ store: { transaction } } as never), 'writeOnce: write is left out'],
    [() => writeOnce({ ...right, offsets: 'o' } as never), 'writeOnce: offsets is "o"'],
    [() => writeOnce({ ...right, inbox: { id: 3 } } as never), 'writeOnce: inbox is'],
    [() => writeOnce({ ...right, concurrency: 2 } as never), 'writeOnce: concurrency is'],
    [() => offsetStore({ ...table, group: '' } as never), 'offsetStore: group is ""'],
    [() => offsetStore({ ...table, claim: 1 } as never), 'offsetStore: claim is 1']
  ])('refuse what they cannot work with, %#', (call, says) => {
    try {
      call()
      expect.fail('nothing was refused')
    } catch (error) {
      if (!(error instanceof ConsumerError)) throw error
      expect(describeFault(error.fault)).toContain(says)
    }
  })
})
