import { expect, it } from 'vitest'
import { openOutbox } from '../../../../src/sinks/outbox/outbox.js'
import { memoryCluster } from '../../../../src/testing.js'
import { collect } from '../../../support/collect.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((go) => setImmediate(go))
}

it('gives the lease back only after a renewal that is under way', async () => {
  const clock = new VirtualClock()
  const calls: string[] = []
  let renewed = (): void => undefined
  const nothing = (): Promise<void> => Promise.resolve()
  const table = {
    name: 'a table',
    lease: (): Promise<boolean> => {
      calls.push('lease')
      if (calls.length === 1) return Promise.resolve(true)
      return new Promise((resolve) => {
        renewed = () => {
          calls.push('renewed')
          resolve(true)
        }
      })
    },
    release: () => {
      calls.push('release')
      return nothing()
    },
    // Its topic is missing, so the batch is in flight until the outbox is closed.
    read: () => Promise.resolve([{ id: '1', messageId: 'a', topic: 'out', key: null, value: '0', headers: null }]),
    mark: nothing,
    setAside: nothing
  }
  const outbox = openOutbox(memoryCluster({ time: clock }), table, { leaseMs: 3_000 })
  const { ended } = collect(outbox)
  await turns()
  clock.advance(1_000)
  await turns()
  expect(calls).toEqual(['lease', 'lease'])
  const closed = outbox.close()
  await turns()
  clock.advance(1)
  await turns()
  expect(calls).toEqual(['lease', 'lease'])
  renewed()
  await closed
  expect(await ended).toBe('complete')
  expect(calls).toEqual(['lease', 'lease', 'renewed', 'release'])
})
