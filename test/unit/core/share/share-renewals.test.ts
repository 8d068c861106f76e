import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { AcquiredBatch } from '../../../../src/core/share/acquired-batch.js'
import type { ShareEffect } from '../../../../src/core/share/share-fetching-messages.js'
import { ShareNode } from '../../../../src/core/share/share-node.js'
import { ShareRenewals } from '../../../../src/core/share/share-renewals.js'

const place = { topic: 't', topicId: 'T', partition: 0 }
const lockMs = 30_000

/** Two batches of a partition, acquired at 0, whose renewal at 20,000 is answered at 20,100. */
const renewed = (given: number) => {
  const effects: ShareEffect[] = []
  const renewals = new ShareRenewals(
    {
      groupId: 'g',
      maxInFlight: 10,
      maxPollRecords: 10,
      acquireMode: 'batch_optimized',
      fetchMaxWaitMs: 500,
      fetchMinBytes: 1,
      fetchMaxBytes: 1_000,
      renewForMs: 300_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      random: () => 0.5
    },
    (effect) => {
      effects.push(effect)
    }
  )
  const node = new ShareNode(1)
  const batches = [0n, 10n].map(
    (firstOffset) =>
      new AcquiredBatch(place, 1, { firstOffset, lastOffset: firstOffset + 1n, deliveryCount: 1 }, 0, lockMs)
  )
  const answer = (code: number, those = batches): void => {
    const request = { attempt: 1, kind: 'renew', sentAt: 20_000, batches: those } as const
    renewals.answered(node, request, [{ topicId: 'T', partition: 0, code }], lockMs, 20_100)
  }
  answer(given)
  const told = (): readonly string[] => effects.flatMap((one) => (one._tag === 'event' ? [one.event._tag] : []))
  return { effects, node, batches, answer, told, renewals }
}

describe('ShareRenewals', () => {
  it('begins locks again when they were renewed, from when that was asked for', () => {
    const { batches, told } = renewed(code.NONE)
    expect(batches.map(({ deadline }) => deadline)).toEqual([50_000, 50_000])
    expect(told()).toEqual([])
  })

  it.each([code.COORDINATOR_NOT_AVAILABLE, code.NOT_LEADER_OR_FOLLOWER])(
    'asks again soon after a refusal that may pass (%s)',
    (given) => {
      const { batches, effects, told } = renewed(given)
      expect(batches.map(({ renewAt, deadline }) => [renewAt, deadline])).toEqual(Array(2).fill([20_200, 30_000]))
      expect(told()).toEqual(['locks not renewed'])
      expect(effects.map(({ _tag }) => _tag)).toContain('refresh metadata')
    }
  )

  it('renews each batch alone once they were refused together, and gives up the one that is refused then', () => {
    const { node, batches, answer, told } = renewed(code.INVALID_RECORD_STATE)
    expect([node.renewedAlone.size, told()]).toEqual([2, []])
    answer(code.INVALID_RECORD_STATE, batches.slice(0, 1))
    answer(code.NONE, batches.slice(1))
    expect(batches.map(({ renewAt, deadline }) => [renewAt, deadline])).toEqual([
      [Infinity, 30_000],
      [40_000, 50_000]
    ])
    expect([node.renewedAlone.size, told()]).toEqual([0, ['locks not renewed']])
  })

  it('says once that brokers do not renew locks', () => {
    const { renewals, told } = renewed(code.NONE)
    const fault = { _tag: 'UnsupportedVersionFault', needed: 'ShareAcknowledge 2', offered: '1' } as never
    renewals.unsupported(fault, lockMs)
    renewals.unsupported(fault, lockMs)
    expect([renewals.areSupported, told()]).toEqual([false, ['locks not renewed']])
  })
})
