import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const t0 = { topic: 't', partition: 0 }
const record = { timestamp: 0, key: null, value: null, headers: [] }

const model = (): BrokerModel => {
  const made = new BrokerModel(new VirtualClock())
  made.createTopic('t', 1)
  return made
}

describe('BrokerModel', () => {
  describe('idOf', () => {
    it('stays while a topic grows, and is another for the next topic of the same name', () => {
      const broker = model()
      const first = broker.idOf('t')
      broker.createTopic('t', 3)
      expect(broker.idOf('t')).toBe(first)
      broker.deleteTopic('t')
      expect(broker.idOf('t')).toBeNull()
      broker.createTopic('t', 1)
      expect(broker.idOf('t')).not.toBe(first)
      // 16 bytes, as Kafka's are.
      expect(Buffer.from(String(broker.idOf('t')), 'base64url')).toHaveLength(16)
    })
  })

  describe('onAppend', () => {
    it('hears of records and of markers, until it stops', () => {
      const broker = model()
      let heard = 0
      const stop = broker.onAppend(() => heard++)
      broker.append(t0, [record], 1n)
      broker.endTransaction(t0, 1n, 'commit')
      expect(heard).toBe(2)
      stop()
      broker.append(t0, [record])
      expect(heard).toBe(2)
    })

    it('may stop itself and others while they are told', () => {
      const broker = model()
      const heard: string[] = []
      const stops = ['a', 'b'].map((name) =>
        broker.onAppend(() => {
          heard.push(name)
          for (const stop of stops) stop()
        })
      )
      broker.append(t0, [record])
      broker.append(t0, [record])
      expect(heard).toEqual(['a', 'b'])
    })
  })

  describe('append', () => {
    it('says where, and that there is no such place', () => {
      const broker = model()
      const place = { topic: 't', partition: 1 }
      expect([broker.append(t0, [record]), broker.append(t0, [record]), broker.append(place, [record])]).toEqual([
        0n,
        1n,
        undefined
      ])
    })
  })

  describe('takeFault', () => {
    it('gives the faults that were asked for in their order, of each request alone', () => {
      const broker = model()
      broker.failNext('Fetch', 6, 2)
      broker.failNext('Fetch', 'disconnect', 1)
      broker.failNext('Heartbeat', 27, 1)
      expect(Array.from({ length: 4 }, () => broker.takeFault('Fetch'))).toEqual([6, 6, 'disconnect', undefined])
      expect([broker.takeFault('Heartbeat'), broker.takeFault('Heartbeat'), broker.takeFault('Metadata')]).toEqual([
        27,
        undefined,
        undefined
      ])
    })
  })

  describe('coordinator', () => {
    it('is the same for the same group, and groups share neither members nor offsets', () => {
      const broker = model()
      expect(broker.coordinator('g')).toBe(broker.coordinator('g'))
      expect(broker.coordinator('g')).not.toBe(broker.coordinator('h'))
      const stored = { offset: 3n, leaderEpoch: 0, metadata: '' }
      broker.offsets('g').store(t0, stored)
      expect([broker.storedOffset('g', t0), broker.storedOffset('h', t0)]).toEqual([stored, undefined])
    })

    it('never gives the same member id twice, whatever the group', () => {
      const broker = model()
      const ids = ['g', 'h', 'g'].map((groupId) => {
        let given = ''
        const request = {
          groupId,
          sessionTimeoutMs: 1,
          rebalanceTimeoutMs: 1,
          memberId: '',
          groupInstanceId: null,
          protocols: [{ name: 'range', metadata: new Uint8Array(0) }]
        }
        broker.coordinator(groupId).join(request, ({ memberId }) => {
          given = memberId
        })
        return given
      })
      expect(new Set(ids).size).toBe(3)
    })
  })
})
