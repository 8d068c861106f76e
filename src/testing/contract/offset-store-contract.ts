import {
  aFunction,
  type ArgumentRule,
  optional,
  problemsWith,
  problemsWithFields,
  refuseWrong
} from '../../model/check-arguments.js'
import { from, lastValueFrom } from 'rxjs'
import type { StartPosition } from '../../model/position.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { faultOfError } from '../../model/consumer-error.js'
import type { OffsetStore } from '../../sinks/once/offset-store.js'
import type { RunTransaction } from '../../sinks/once/write-batch.js'
import { same } from './checks.js'

/** An empty offset store to be tested. */
export interface OffsetStoreUnderTest<Tx> {
  /** Another consumer's store on the same data. */
  readonly offsets: (group?: string) => OffsetStore<Tx>
  /** Runs all of `work` in one transaction. */
  readonly transaction: RunTransaction<Tx>
  /** Called at the end of the case. */
  readonly close?: () => unknown
}

/** One sentence about offset stores; `run` rejects if it does not hold. */
export interface OffsetStoreCase {
  readonly name: string
  readonly run: <Tx>(open: () => OffsetStoreUnderTest<Tx> | PromiseLike<OffsetStoreUnderTest<Tx>>) => Promise<void>
}

const aStore: Readonly<Record<keyof OffsetStoreUnderTest<unknown>, ArgumentRule>> = {
  offsets: aFunction,
  transaction: aFunction,
  close: optional(aFunction)
}

const place = { topic: 'orders', partition: 0 }

const claim = <Tx>(offsets: OffsetStore<Tx>, ...gained: readonly TopicPartition[]): Promise<readonly StartPosition[]> =>
  lastValueFrom(from(offsets.startFrom(gained)))

/** Acts like a sink: writes within a transaction, and marks it as committed. */
const save = async <Tx>(
  { transaction }: OffsetStoreUnderTest<Tx>,
  offsets: OffsetStore<Tx>,
  [begin, end]: readonly [bigint, bigint],
  partition: TopicPartition = place
): Promise<'saved' | 'behind'> => {
  let saved: 'saved' | 'behind' = 'behind'
  await transaction(async (tx) => {
    saved = await offsets.save(tx, partition, begin, end)
  })
  return saved
}

const faultTagOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work
  } catch (error) {
    return faultOfError(error)?._tag ?? String(error)
  }
  return 'none'
}

const contractCase = (
  name: string,
  check: <Tx>(store: OffsetStoreUnderTest<Tx>) => Promise<void>
): OffsetStoreCase => ({
  name,
  run: async (open) => {
    refuseWrong(problemsWith('run: open', open, aFunction))
    const store = await open()
    refuseWrong(problemsWithFields('what open gives', store, aStore))
    try {
      await check(store)
    } finally {
      await store.close?.()
    }
  }
})

/**
 * What every offset store has to do, as data: for `offsetStore` on a database of your own. Each case takes a function that
 * returns an empty store.
 *
 * @example
 * it.each(offsetStoreContract)('$name', ({ run }) => run(() => ({
 * offsets: (group = 'g') => offsetStore({ group, claim, advance, read }),
 * transaction: (work) => client.withSession((session) => session.withTransaction(() => work(session)))
 * })))
 */
export const offsetStoreContract: readonly OffsetStoreCase[] = [
  contractCase('a partition without an offset begins as the consumer is configured', async (store) => {
    const offsets = store.offsets()
    same(await claim(offsets, place, { topic: 'orders', partition: 1 }), [])
    same(offsets.next(place), null)
  }),
  contractCase('the next owner begins where the last transaction ended', async (store) => {
    const first = store.offsets()
    await claim(first, place)
    same(await save(store, first, [0n, 5n]), 'saved')
    first.saved(place, 5n)
    same(first.next(place), 5n)
    same(await save(store, first, [7n, 9n]), 'saved')
    const next = store.offsets()
    same(await claim(next, place), [{ ...place, from: { offset: 9n } }])
    same(next.next(place), 9n)
  }),
  contractCase('a transaction that is rolled back stores nothing', async (store) => {
    const offsets = store.offsets()
    await claim(offsets, place)
    const failing = store.transaction(async (tx) => {
      await offsets.save(tx, place, 0n, 5n)
      throw new Error('no')
    })
    same(await faultTagOf(failing), 'Error: no')
    same(await claim(store.offsets(), place), [])
  }),
  contractCase('an owner that another has followed stores nothing more', async (store) => {
    const former = store.offsets()
    await claim(former, place)
    await save(store, former, [0n, 5n])
    await claim(store.offsets(), place)
    same(await faultTagOf(save(store, former, [5n, 10n])), 'FencedFault')
    same(await claim(store.offsets(), place), [{ ...place, from: { offset: 5n } }])
  }),
  contractCase(
    'an owner that comes back is fenced under its former claim, and goes on under its new one',
    async (store) => {
      const first = store.offsets()
      const second = store.offsets()
      await claim(first, place)
      await claim(second, place)
      await claim(first, place)
      same(await save(store, first, [0n, 3n]), 'saved')
      same(await faultTagOf(save(store, second, [0n, 3n])), 'FencedFault')
    }
  ),
  contractCase('a commit whose answer was lost is found: it is behind, and knows where it is', async (store) => {
    const offsets = store.offsets()
    await claim(offsets, place)
    await save(store, offsets, [0n, 5n])
    same(await save(store, offsets, [0n, 8n]), 'behind')
    same(offsets.next(place), 5n)
    same(await save(store, offsets, [5n, 8n]), 'saved')
  }),
  contractCase('a takeover beside an open transaction: either it waits, or that is not committed', async (store) => {
    const former = store.offsets()
    await claim(former, place)
    let letGo: () => void = () => undefined
    const held = new Promise<void>((go) => (letGo = go))
    let isOpen: () => void = () => undefined
    const open = new Promise<void>((go) => (isOpen = go))
    const writing = store.transaction(async (tx) => {
      await former.save(tx, place, 0n, 5n)
      isOpen()
      await held
    })
    const written = writing.then(
      () => true,
      () => false
    )
    await open
    const taking = claim(store.offsets(), place)
    letGo()
    const positions = await taking
    const isWritten = await written
    same(positions, isWritten ? [{ ...place, from: { offset: 5n } }] : [])
  }),
  contractCase('partitions, topics and groups do not touch each other', async (store) => {
    const places = [place, { topic: 'orders', partition: 1 }, { topic: 'payments', partition: 0 }]
    const offsets = store.offsets('a')
    await claim(offsets, ...places)
    for (const [at, one] of places.entries()) await save(store, offsets, [0n, BigInt(at + 1)], one)
    same(
      await claim(store.offsets('a'), ...places),
      places.map((one, at) => ({ ...one, from: { offset: BigInt(at + 1) } }))
    )
    same(await claim(store.offsets('b'), ...places), [])
  }),
  contractCase('offsets are exact beyond 2^53', async (store) => {
    const offsets = store.offsets()
    await claim(offsets, place)
    await save(store, offsets, [2n ** 53n, 2n ** 53n + 1n])
    same(await claim(store.offsets(), place), [{ ...place, from: { offset: 2n ** 53n + 1n } }])
    same(await save(store, offsets, [0n, 1n]).catch((error: unknown) => faultOfError(error)?._tag), 'FencedFault')
  }),
  contractCase('a partition that was not claimed is refused', async (store) => {
    same(await faultTagOf(save(store, store.offsets(), [0n, 1n])), 'UsageFault')
  })
]
