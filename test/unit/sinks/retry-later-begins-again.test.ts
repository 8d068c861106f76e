import { left } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type Cluster, exponential, type Fault } from '../../../src/index.js'
import { withOverrides } from '../../simulation/patch.js'
import { retrying } from '../../support/retrying.js'

const restart = { restart: exponential({ initialMs: 1_000, maxMs: 1_000, random: () => 1 }) }
const first = 'orders.retry.10s'

describe('retryLater, when a retry topic is not what it was', () => {
  it('handles a key at once whose copies went with their topic, and retries in the new one', () => {
    const { made, seen, waiting } = retrying(['a1', 'b1'], { a1: 1, a3: 1 })
    made.clock.advance(5_000)
    made.cluster.deleteTopic(first)
    made.cluster.createTopic(first, 1)
    made.clock.advance(30_000)
    made.cluster.produce('orders', { key: 'a', value: 'a2' })
    made.clock.advance(3_000)
    expect(seen).toEqual(['a1!', 'b1', 'a2'])
    for (const value of ['a3', 'a4']) made.cluster.produce('orders', { key: 'a', value })
    made.clock.advance(5_000)
    expect([seen.slice(3), waiting('10s')]).toEqual([['a3!'], ['a3', 'a4']])
    made.clock.advance(15_000)
    expect(seen.slice(4)).toEqual(['a3', 'a4'])
  })

  it('keeps a record that is delivered again after its copy went with the topic', () => {
    const { made, seen, waiting, join } = retrying(['a1'], { a1: 2 }, { isStarted: false })
    const one = join()
    made.clock.advance(6_000)
    made.cluster.deleteTopic(first)
    made.cluster.createTopic(first, 1)
    made.clock.advance(20_000)
    one.seek({ topic: 'orders', partition: 0 }, 'beginning')
    made.clock.advance(5_000)
    expect([seen, waiting('10s')]).toEqual([['a1!', 'a1!'], ['a1']])
    made.clock.advance(15_000)
    expect(seen.slice(2)).toEqual(['a1'])
  })

  it('puts copies where they belong when the topic has another number of partitions', () => {
    const { made, seen } = retrying([], { x1: 1 }, { partitions: 3 })
    made.clock.advance(5_000)
    made.cluster.deleteTopic(first)
    made.cluster.createTopic(first, 2)
    made.clock.advance(30_000)
    made.cluster.produce('orders', { key: 'x', value: 'x1', partition: 2 })
    made.cluster.produce('orders', { key: 'x', value: 'x2', partition: 2 })
    made.clock.advance(5_000)
    const at = (partition: number): number => made.cluster.records({ topic: first, partition }).length
    expect([at(0), at(1)]).toEqual([2, 0])
    made.clock.advance(20_000)
    expect(seen).toEqual(['x1!', 'x1', 'x2'])
  })

  it('reads them again after a fault that seemed final, though a pipeline of the policy lived on', () => {
    let isForbidden = true
    const through = (cluster: Cluster): Cluster => ({
      ...cluster,
      admin: () => {
        const admin = cluster.admin()
        const fault: Fault = { _tag: 'AuthorizationFault', resource: 'topic', names: [first] } as never
        const describeTopics: typeof admin.either.describeTopics = (...given) =>
          isForbidden ? of(left(fault)) : admin.either.describeTopics(...given)
        return withOverrides(admin, { either: withOverrides(admin.either, { describeTopics }) })
      }
    })
    // Of two partitions one has no record: its pipeline goes on, and has found nothing wrong.
    const { made, seen, events } = retrying(['a1'], { a1: 1 }, { through, partitions: 2, onError: restart })
    made.clock.advance(10_000)
    expect(seen).toEqual([])
    expect(events.some(({ _tag }) => _tag === 'pipeline restarting')).toBe(true)
    isForbidden = false
    made.clock.advance(20_000)
    expect(seen).toEqual(['a1!', 'a1'])
  })
})
