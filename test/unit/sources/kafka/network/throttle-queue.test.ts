import { describe, expect, it } from 'vitest'
import { ThrottleQueue } from '../../../../../src/sources/kafka/network/throttle-queue.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

interface Held {
  readonly clock: VirtualClock
  readonly held: ThrottleQueue<string>
  /** what went, and when */
  readonly gone: readonly (readonly [number, string])[]
}

const heldBack = (): Held => {
  const clock = new VirtualClock()
  const gone: (readonly [number, string])[] = []
  const held: ThrottleQueue<string> = new ThrottleQueue(clock, (item) => {
    gone.push([clock.now(), item])
    // As a broker that asks for quiet with each answer.
    if (item.startsWith('again')) held.throttle(2 ** 31 - 1)
  })
  return { clock, held, gone }
}

describe('what a throttle time holds back', () => {
  it('goes when it is over, in the order in which it came', () => {
    const { clock, held, gone } = heldBack()
    expect(held.throttle(700)).toBe(700)
    for (const item of ['a', 'b', 'c']) held.offer(item)
    clock.advance(699)
    expect(gone).toEqual([])
    clock.advance(1)
    expect(gone).toEqual([
      [700, 'a'],
      [700, 'b'],
      [700, 'c']
    ])
    expect(clock.pending).toBe(0)
  })

  it('waits for the longest of several, and for a minute at most', () => {
    const { clock, held, gone } = heldBack()
    expect([held.throttle(500), held.throttle(100), held.throttle(2 ** 31 - 1)]).toEqual([500, 500, 60_000])
    held.offer('a')
    clock.advance(59_999)
    expect(gone).toEqual([])
    clock.advance(1)
    expect(gone).toEqual([[60_000, 'a']])
  })

  it('goes earlier where it may not wait as long, past what may; the others keep their order', () => {
    const { clock, held, gone } = heldBack()
    held.throttle(10_000)
    held.offer('first')
    held.offer('heartbeat', 2_500)
    held.offer('second')
    clock.advance(2_499)
    expect(gone).toEqual([])
    clock.advance(10_000)
    expect(gone).toEqual([
      [2_500, 'heartbeat'],
      [10_000, 'first'],
      [10_000, 'second']
    ])
  })

  it('goes after its own time, though answers to others ask for quiet again and again', () => {
    const { clock, held, gone } = heldBack()
    held.throttle(2 ** 31 - 1)
    held.offer('commit')
    for (let beat = 0; beat < 30; beat++) {
      held.offer(`again ${String(beat)}`, 2_500)
      clock.advance(2_500)
    }
    expect(gone.find(([, item]) => item === 'commit')).toEqual([60_000, 'commit'])
    expect(gone.filter(([, item]) => item !== 'commit')).toHaveLength(30)
  })

  it('waits for a new authentication whatever its time', () => {
    const { clock, held, gone } = heldBack()
    held.hold()
    held.offer('heartbeat', 0)
    held.throttle(100)
    clock.advance(100_000)
    expect(gone).toEqual([])
    held.release()
    expect(gone).toEqual([[100_000, 'heartbeat']])
  })

  it('is given back when the connection ends, and nothing is on the clock', () => {
    const { clock, held } = heldBack()
    held.throttle(1_000)
    held.offer('a')
    held.offer('b', 10)
    expect(held.close()).toEqual(['a', 'b'])
    expect([held.size, clock.pending]).toEqual([0, 0])
  })
})
