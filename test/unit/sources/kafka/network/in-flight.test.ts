import { describe, expect, it } from 'vitest'
import { InFlight } from '../../../../../src/sources/kafka/network/in-flight.js'

const sent = (correlationId: number, deadline: number, heldMs = 0) => ({ correlationId, sentAt: 0, heldMs, deadline })

const withRequests = (...requests: readonly ReturnType<typeof sent>[]): InFlight<ReturnType<typeof sent>> => {
  const inFlight = new InFlight<ReturnType<typeof sent>>()
  for (const request of requests) inFlight.add(request)
  return inFlight
}

describe('InFlight', () => {
  it('matches answers in the order of the requests', () => {
    const inFlight = withRequests(sent(1, 10), sent(2, 10))
    expect(inFlight.answered(2)).toBe(null)
    expect(inFlight.answered(1)?.correlationId).toBe(1)
    expect(inFlight.answered(2)?.correlationId).toBe(2)
    expect([inFlight.answered(3), inFlight.size]).toEqual([null, 0])
  })

  it('has the earliest deadline, and the first request that is overdue', () => {
    const inFlight = withRequests(sent(1, 30), sent(2, 20))
    expect([inFlight.nextDeadline, inFlight.overdue(19)]).toEqual([20, null])
    expect(inFlight.overdue(20)?.correlationId).toBe(2)
    expect(withRequests().nextDeadline).toBe(Infinity)
  })

  it('hurries: a request gets this long from now, or from the end of the time for which it may be held', () => {
    const inFlight = withRequests(sent(1, 30_000), sent(2, 30_000, 5_000), sent(3, 500))
    inFlight.hurry(1_000, 3_000)
    expect(inFlight.drain().map(({ deadline }) => deadline)).toEqual([4_000, 8_000, 500])
    expect(inFlight.size).toBe(0)
  })

  it('runs what waits for idleness once the last answer is processed, not when it is matched', () => {
    const inFlight = withRequests(sent(1, 10))
    let runs = 0
    inFlight.whenIdle(() => runs++)
    inFlight.answered(1)
    expect(runs).toBe(0)
    inFlight.processed()
    inFlight.processed()
    expect(runs).toBe(1)
    inFlight.whenIdle(() => runs++)
    expect(runs).toBe(2)
  })
})
