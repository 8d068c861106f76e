import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle, produceTo, type Cluster, type ConsumerRecord } from '../../../src/index.js'
import { DiagramError, dualRun, MarbleError, memoryCluster, type Pipeline } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const diagram = `
  orders/0  -ab--------c-
  orders/1  --d--------e-
  sink b    ----|
  one       ^------------
  two       ---^---------
`
const quickly = { columnMs: 5, withinMs: 1_000 }

/** Writes each record twice. */
const doubling = (): Cluster => {
  const cluster = memoryCluster()
  return {
    ...cluster,
    openProducer: (settings) => {
      const session = cluster.openProducer(settings)
      return {
        send: (record, callbacks, index) => {
          session.send(record, callbacks, index)
          session.send(record, { written: () => undefined, failed: () => undefined }, index)
        },
        events: session.events,
        status: () => session.status(),
        flush: () => session.flush(),
        close: () => {
          session.close()
        }
      }
    }
  }
}

/** Writes the second record before the first. */
const swapping = (): Cluster => {
  const cluster = memoryCluster()
  let first: (() => void) | null = null
  let sent = 0
  return {
    ...cluster,
    openProducer: (settings) => {
      const session = cluster.openProducer(settings)
      return {
        send: (record, callbacks, index) => {
          const send = (): void => {
            session.send(record, callbacks, index)
          }
          if (sent++ === 0) first = send
          else {
            send()
            first?.()
            first = null
          }
        },
        events: session.events,
        status: () => session.status(),
        flush: () => session.flush(),
        close: () => {
          session.close()
        }
      }
    }
  }
}

describe('dualRun', () => {
  it('fails if the cluster has the records in another order, though there are as many', async () => {
    const trial = dualRun('orders/0  -ab--\none       ^----', { pipeline }, swapping(), quickly)
    await expect(trial).rejects.toThrow(/real\n {2}orders\/0 +\?/)
    await expect(trial).rejects.toThrow('It was ended when it could no longer match')
  })

  it('gives what came of it, alike in virtual and in real time', async () => {
    expect(await dualRun(diagram, { pipeline }, memoryCluster(), { columnMs: 10, withinMs: 4_000 })).toEqual({
      delivered: { 'orders/0': 'abc', 'orders/1': 'de' },
      committed: { 'orders/0': 'c', 'orders/1': 'e' },
      sink: 'abcde',
      written: {},
      ends: { one: '|', two: '|' }
    })
  })

  it('fails with both if the cluster does something else', async () => {
    const trial = dualRun('orders/0  -ab--\none       ^---|', { pipeline }, doubling(), quickly)
    await expect(trial).rejects.toThrow(MarbleError)
    await expect(trial).rejects.toThrow(/embedded\n {2}orders\/0 +ab\n[^]*\nreal\n {2}orders\/0 /)
  })

  it('does not wait for what was acknowledged without being written', async () => {
    let runs = 0
    const skipping: Pipeline = (orders, { sink }) => {
      const isReal = runs++ > 0
      return orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle((record) => (isReal && record.offset === 0n ? undefined : sink(record))),
            commit({ every: 1 })
          )
        )
      )
    }
    // It would wait for longer than a test may take.
    const trial = dualRun('orders/0  -ab--\none       ^----', { pipeline: skipping }, memoryCluster(), {
      columnMs: 5,
      withinMs: 3_600_000
    })
    await expect(trial).rejects.toThrow(/embedded\n[^]*sink +ab\n[^]*real\n[^]*sink +b\n/)
  })

  it('does not wait for a member whose pipeline has failed', async () => {
    let runs = 0
    const failing: Pipeline = (orders, { sink }) => {
      const isReal = runs++ > 0
      const write = handle((record: ConsumerRecord) => {
        if (isReal) throw new Error('only there')
        return sink(record)
      })
      return orders.pipe(eachPartition((partition) => partition.pipe(write, commit({ every: 1 }))))
    }
    const trial = dualRun('orders/0  -ab--\none       ^----', { pipeline: failing }, memoryCluster(), {
      columnMs: 5,
      withinMs: 3_600_000
    })
    await expect(trial).rejects.toThrow(/real\n[^]*one ends +#\n/)
  })

  /** Writes what a run counts, so each run writes something else. */
  const counting = (text: (run: number) => string): Pipeline => {
    let runs = 0
    return (orders, { cluster }) => {
      const run = runs++
      return orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            produceTo(cluster, {
              topic: 'copies',
              properties: { 'linger.ms': 0 },
              record: () => ({ value: text(run) })
            }),
            commit({ every: 1 })
          )
        )
      )
    }
  }

  it.each<readonly [string, Record<string, unknown> | undefined]>([
    ['the first characters are the same', undefined],
    ['`values` has neither', { A: { n: 7 } }]
  ])('fails if values differ, though %s', async (_what, values) => {
    const trial = dualRun(
      'orders/0  -a--\none       ^---',
      {
        pipeline: counting((run) => JSON.stringify({ n: run })),
        topics: { copies: 1 },
        ...(values === undefined ? {} : { values })
      },
      memoryCluster(),
      quickly
    )
    await expect(trial).rejects.toThrow('values that differ')
    await expect(trial).rejects.toThrow(
      /“writes copies” embedded: . is null: \{"n":0\}\n {2}“writes copies” real: . is null: \{"n":1\}/
    )
  })

  it.each([
    ['headers', (run: number) => ({ headers: [{ name: 'run', value: String(run) }] }), '{"headers":{"run":1}}'],
    ['a named partition', (run: number) => ({ partition: run }), '{"partition":1}']
  ])('compares %s of what is written', async (_what, more, shown) => {
    let runs = 0
    const copying: Pipeline = (orders, { cluster }) => {
      const chosen = more(runs++)
      return orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            produceTo(cluster, { topic: 'copies', record: ({ key, value }) => ({ key, value, ...chosen }) }),
            commit({ every: 1 })
          )
        )
      )
    }
    const scenario = { pipeline: copying, topics: { copies: 2 } }
    const trial = dualRun('orders/0  -a--\none       ^---', scenario, memoryCluster(), quickly)
    await expect(trial).rejects.toThrow(`“writes copies” real: a is "a": "a" with ${shown}`)
  })

  it('takes a topic within a value for that of the diagram', async () => {
    const naming: Pipeline = (orders, { cluster }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            produceTo(cluster, {
              topic: 'copies',
              properties: { 'linger.ms': 0 },
              record: ({ topic }) => ({ value: JSON.stringify({ from: topic }) })
            }),
            commit({ every: 1 })
          )
        )
      )
    await dualRun(
      'orders/0  -a--\none       ^---',
      { pipeline: naming, topics: { copies: 1 } },
      memoryCluster(),
      quickly
    )
  })

  it.each([
    ['no member', 'orders/0  abc-', pipeline],
    ['a pipeline that reads nothing', 'orders/0  abc-\none       ^---', (): ReturnType<Pipeline> => NEVER]
  ])('refuses to compare nothing: %s', (_what, source, made) =>
    expect(dualRun(source, { pipeline: made }, memoryCluster(), quickly)).rejects.toThrow(
      'there is nothing to compare: on the embedded cluster nothing is delivered, committed or written'
    )
  )

  it('refuses a diagram of no topic', () =>
    expect(dualRun('one  ^---', { pipeline }, memoryCluster(), quickly)).rejects.toThrow(
      'there is no topic that members could read'
    ))

  it('refuses what cannot be done to a real cluster', async () => {
    await expect(dualRun('orders/0  -a--\none       ^-#-', { pipeline }, memoryCluster())).rejects.toThrow(DiagramError)
    await expect(dualRun('fails Fetch  -x--\none          ^---', { pipeline }, memoryCluster())).rejects.toThrow(
      'this cannot be done to a real cluster'
    )
  })
})
