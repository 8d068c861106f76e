import type { Admin } from 'kafkajs'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { KafkajsClient } from '../../../../../src/sources/kafka/admin/kafkajs-client.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

/** What is made, in order, and what is disconnected. */
const made = () => {
  const clock = new VirtualClock()
  const disconnected: number[] = []
  let count = 0
  const make = (): Promise<Admin> => {
    const number = ++count
    const admin = {
      number,
      connect: () => Promise.resolve(),
      disconnect: () => {
        disconnected.push(number)
        return Promise.resolve()
      }
    }
    return Promise.resolve(admin as unknown as Admin)
  }
  const client = new KafkajsClient(make, clock, 60_000)
  /** Which one a call got. */
  const numberOf = (admin: Admin): Promise<number> => Promise.resolve((admin as unknown as { number: number }).number)
  return { clock, client, disconnected, numberOf, count: () => count }
}

const never = (): Promise<never> => new Promise(() => undefined)

describe('kafkajs’s admin client', () => {
  it('is shared by calls, and disconnected a second after the last', async () => {
    const { clock, client, disconnected, numberOf } = made()
    expect(await Promise.all([client.use(numberOf), client.use(numberOf)])).toEqual([1, 1])
    clock.advance(999)
    expect(await client.use(numberOf)).toBe(1)
    clock.advance(1_000)
    await turn()
    expect(disconnected).toEqual([1])
    expect(await client.use(numberOf)).toBe(2)
    client.close()
    await turn()
    expect([disconnected, clock.pending]).toEqual([[1, 2], 0])
  })

  it('is given up with a call that a broker’s throttle time holds back for days: the next has another', async () => {
    const { clock, client, disconnected, numberOf } = made()
    void client.use(never)
    await turn()
    clock.advance(30_000)
    // It joins the first, and is not cut off in the middle when that is given up.
    let finish: () => void = () => undefined
    const joined = client.use(async (admin) => {
      await new Promise<void>((resolve) => (finish = resolve))
      return numberOf(admin)
    })
    await turn()
    clock.advance(30_000)
    await turn()
    expect(disconnected).toEqual([])
    expect(await client.use(numberOf)).toBe(2)
    finish()
    expect(await joined).toBe(1)
    await turn()
    expect(disconnected).toEqual([1])
    clock.advance(1_000)
    await turn()
    expect([disconnected, clock.pending]).toEqual([[1, 2], 0])
  })

  it('leaves none behind where the last call never comes back', async () => {
    const { clock, client, disconnected } = made()
    void client.use(never)
    await turn()
    clock.advance(60_000)
    await turn()
    expect([disconnected, clock.pending]).toEqual([[1], 0])
  })
})
