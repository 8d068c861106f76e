import { isLeft, right } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { subscribe } from '../../../../src/config/subscribe.js'
import type { TopicPartition } from '../../../../src/model/topic-partition.js'
import type { KafkaCalls } from '../../../../src/ports/kafka-calls.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

/** What the brokers say: the rack of each node, and the nodes of each partition. */
interface Placement {
  racks: readonly (string | null)[]
  replicas: readonly (readonly number[])[]
}

/** A group whose members are told where replicas are, and how often it has assigned. */
class RackedGroup {
  readonly clock = new VirtualClock()
  readonly placement: Placement
  private readonly model = new BrokerModel(this.clock)
  private readonly calls: KafkaCalls
  private readonly held = new Map<string, readonly TopicPartition[]>()
  assigned = 0

  constructor(placement: Placement) {
    this.placement = placement
    this.model.createTopic('t', placement.replicas.length)
    const calls = memoryCalls(this.model)
    this.calls = {
      ...calls,
      metadata: (topics) =>
        calls.metadata(topics).pipe(
          map((answer) => {
            if (isLeft(answer)) return answer
            const brokers = this.placement.racks.map((rack, nodeId) => ({ nodeId, host: '', port: 0, rack }))
            const described = answer.right.topics.map((topic) => ({
              ...topic,
              // In no order, as brokers answer.
              partitions: topic.partitions
                .map((one) => ({ ...one, replicas: this.placement.replicas[one.partition] ?? [] }))
                .reverse()
            }))
            return right({ brokers, topics: described })
          })
        )
    }
  }

  join(name: string, rack: string, topics: string | RegExp = 't'): void {
    const session = sessionOn(
      this.calls,
      this.clock,
      {
        'group.id': 'g',
        'client.rack': rack,
        'metadata.max.age.ms': 10_000,
        'partition.assignment.strategy': ['range'],
        subscription: subscribe(topics)
      },
      {
        assigned: (_generation, gained) => {
          this.assigned++
          this.held.set(name, gained)
        },
        revoking: (partitions) => {
          this.held.delete(name)
          this.clock.turn(() => {
            session.release(partitions)
          })
        }
      }
    )
    this.clock.advance(5_000)
  }

  holds(name: string): readonly number[] {
    return (this.held.get(name) ?? []).map(({ partition }) => partition)
  }
}

const evenAndOdd = [[0], [1], [0], [1]]

describe('a leader', () => {
  it('assigns partitions to members in the rack of a replica, by the metadata', () => {
    const group = new RackedGroup({ racks: ['east', 'west'], replicas: evenAndOdd })
    group.join('a', 'west')
    group.join('b', 'east')
    expect(group.holds('a')).toEqual([1, 3])
    expect(group.holds('b')).toEqual([0, 2])
  })

  it('assigns ranges if brokers have no racks, or the replicas’ brokers are unknown', () => {
    for (const racks of [[null, null], []]) {
      const group = new RackedGroup({ racks, replicas: evenAndOdd })
      group.join('a', 'west')
      group.join('b', 'east')
      expect([...group.holds('a'), ...group.holds('b')].sort()).toEqual([0, 1, 2, 3])
      expect([
        [0, 1],
        [2, 3]
      ]).toContainEqual(group.holds('a'))
    }
  })

  it('makes the group assign anew when replicas move to other racks', () => {
    const group = new RackedGroup({ racks: ['east', 'west'], replicas: evenAndOdd })
    group.join('a', 'west')
    group.join('b', 'east')
    group.placement.replicas = [[1], [1], [0], [0]]
    group.clock.advance(20_000)
    expect(group.holds('a')).toEqual([0, 1])
    expect(group.holds('b')).toEqual([2, 3])
  })

  it('makes the group assign anew when brokers move to other racks', () => {
    const group = new RackedGroup({ racks: ['east', 'west'], replicas: evenAndOdd })
    group.join('a', 'west')
    group.join('b', 'east')
    group.placement.racks = ['west', 'east']
    group.clock.advance(20_000)
    expect(group.holds('a')).toEqual([0, 2])
    expect(group.holds('b')).toEqual([1, 3])
  })

  it('does not when replicas move within their racks', () => {
    const group = new RackedGroup({ racks: ['east', 'west', 'east'], replicas: evenAndOdd })
    group.join('a', 'west')
    group.join('b', 'east')
    const before = group.assigned
    group.placement.replicas = [[2], [1], [0, 2], [1]]
    group.clock.advance(60_000)
    expect(group.assigned).toBe(before)
  })

  it('without a rack does not watch them, as in Java', () => {
    const group = new RackedGroup({ racks: ['east', 'west'], replicas: evenAndOdd })
    group.join('a', '')
    group.join('b', 'east')
    const before = group.assigned
    group.placement.replicas = [[1], [1], [0], [0]]
    group.clock.advance(60_000)
    expect(group.assigned).toBe(before)
  })

  it('is the only member that watches them, though others watch the topics of their patterns', () => {
    const group = new RackedGroup({ racks: ['east', 'west'], replicas: evenAndOdd })
    group.join('a', '')
    group.join('b', 'east', /^t$/)
    const before = group.assigned
    group.placement.replicas = [[1], [1], [0], [0]]
    group.clock.advance(60_000)
    expect(group.assigned).toBe(before)
  })
})
