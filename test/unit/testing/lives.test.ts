import { describe, expect, it } from 'vitest'
import { ack, commit, eachPartition, handle, writeOnce } from '../../../src/index.js'
import { marbles, memoryStore, type Pipeline, type Scenario, type ScenarioMember } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const play = (diagram: string, more: Partial<Scenario>): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  })()

describe('a member that is made anew for each life', () => {
  it('has a store of its own when it starts again', async () => {
    const store = memoryStore<string>()
    const filling = (): Required<ScenarioMember> => {
      const offsets = store.offsets('billing')
      return {
        config: { 'enable.auto.commit': false, 'session.timeout.ms': 10, startFrom: offsets.startFrom },
        pipeline: (orders) =>
          orders.pipe(
            eachPartition((partition) =>
              partition.pipe(
                writeOnce({
                  store,
                  offsets,
                  write: async (tx, records) => {
                    await new Promise((done) => setTimeout(done, 2))
                    tx.insert(...records.map(({ key }) => String(key)))
                  }
                }),
                ack()
              )
            )
          )
      }
    }
    await marbles(({ cluster }) => {
      cluster(
        `
        orders/0      a---b---------------
        one           ^----#^-------------
        one orders/0  (^a)b--------(^b)---
        `,
        { ...filling(), members: { one: filling } }
      )
      return () => {
        expect(store.rows).toEqual(['97', '98'])
        expect(store.committed('billing', { topic: 'orders', partition: 0 })).toBe(2n)
      }
    })()
  })

  it('gets which life it is, once for each', async () => {
    const lives: number[] = []
    const one = (life: number): ScenarioMember => {
      lives.push(life)
      return life === 1 ? {} : { config: { 'auto.offset.reset': 'latest' } }
    }
    await play(
      `
      orders/0  a-----b----
      one       ^-|-^-|-^--
      sink      a-------b--
      `,
      { members: { one } }
    )
    expect(lives).toEqual([1, 2, 3])
  })

  it('is refused where what is made is none, with which life it is', () =>
    expect(
      play('orders/0  a--\none       ^--\nsink      a--', {
        members: { one: () => ({ confg: {} }) as ScenarioMember }
      })
    ).rejects.toThrow('members.one(1).confg'))

  it('is refused in a share group that is another than that of the scenario', () =>
    expect(
      marbles(({ cluster }) => {
        cluster('jobs/0  a--\none     ^--\nsink    a--', {
          share: (jobs, { sink }) => jobs.pipe(handle(sink), ack()),
          members: { one: () => ({ config: { 'group.id': 'other' } }) }
        })
      })()
    ).rejects.toThrow('members.one(1).config[\'group.id\'] is "other"'))

  it('may be called as something that every object has', () =>
    play('orders/0     a--\nconstructor  ^--\nsink         a--', { members: {} }))
})
