import { firstValueFrom, from } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  ConsumerError,
  type ConsumerRecord,
  describeFault,
  exponential,
  type OffsetStore,
  offsetStore,
  writeOnce
} from '../../../../src/index.js'
import { testPartition } from '../../../../src/testing.js'
import { collect } from '../../../support/collect.js'

const honest = {
  group: 'g',
  claim: (): unknown => Promise.resolve({ epoch: 1n, next: null }),
  advance: (): unknown => Promise.resolve(true),
  read: (): unknown => Promise.resolve({ epoch: 1n, next: null })
}
const storeOf = (table: Partial<typeof honest>) => offsetStore<object>({ ...honest, ...table } as never)
const messageOf = (error: unknown): string => {
  if (!(error instanceof ConsumerError)) throw new Error(`it is ${String(error)}`)
  return describeFault(error.fault)
}
const claimed = async (table: Partial<typeof honest>) => {
  const offsets = storeOf(table)
  await firstValueFrom(from(offsets.startFrom([{ topic: 'test', partition: 0 }])))
  return offsets
}

describe('an offset table whose', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['5', '"5"'],
    [{ epoch: '1', next: '5' }, '"next":"5"'],
    [{ epoch: 1, next: 5 }, '"next":5'],
    [{ epoch: 1n }, 'epoch'],
    [{ rows: [{ epoch: 1n, next: 5n }] }, 'rows']
  ])('claim gives %o is refused, and says what it gave', async (given, shown) => {
    for (const claim of [() => Promise.resolve(given), () => given]) {
      const message = await claimed({ claim }).then(() => 'it was taken', messageOf)
      expect(message).toContain('offsetStore: claim gave')
      expect(message).toContain(shown)
    }
  })

  // The result of a driver for an update that changed no row is true to JavaScript.
  it.each([[{ rowCount: 0 }], [0], [1], ['t'], [undefined], [null], [{ modifiedCount: 0 }]])(
    'advance gives %o lets nothing be committed',
    async (given) => {
      const offsets = await claimed({ advance: () => Promise.resolve(given) })
      const partition = testPartition()
      let commits = 0
      const { ended, values } = collect(
        partition.stream.pipe(
          writeOnce({
            store: {
              transaction: async (work) => {
                await work({})
                commits++
              }
            },
            offsets,
            write: () => undefined,
            onFailure: 'skip',
            retry: { attempts: 3, backoff: exponential({ initialMs: 1, maxMs: 1 }) }
          }),
          ack()
        )
      )
      partition.deliver({ value: 'a' })
      expect(messageOf(await ended)).toContain('offsetStore: advance gave')
      expect([values, commits, partition.acked]).toEqual([[], 0, []])
    }
  )

  it.each([[undefined], [{ epoch: 1, next: null }], [{ epoch: '1', next: '7' }]])(
    'read gives %o is not taken for that of another owner',
    async (given) => {
      const offsets = await claimed({ advance: () => Promise.resolve(false), read: () => Promise.resolve(given) })
      const message = await offsets.save({}, { topic: 'test', partition: 0 }, 0n, 1n).then(() => 'saved', messageOf)
      expect(message).toContain('offsetStore: read gave')
    }
  )

  it.each([[null], [0n]])(
    'advance sets nothing, with a next offset of %o, does not hold the process up',
    async (next) => {
      const read = (): unknown => Promise.resolve({ epoch: 1n, next })
      const offsets = await claimed({ advance: () => Promise.resolve(false), read })
      const message = await offsets.save({}, { topic: 'test', partition: 0 }, 0n, 1n).then(() => 'saved', messageOf)
      expect(message).toContain('advance of test/0 gave false, though read gives the epoch of this consumer')
    }
  )

  it('methods throw in the call fails as one whose promise is rejected', async () => {
    const boom = (): never => {
      throw new Error('boom')
    }
    await expect(claimed({ claim: boom })).rejects.toThrow('boom')
    const offsets = await claimed({ advance: boom })
    await expect(offsets.save({}, { topic: 'test', partition: 0 }, 0n, 1n)).rejects.toThrow('boom')
  })
})

describe('an OffsetStore written by hand', () => {
  const owned = (next: () => bigint | null, save: OffsetStore<object>['save']): OffsetStore<object> => ({
    startFrom: () => [],
    next,
    save,
    saved: () => undefined
  })
  const pipelineOf = (offsets: OffsetStore<object>) => {
    const partition = testPartition()
    let transactions = 0
    const store = {
      transaction: async (work: (tx: object) => Promise<void>) => {
        // Without an end it would fill the memory before the test's time is over.
        if (++transactions > 50) throw new ConsumerError({ _tag: 'UsageFault', reason: 'it is tried without end' })
        await work({})
      }
    }
    const written: bigint[] = []
    const write = (_tx: object, records: readonly ConsumerRecord[]): void => {
      written.push(...records.map(({ offset }) => offset))
    }
    const { ended, values } = collect(
      partition.stream.pipe(writeOnce<ConsumerRecord, object>({ store, offsets, write }), ack())
    )
    for (let at = 0; at < 3; at++) partition.deliver({ value: 'a' })
    return { ended, values, partition, written, transactions: () => transactions }
  }

  it.each([[null], [0n]])("that answers 'behind' with a next offset of %o ends the pipeline", async (next) => {
    const { ended, values, partition, transactions } = pipelineOf(
      owned(
        () => next,
        () => Promise.resolve('behind')
      )
    )
    expect(messageOf(await ended)).toContain(
      "the OffsetStore answers 'behind', though its next(…) says that no record of the batch is written (test/0 at 0)"
    )
    expect([values, partition.acked, transactions()]).toEqual([[], [], 1])
  })

  it("that answers 'behind' again and again is followed for as long as its offset moves", async () => {
    let next = 0n
    const { ended, partition, written, transactions } = pipelineOf(
      owned(
        () => next,
        () => Promise.resolve(++next > 2n ? 'saved' : 'behind')
      )
    )
    partition.drain()
    expect(await ended).toBe('complete')
    expect([partition.acked, transactions()]).toEqual([[0n, 1n, 2n], 3])
    expect(written).toEqual([0n, 1n, 2n, 1n, 2n, 2n])
  })
})
