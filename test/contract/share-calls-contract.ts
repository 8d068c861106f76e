import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { batchOf, type ShareBroker, ShareVoice } from './share-voice.js'

/** A rule of Kafka's share partitions and share sessions that the member relies on. */
export interface ShareCallsRule {
  readonly name: string
  /** It needs brokers that renew locks. */
  readonly renews?: true
  readonly run: (broker: ShareBroker) => Promise<void>
}

export const shareCallsRules: readonly ShareCallsRule[] = [
  {
    name: 'one record that is not locked refuses all acknowledgements of its partition in the request, and no others',
    run: async (broker) => {
      const voice = await ShareVoice.of(broker, 10)
      expect(await voice.acquire()).toEqual([{ firstOffset: 0n, lastOffset: 9n, deliveryCount: 1 }])
      expect(await voice.acknowledge(batchOf(5, 5, 'accept'))).toBe(code.NONE)
      expect(await voice.acknowledge(batchOf(0, 9, 'accept'))).toBe(code.INVALID_RECORD_STATE)
      // Nothing of it was applied: those before can be released.
      expect(await voice.acknowledge(batchOf(0, 4, 'release'), batchOf(6, 9, 'accept'))).toBe(code.NONE)
      // Kafka 4.1 lists them one by one.
      const again = await voice.acquire()
      expect([again[0]?.firstOffset, again.at(-1)?.lastOffset]).toEqual([0n, 4n])
      expect(new Set(again.map(({ deliveryCount }) => deliveryCount))).toEqual(new Set([2]))
      voice.close()
    }
  },
  {
    name: 'acknowledgements of what the group has passed change nothing, and refuse nothing',
    run: async (broker) => {
      const voice = await ShareVoice.of(broker, 5)
      await voice.acquire()
      expect(await voice.acknowledge(batchOf(0, 2, 'accept'))).toBe(code.NONE)
      expect(await voice.acknowledge(batchOf(0, 1, 'accept'))).toBe(code.NONE)
      expect(await voice.acknowledge(batchOf(1, 3, 'accept'))).toBe(code.NONE)
      expect(await voice.acknowledge(batchOf(3, 4, 'accept'))).toBe(code.NONE)
      voice.close()
    }
  },
  {
    name: 'a group may refuse renewals, which leaves the locks as they are',
    renews: true,
    run: async (broker) => {
      const voice = await ShareVoice.of(broker, 3, { 'share.renew.acknowledge.enable': 'false' })
      await voice.acquire()
      expect(await voice.acknowledge(batchOf(0, 2, 'renew'))).toBe(code.INVALID_RECORD_STATE)
      expect(await voice.acknowledge(batchOf(0, 2, 'accept'))).toBe(code.NONE)
      voice.close()
    }
  },
  {
    name: 'a session is opened without acknowledgements, and continued by its next epoch only',
    run: async (broker) => {
      const voice = await ShareVoice.of(broker, 1)
      expect((await voice.fetch([batchOf(0, 0, 'accept')])).code).toBe(code.INVALID_REQUEST)
      expect((await voice.acknowledgement([batchOf(0, 0, 'accept')], 3)).code).toBe(code.SHARE_SESSION_NOT_FOUND)
      await voice.acquire()
      const { epoch } = voice
      expect((await voice.acknowledgement([batchOf(0, 0, 'accept')], epoch + 1)).code).toBe(
        code.INVALID_SHARE_SESSION_EPOCH
      )
      expect((await voice.acknowledgement([batchOf(0, 0, 'accept')], epoch - 1)).code).toBe(
        code.INVALID_SHARE_SESSION_EPOCH
      )
      expect((await voice.acknowledgement([batchOf(0, 0, 'accept')])).code).toBe(code.NONE)
      voice.close()
    }
  },
  {
    name: 'a session that is closed gives back what its member has locked',
    run: async (broker) => {
      const voice = await ShareVoice.of(broker, 2)
      await voice.acquire()
      expect((await voice.acknowledgement([batchOf(0, 0, 'accept')], -1)).code).toBe(code.NONE)
      voice.epoch = 0
      // The delivery counts, but for Kafka 4.1.
      expect(await voice.acquire()).toEqual([expect.objectContaining({ firstOffset: 1n, lastOffset: 1n })])
      voice.close()
    }
  },
  {
    name: 'a session that is opened in place of another keeps the locks of that one',
    run: async (broker) => {
      const voice = await ShareVoice.of(broker, 2)
      await voice.acquire()
      voice.epoch = 0
      expect((await voice.fetch()).partitions.flatMap(({ acquired }) => acquired)).toEqual([])
      expect(await voice.acknowledge(batchOf(0, 1, 'accept'))).toBe(code.NONE)
      voice.close()
    }
  }
]
