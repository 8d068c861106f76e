import { describe, expect, it, vi } from 'vitest'
import type { Cluster } from '../../../src/index.js'
import { withOverrides } from '../../simulation/patch.js'
import { retrying } from '../../support/retrying.js'

const orders = { topic: 'orders', partition: 0 }

describe('retryLater after a seek', () => {
  it('handles again what was done, and leaves to its copy what waits and is not due', () => {
    const { made, seen, waiting, join } = retrying(['a1', 'b1', 'a2'], { a1: 1 }, { isStarted: false })
    const member = join()
    made.clock.advance(6_000)
    member.seek(orders, 'beginning')
    made.clock.advance(3_000)
    expect([seen.toSorted(), waiting('10s')]).toEqual([
      ['a1!', 'b1', 'b1'],
      ['a1', 'a2']
    ])
    made.clock.advance(20_000)
    expect(seen.slice(3)).toEqual(['a1', 'a2'])
  })

  it('handles a record again whose copy was done shortly before, and is not committed yet', () => {
    const { made, seen, join } = retrying(['a1'], { a1: 1 }, { isStarted: false, every: 1_000 })
    const member = join()
    const push = seen.push.bind(seen)
    vi.spyOn(seen, 'push').mockImplementation((value) => {
      // As far as the group knows, the copy waits.
      if (value === 'a1' && !seen.includes('a1')) member.seek(orders, 'beginning')
      return push(value)
    })
    made.clock.advance(60_000)
    expect(seen).toEqual(['a1!', 'a1', 'a1'])
  })

  it('keeps the order of a key whose earlier record is done and whose later one waits', () => {
    const { made, seen, failures, join } = retrying(['a1', 'a2'], { a1: 1, a2: 1 }, { isStarted: false })
    const member = join()
    made.clock.advance(6_000)
    while (seen.length < 3) made.clock.advance(50)
    made.clock.advance(3_000)
    // a1 is done, and a2 waits for a minute.
    expect(seen).toEqual(['a1!', 'a1', 'a2!'])
    member.seek(orders, 'beginning')
    made.clock.advance(200_000)
    expect(failures.get('a2')).toBeLessThan(0)
    const order = seen.slice(3)
    // The last thing that was done to the key is what was written last.
    expect(order.at(-1)).toBe('a2')
    expect(order.lastIndexOf('a1')).toBeLessThan(order.lastIndexOf('a2'))
    expect(order.filter((one) => one === 'a1')).toHaveLength(1)
  })

  it('waits for a copy that was on its way at the time of the seek', () => {
    const through = (cluster: Cluster): Cluster => ({
      ...cluster,
      openProducer: (settings) => {
        const session = cluster.openProducer(settings)
        const send: typeof session.send = (...given) => {
          cluster.clock.schedule(100, () => {
            session.send(...given)
          })
        }
        return withOverrides(session, { send })
      }
    })
    const { made, seen, waiting, join } = retrying(['a1', 'a2'], { a1: 1 }, { isStarted: false, through })
    const member = join()
    while (seen.length < 1) made.clock.advance(1)
    member.seek(orders, 'beginning')
    made.clock.advance(5_000)
    expect([seen, waiting('10s')]).toEqual([['a1!'], ['a1', 'a2']])
    made.clock.advance(20_000)
    expect(seen.slice(1)).toEqual(['a1', 'a2'])
  })
})
