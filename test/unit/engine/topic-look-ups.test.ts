import { describe, expect, it } from 'vitest'
import { brokerFault, errorCode } from '../../../src/core/protocol/error-code.js'
import { TopicLookUps } from '../../../src/engine/topic-look-ups.js'
import type { ConsumerEvent } from '../../../src/model/consumer-event.js'
import { VirtualClock } from '../../support/virtual-clock.js'

const missing = brokerFault('Metadata', errorCode.UNKNOWN_TOPIC_ID, 'Ctn4qNxpSQ2')
const reason = 'the metadata does not have all assigned partitions yet'

const made = () => {
  const clock = new VirtualClock()
  const events: ConsumerEvent[] = []
  const at: number[] = []
  const lookUps = new TopicLookUps(
    clock,
    { retryBackoffMaxMs: 1_000, metadataMaxAgeMs: 300_000 },
    (event) => events.push(event),
    () => {
      at.push(clock.now())
      lookUps.again(missing)
    }
  )
  return { clock, events, at, lookUps }
}

describe('look-ups of assigned topics', () => {
  it('are repeated at growing intervals, and reported from the second on', () => {
    const { clock, events, at, lookUps } = made()
    lookUps.again(missing)
    clock.advance(500)
    lookUps.again(missing)
    expect(events).toEqual([])
    clock.advance(7_000)
    expect(at).toEqual([1_000, 3_000, 7_000])
    expect(events).toEqual([
      { _tag: 'waiting', reason, fault: missing, inMs: 2_000 },
      { _tag: 'waiting', reason, fault: missing, inMs: 4_000 },
      { _tag: 'waiting', reason, fault: missing, inMs: 8_000 }
    ])
    lookUps.found()
    expect(events.at(-1)).toEqual({ _tag: 'recovered', from: 'waiting', what: reason, afterMs: 0 })
  })

  it('report nothing if the first finds them', () => {
    const { events, lookUps } = made()
    lookUps.again(missing)
    lookUps.found()
    lookUps.found()
    expect(events).toEqual([])
  })
})
