import { describe, expect, it } from 'vitest'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

describe('what is configured for a group', () => {
  it('is what its members by the consumer protocol are asked for, from the next heartbeat on', () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('orders', 1)
    const nothing = { groupInstanceId: null, rack: null, pattern: null, assignor: null }
    const join = {
      groupId: 'g',
      memberId: 'm',
      memberEpoch: 0,
      rebalanceTimeoutMs: 1_000,
      topics: ['orders'],
      owned: []
    }
    expect(model.consumers('g').consumerHeartbeat({ ...nothing, ...join }).heartbeatIntervalMs).toBe(5_000)
    model.configureGroup('g', { 'consumer.heartbeat.interval.ms': '700', 'consumer.session.timeout.ms': '2000' })
    const stay = { ...join, memberEpoch: 1, rebalanceTimeoutMs: null, topics: null, owned: null }
    expect(model.consumers('g').consumerHeartbeat({ ...nothing, ...stay })).toMatchObject({
      code: 0,
      heartbeatIntervalMs: 700
    })
    clock.advance(1_999)
    expect(model.describeGroup('g').members.length).toBe(1)
    clock.advance(1)
    expect(model.describeGroup('g').members.length).toBe(0)
  })
})
