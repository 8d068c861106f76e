import { describe, expect, it } from 'vitest'
import type { ProducerEvent } from '../../../../src/index.js'
import { Producing } from '../../../support/producing.js'

const telling = (properties = {}) => {
  const on = new Producing(1, properties)
  const said: ProducerEvent[] = []
  on.session.events.subscribe((event) => said.push(event))
  return { on, said, tags: () => said.map(({ _tag }) => _tag) }
}

describe('records that are not confirmed', () => {
  it('are reported: at once that their broker is unreachable, after ten seconds that they are late, and when they are confirmed', () => {
    const { on, said, tags } = telling()
    on.send()
    on.clock.advance(1_000)
    expect([on.told.at(-1), said]).toEqual([[expect.any(String)], []])
    on.cluster.failNext('Produce', 'disconnect', 1_000)
    on.send()
    on.clock.advance(9_900)
    expect(said).toMatchObject([{ _tag: 'reconnecting', fault: { _tag: 'ConnectionFault' } }])
    on.clock.advance(200)
    expect(tags().sort()).toEqual(['late', 'reconnecting', 'reconnecting'])
    on.clock.advance(20_000)
    expect(tags().filter((tag) => tag === 'late')).toHaveLength(3)
    expect(tags()).toHaveLength(6)
    on.cluster.failNext('Produce', 'disconnect', 0)
  })

  it('are also late if the broker does not answer at all, and no longer once they are confirmed', () => {
    const { on, said } = telling()
    on.send()
    on.clock.advance(1_000)
    on.cluster.failNext('Produce', 'disconnect', 20)
    on.send()
    on.clock.advance(60_000)
    expect(on.told.at(-1)).toEqual([expect.any(String)])
    const over = said.filter((event) => event._tag === 'recovered').map(({ from }) => from)
    expect(over.sort()).toEqual(['late', 'reconnecting'])
    expect(on.clock.pending).toBeLessThanOrEqual(1)
  })
})

describe('the status of a producer', () => {
  it('counts waiting records, records in flight, and the outcomes of the rest', () => {
    const { on } = telling()
    on.send()
    on.clock.advance(1_000)
    expect(on.session.status()).toMatchObject({
      queued: 0,
      inFlight: 0,
      oldestMs: null,
      bufferBytes: 0,
      confirmed: 1,
      failed: 0,
      retries: 0,
      waits: []
    })
    on.send({ topic: 'missing' })
    on.cluster.failNext('Produce', 'disconnect', 3)
    on.send()
    on.clock.advance(20)
    expect(on.session.status()).toMatchObject({
      queued: 2,
      confirmed: 1,
      waits: [{ for: 'waiting for topic', what: 'missing', forMs: 20 }, { for: 'reconnecting' }]
    })
    on.clock.advance(5_000)
    expect(on.session.status()).toMatchObject({ queued: 1, confirmed: 2, retries: 3, waits: [{ what: 'missing' }] })
    on.clock.advance(60_000)
    const last = on.session.status()
    expect(last).toMatchObject({ queued: 0, confirmed: 2, failed: 1, waits: [] })
    expect(JSON.parse(JSON.stringify(last))).toEqual(last)
  })
})
