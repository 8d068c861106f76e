import { describe, expect, it } from 'vitest'
import type { Leaders } from '../../../../src/core/fetching/fetch-effects.js'
import { nodeOf, PartitionFetchStates } from '../../../../src/core/fetching/partition-fetch-states.js'

const place = (partition: number) => ({ topic: 't', partition })

/** The leaders of partitions by their number; a change counts from `locateAll` on. */
const trial = (...nodes: (number | null)[]) => {
  const leaders: Leaders = {
    leaderOf: ({ partition }) => nodes[partition] ?? null,
    leaderEpochOf: () => 1,
    idOf: () => 'id',
    whyNoLeader: ({ topic }) => ({ _tag: 'UnknownTopicFault', topic }),
    learnLeader: () => false,
    isNamed: () => true
  }
  return { nodes, states: new PartitionFetchStates(leaders) }
}

describe('PartitionFetchStates', () => {
  it('has one state for each partition, with its leader', () => {
    const { states } = trial(1, 2)

    expect(states.known(place(1))).toBeUndefined()
    const state = states.of(place(1))
    expect([states.of(place(1)) === state, state.leader]).toEqual([true, { topicId: 'id', node: 2, epoch: 1 }])
  })

  it('locates all of them again when leaders may have changed', () => {
    const { nodes, states } = trial(1)
    const state = states.of(place(0))
    nodes[0] = 3
    expect(state.leader.node).toBe(1)
    states.locateAll()

    expect(state.leader.node).toBe(3)
  })

  it('knows which have demand', () => {
    const { states } = trial(1, 1)
    const [first, second] = [states.of(place(0)), states.of(place(1))]
    states.demand(first, 100)
    states.demand(second, 100)
    states.demand(first, 0)

    expect([...states.withDemand]).toEqual([second])
    states.forget(place(1))
    expect([states.withDemand.size, states.known(place(1))]).toEqual([0, undefined])
    expect(states.forget(place(1))).toBeUndefined()
  })

  it('counts what is read from a broker, leader or follower', () => {
    const { states } = trial(1, 1, 2)
    for (const partition of [0, 1, 2]) states.of(place(partition)).beginAt(1, 0n, -1)
    states.of(place(1)).readFrom({ node: 2, until: 100 })
    states.of(place(2)).awaitPosition()

    expect([states.countOn(1, 50), states.countOn(2, 50)]).toEqual([1, 1])
    // A follower is read from until the metadata is old.
    expect([states.countOn(1, 100), states.countOn(2, 100)]).toEqual([2, 0])
  })

  it('reads from the leaders again what was read from a follower that cannot be reached', () => {
    const { states } = trial(1, 1)
    const [first, second] = [states.of(place(0)), states.of(place(1))]
    first.readFrom({ node: 2, until: 100 })
    second.readFrom({ node: 3, until: 100 })
    states.leaveFollower(2)

    expect([nodeOf(first, 0), nodeOf(second, 0)]).toEqual([1, 3])
  })
})
