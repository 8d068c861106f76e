import { describe, expect, it } from 'vitest'
import type { RecordRun } from '../../../../../src/model/record-run.js'
import type { AcquiredOrigin } from '../../../../../src/sources/consumer/share/acquired-origin.js'
import { ShareDelivery, type ShareDeliveryHost } from '../../../../../src/sources/consumer/share/share-delivery.js'
import { acquired } from '../../../../support/acquired.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

/** Delivers two records whose batch cannot be read. */
const unreadable = () => {
  const clock = new VirtualClock()
  const batch = acquired(0, 1)
  const said: string[] = []
  const host: ShareDeliveryHost = {
    groupId: 'g',
    deliver: () => undefined,
    acknowledge: (of, seq, as) => {
      if (of.acknowledge(seq, as)) said.push(`${String(seq)} ${as}`)
    },
    after: (ms, run) => {
      clock.schedule(ms, run)
    },
    report: ({ _tag }) => said.push(_tag),
    delivered: () => said.push('over')
  }
  const fault = { _tag: 'BatchTooLargeFault', offset: 0n }
  const run = { topic: 't', partition: 0, fault, advance: () => false } as unknown as RecordRun
  const delivery = new ShareDelivery(host, { batches: [batch], run }, [{ batch } as unknown as AcquiredOrigin])
  delivery.deliver(10, null)
  return { clock, delivery, said }
}

describe('ShareDelivery', () => {
  it('pauses before it releases what this member cannot read: its deliveries would be used up at once', () => {
    const { clock, delivery, said } = unreadable()
    expect([said, delivery.hasWork]).toEqual([['unreadable'], false])
    clock.advance(999)
    expect(said).toEqual(['unreadable'])
    clock.advance(1)
    expect(said).toEqual(['unreadable', '0 release', '1 release', 'over'])
  })

  it('releases it at once when the member stops', () => {
    const { clock, delivery, said } = unreadable()
    delivery.stop()
    clock.advance(2_000)
    expect(said).toEqual(['unreadable', '0 release', '1 release', 'over'])
  })
})
