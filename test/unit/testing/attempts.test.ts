import { describe, expect, it } from 'vitest'
import { commit, eachPartition, exponential, handle, mapValue } from '../../../src/index.js'
import { marbles, type Pipeline } from '../../../src/testing.js'

const retrying: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) =>
      partition.pipe(
        handle(sink, {
          retry: { attempts: 3, backoff: exponential({ initialMs: 1, maxMs: 1, random: () => 1 }) },
          onFailure: 'skip'
        }),
        commit({ every: 1 })
      )
    )
  )
const play = (diagram: string, pipeline: Pipeline = retrying): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline })
  })()

const twoAttempts = (line: string): string => `
  orders/0   ab--------
  sink a     -#--|
  sink b     #
  one        ^---------
  handles a  ${line}
`

describe('a line “handles”', () => {
  it('tells success from failure where it is written so', async () => {
    await play(twoAttempts('^#^-|-----'))
    await play(twoAttempts('^!^-!-----'))
    await expect(play(twoAttempts('^#^-#-----'))).rejects.toThrow('“handles a” at 4 ms: “|”, where “#” was expected')
    await expect(play(twoAttempts('^|^-|-----'))).rejects.toThrow('“handles a” at 1 ms: “#”, where “|” was expected')
  })

  it('shows the last of several attempts that failed as failed, though the record is skipped', async () => {
    await play(
      'orders/0       a-------\nsink a         -#\none            ^-------\none handles a  ^#^#^#--\norders/0 acks  -----a--'
    )
  })

  it('shows what was abandoned as neither', async () => {
    const hanging: Pipeline = (orders) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(() => new Promise(() => undefined)),
            commit({ every: 1 })
          )
        )
      )
    await play('orders/0   a----\none        ^--!-\nhandles a  ^--!-', hanging)
    await expect(play('orders/0   a----\none        ^--!-\nhandles a  ^--|-', hanging)).rejects.toThrow(
      '“!”, where “|”'
    )
  })

  it('shows what is handled within the call', async () => {
    await expect(play('orders/0   a----\none        ^----\nhandles a  -----')).rejects.toThrow(
      '“handles a” at 0 ms: “^”, where nothing'
    )
    await play('orders/0   a----\none        ^----\nhandles a  (^|)-')
    const twice: Pipeline = (orders) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            mapValue(() => 1),
            handle(() => undefined),
            handle(() => undefined),
            commit({ every: 1 })
          )
        )
      )
    await play('orders/0   a-------\none        ^-------\nhandles a  (^|^|)--', twice)
  })
})
