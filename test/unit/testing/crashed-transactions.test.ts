import { describe, expect, it } from 'vitest'
import { ack, eachPartition, exponential, writeOnce } from '../../../src/index.js'
import { marbles, memoryStore, type MemoryStore, type Pipeline } from '../../../src/testing.js'

const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
const backoff = exponential({ initialMs: 1, maxMs: 1, random: () => 1 })

/** Each member writes with offsets of its own, as each process does. */
const writing = (store: MemoryStore<string>, row: (letter: string) => void) => {
  const offsets = { one: store.offsets('g'), two: store.offsets('g') }
  const pipeline: Pipeline = (orders, { member }) =>
    orders.pipe(
      eachPartition((partition) =>
        partition.pipe(
          writeOnce({
            store,
            offsets: offsets[member as 'one' | 'two'],
            retry: { attempts: 2, backoff },
            write: async (tx, records) => {
              for (const { key } of records) {
                const letter = new TextDecoder().decode(key ?? undefined)
                tx.insert(`${member} ${letter}`)
                await wait(3)
                row(letter)
              }
            }
          }),
          ack()
        )
      )
    )
  const members = {
    one: { config: { startFrom: offsets.one.startFrom } },
    two: { config: { startFrom: offsets.two.startFrom } }
  }
  return { pipeline, members, config: { 'enable.auto.commit': false, 'session.timeout.ms': 10 } } as const
}

describe('a process that dies within a transaction of a memoryStore', () => {
  it('rolls back: nothing of it is there, and the next owner goes on', async () => {
    const store = memoryStore<string>()
    await marbles(({ cluster, mark }) => {
      const row = mark('rows')
      cluster(
        `
        orders/0  a--------------------
        one       ^-#------------------
        two       --^------------------
        rows      -------------a-------
        `,
        writing(store, row)
      )
      return () => {
        expect(store.rows).toEqual(['two a'])
        expect(store.committed('g', { topic: 'orders', partition: 0 })).toBe(1n)
      }
    })()
  })

  it('has no claim on what it asked for after its death', async () => {
    const store = memoryStore<string>()
    const late: unknown[] = []
    await marbles(({ cluster, clock }) => {
      const holding: Pipeline = (orders) => {
        void store.transaction(() => wait(4))
        void store
          .transaction((tx) => {
            tx.insert('late')
            return Promise.resolve()
          })
          .then((done) => late.push(done))
        return orders
      }
      cluster('orders/0  -----\none       ^-#--', { pipeline: holding })
      clock.schedule(3, () => {
        void store.transaction((tx) => {
          tx.insert('next')
          return Promise.resolve()
        })
      })
      return () => {
        expect(store.rows).toEqual(['next'])
        expect(late).toEqual([])
      }
    })()
  })
})
