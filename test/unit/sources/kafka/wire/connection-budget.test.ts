import { describe, expect, it } from 'vitest'
import type { ConnectionProfile } from '../../../../../src/config/connection-profile.js'
import { BrokerLinks } from '../../../../../src/sources/kafka/network/broker-links.js'
import { BrokerPool } from '../../../../../src/sources/kafka/network/broker-pool.js'
import type { Connection } from '../../../../../src/sources/kafka/network/connection.js'
import type { Purpose } from '../../../../../src/sources/kafka/network/purpose.js'
import { WireError } from '../../../../../src/sources/kafka/network/wire-error.js'
import { heartbeat } from '../../../../../src/sources/kafka/protocol/heartbeat.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

const address = { host: '127.0.0.1', port: 1 }
const purposes: readonly Purpose[] = ['metadata', 'join', 'group', 'fetch', 'refill', 'produce']
const request = { groupId: 'g', generation: 1, memberId: 'm', groupInstanceId: null }

/** A cluster whose connections answer nothing; what was asked is answered by the test. */
const budget = (
  connections: ConnectionProfile,
  answers = true
): {
  readonly clock: VirtualClock
  readonly opened: { readonly at: number; readonly maxIdleMs: number }[]
  readonly closed: () => number
  readonly client: () => { send: (purpose: Purpose) => Promise<unknown>; close: () => void; heard: string[] }
} => {
  const clock = new VirtualClock()
  const opened: { at: number; maxIdleMs: number; closed: boolean }[] = []
  const settings = connectionSettings([1], { connections, requestTimeoutMs: 60_000 })
  const pool = new BrokerPool(settings, {
    clock,
    random: () => 0,
    resolve: (host) => Promise.resolve([host]),
    open: (options) => {
      const entry = { at: clock.now(), maxIdleMs: options.maxIdleMs, closed: false }
      opened.push(entry)
      const connection: Connection = {
        broker: 'a:1',
        awaited: 1,
        heardAt: clock.now(),
        ended: false,
        ask: () => {
          options.throttled('a:1', 10, 10)
          return answers ? Promise.resolve(0 as never) : new Promise(() => undefined)
        },
        hurry: () => undefined,
        close: () => {
          entry.closed = true
        },
        destroy: () => undefined
      }
      const spoken = new Map([[heartbeat.key, { from: 0, to: 99 }]])
      return { open: Promise.resolve({ connection, supported: spoken }), abandon: () => undefined }
    }
  })
  const client = (): { send: (purpose: Purpose) => Promise<unknown>; close: () => void; heard: string[] } => {
    const heard: string[] = []
    const links = new BrokerLinks(settings, {
      pool,
      throttled: (event) => {
        if (event._tag === 'throttled') heard.push(event.broker)
      }
    })
    return {
      heard,
      send: (purpose) => links.sendTo(address, purpose, heartbeat, request, { timeoutMs: 60_000 }),
      close: () => {
        links.close()
      }
    }
  }
  return { clock, opened, closed: () => opened.filter((one) => one.closed).length, client }
}

/** Lets what promises do happen. */
const settled = (): Promise<void> => new Promise((go) => setImmediate(go))

describe('the connections of two clients', () => {
  it.each([
    ['fast', 1 + 2 * 5],
    ['few', 4 + 2 * 2]
  ] as const)('are so many to a broker: %s', async (profile, count) => {
    const { clock, opened, closed, client } = budget(profile)
    const [one, other] = [client(), client()]
    const sent = purposes.flatMap((purpose) => [one.send(purpose), other.send(purpose)])
    for (let turn = 0; turn < 20; turn++) {
      await settled()
      clock.advance(250)
    }
    await Promise.all(sent)
    expect(opened).toHaveLength(count)
    expect(opened.filter(({ maxIdleMs }) => maxIdleMs === 10_000)).toHaveLength(profile === 'few' ? 2 : 0)
    one.close()
    expect(closed()).toBe(profile === 'few' ? 2 : 5)
    other.close()
    expect(closed()).toBe(count)
  })

  it('are made as fast as the profile says, and no faster', async () => {
    const { clock, opened, client } = budget('few')
    for (let number = 0; number < 8; number++) void client().send('fetch')
    for (let turn = 0; turn < 10; turn++) {
      await settled()
      clock.advance(250)
    }
    expect(opened.map(({ at }) => at)).toEqual([0, 0, 0, 0, 250, 500, 750, 1_000])
  })

  it('are given up by a client that closes, and go on for the other', async () => {
    const { opened, closed, client } = budget('few', false)
    const [one, other] = [client(), client()]
    const outcomes: string[] = []
    one.send('produce').catch((error: unknown) => outcomes.push(JSON.stringify(error)))
    other.send('produce').catch(() => outcomes.push('the other'))
    await settled()
    one.close()
    await settled()
    expect(opened).toHaveLength(1)
    expect(closed()).toBe(0)
    expect(outcomes).toEqual([expect.stringContaining('ClosedFault')])
    await expect(one.send('produce')).rejects.toMatchObject({ fault: { _tag: 'ClosedFault' }, sent: false })
  })

  it('tell of a broker that throttles: a shared one all clients, its own only the client', async () => {
    const { client } = budget('few')
    const [one, other] = [client(), client()]
    await one.send('fetch')
    expect([one.heard.length, other.heard.length]).toEqual([1, 0])
    await one.send('produce')
    expect([one.heard.length, other.heard.length]).toEqual([1, 1])
  })
})

/** How many errors `body` makes, each of which records its stack. */
const errorsMade = async (body: () => Promise<unknown>): Promise<number> => {
  let made = 0
  const usual: unknown = Object.getPrototypeOf(WireError)
  class Counted extends Error {
    constructor(message?: string) {
      super(message)
      made++
    }
  }
  Object.setPrototypeOf(WireError, Counted)
  try {
    await body()
  } finally {
    Object.setPrototypeOf(WireError, usual as object)
  }
  return made
}

describe('a request', () => {
  it('makes an error only if it fails', async () => {
    const { client } = budget('few')
    const one = client()
    expect(await errorsMade(() => Promise.all([one.send('produce'), one.send('fetch')]))).toBe(0)
    one.close()
    expect(await errorsMade(() => one.send('produce').catch(() => undefined))).toBeGreaterThan(0)
  })
})
