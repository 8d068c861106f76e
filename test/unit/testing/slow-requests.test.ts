import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle, produceTo, type Cluster } from '../../../src/index.js'
import { DiagramError, marbles, type Pipeline } from '../../../src/testing.js'

const play = (diagram: string, pipeline: Pipeline): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, topics: { copies: 1 } })
  })()

const copying: Pipeline = (orders, { cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(produceTo(cluster, { topic: 'copies', properties: { 'linger.ms': 0 } }), commit({ every: 1 }))
    )
  )
const write = (cluster: Cluster): void => {
  of({ topic: 'copies', value: 'a' })
    .pipe(produceTo(cluster, { topic: 'copies' }))
    .subscribe()
}
/** Does not wait for what it writes. */
const forgetful: Pipeline = (orders, { cluster }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(() => {
          write(cluster)
        }),
        commit({ every: 1 })
      )
    )
  )

const slow = `
  orders/0          a--------
  takes Produce     ---|
  one               ^--------
  orders/0 commits  ---a-----
`

describe('a request that takes its time', () => {
  it('shows who does not wait for it', async () => {
    await play(slow, copying)
    await expect(play(slow, forgetful)).rejects.toThrow('“orders/0 commits” at 0 ms: “a”, where nothing was expected')
  })

  it('shows who wants no confirmation: with acks 0 no answer comes, late or otherwise', async () => {
    const unconfirmed: Pipeline = (orders, { cluster }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            produceTo(cluster, {
              topic: 'copies',
              acks: 0,
              properties: { 'linger.ms': 0, 'enable.idempotence': false }
            }),
            commit({ every: 1 })
          )
        )
      )
    await expect(play(slow, unconfirmed)).rejects.toThrow('“orders/0 commits” at 0 ms: “a”, where nothing was expected')
  })

  it('may take another time at each attempt, and the last again', async () => {
    await play(
      'orders/0             ab--------\ntakes OffsetCommit   -|--|\none                  ^---------\norders/0 commits     -a----b---',
      copying
    )
  })

  it('is a kind that there is', async () => {
    await expect(play(slow.replace('takes Produce ', 'takes Produse '), copying)).rejects.toThrow(DiagramError)
    await expect(play(slow.replace('takes Produce ', 'takes Produse '), copying)).rejects.toThrow(
      'Did you mean “Produce”?'
    )
  })
})
