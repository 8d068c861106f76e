import { describe, expect, it } from 'vitest'
import type { ConsumerError } from '../../../../src/index.js'
import { memoryCluster } from '../../../../src/testing.js'
import { groupConfigProblem } from '../../../../src/sources/memory/group-configs.js'

// As Kafka 4.3.1 answers, asked on a broker with its default limits.
describe('the configuration of a group', () => {
  it.each([
    ['unknown.name', '1', 'Unknown group config name: unknown.name'],
    ['session.timeout.ms', '1', 'Unknown group config name: session.timeout.ms'],
    [
      'share.heartbeat.interval.ms',
      '0',
      'Invalid value 0 for configuration share.heartbeat.interval.ms: Value must be at least 1'
    ],
    [
      'share.delivery.count.limit',
      '1',
      'Invalid value 1 for configuration share.delivery.count.limit: Value must be at least 2'
    ],
    [
      'share.delivery.count.limit',
      '99',
      'share.delivery.count.limit must be less than or equal to group.share.max.delivery.count.limit'
    ],
    [
      'share.partition.max.record.locks',
      '99',
      'Invalid value 99 for configuration share.partition.max.record.locks: Value must be at least 100'
    ],
    [
      'share.partition.max.record.locks',
      '4999',
      'share.partition.max.record.locks must be less than or equal to group.share.max.partition.max.record.locks'
    ],
    [
      'share.record.lock.duration.ms',
      '999',
      'Invalid value 999 for configuration share.record.lock.duration.ms: Value must be at least 1000'
    ],
    [
      'share.record.lock.duration.ms',
      '60001',
      'share.record.lock.duration.ms must be less than or equal to group.share.max.record.lock.duration.ms'
    ],
    [
      'share.record.lock.duration.ms',
      'x',
      'Invalid value x for configuration share.record.lock.duration.ms: Not a number of type INT'
    ],
    [
      'share.record.lock.duration.ms',
      '1.5',
      'Invalid value 1.5 for configuration share.record.lock.duration.ms: Not a number of type INT'
    ],
    [
      'share.record.lock.duration.ms',
      '2147483648',
      'Invalid value 2147483648 for configuration share.record.lock.duration.ms: Not a number of type INT'
    ],
    [
      'share.session.timeout.ms',
      '60001',
      'share.session.timeout.ms must be less than or equal to group.share.max.session.timeout.ms'
    ],
    [
      'consumer.session.timeout.ms',
      '-1',
      'Invalid value -1 for configuration consumer.session.timeout.ms: Value must be at least 1'
    ],
    [
      'consumer.heartbeat.interval.ms',
      '15001',
      'consumer.heartbeat.interval.ms must be less than or equal to group.consumer.max.heartbeat.interval.ms'
    ],
    [
      'consumer.assignment.interval.ms',
      '15001',
      'consumer.assignment.interval.ms must be less than or equal to group.consumer.max.assignment.interval.ms'
    ],
    [
      'streams.num.standby.replicas',
      '4',
      'streams.num.standby.replicas must be less than or equal to group.streams.max.standby.replicas'
    ],
    [
      'share.isolation.level',
      'none',
      'Invalid value none for configuration share.isolation.level: String must be one of: read_committed, read_uncommitted'
    ],
    [
      'share.renew.acknowledge.enable',
      '1',
      'Invalid value 1 for configuration share.renew.acknowledge.enable: Expected value to be either true or false'
    ],
    [
      'share.auto.offset.reset',
      'none',
      "Invalid value none for configuration share.auto.offset.reset: Invalid value `none` for configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
    ],
    [
      'share.auto.offset.reset',
      'by_duration:x',
      "Invalid value by_duration:x for configuration share.auto.offset.reset: Invalid value `by_duration:x` for configuration share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format 'by_duration:<PnDTnHnMn.nS>'."
    ]
  ])('refuses %s=%s as Kafka does', (name, value, problem) => {
    expect(groupConfigProblem({ [name]: value })).toBe(problem)
  })

  it.each([
    ['share.auto.offset.reset', 'by_duration:PT1H'],
    ['share.record.lock.duration.ms', '1000'],
    ['share.record.lock.duration.ms', ' 60000 '],
    ['share.renew.acknowledge.enable', 'TRUE'],
    ['consumer.assignment.interval.ms', '0'],
    ['streams.initial.rebalance.delay.ms', '3600001']
  ])('takes %s=%s', (name, value) => {
    expect(groupConfigProblem({ [name]: value })).toBe(null)
  })

  it('names an unknown property first, and a value that means nothing before one that exceeds a limit', () => {
    expect(groupConfigProblem({ 'share.auto.offset.reset': 'x', other: '1' })).toContain('Unknown')
    expect(groupConfigProblem({ 'share.session.timeout.ms': '70000', 'share.isolation.level': 'x' })).toContain(
      'String'
    )
  })

  it('is refused by the admin client of the embedded cluster, and nothing of it is changed', async () => {
    const admin = memoryCluster().admin()
    const group = { type: 'group', name: 'jobs' } as const
    await admin.alterConfigs([{ ...group, set: { 'share.delivery.count.limit': '3' } }])
    const refused = admin.alterConfigs([{ ...group, set: { 'share.delivery.count.limit': '4', 'share.recrod': '1' } }])
    const fault = await Promise.resolve(refused).then(
      () => null,
      (error: unknown) => (error as ConsumerError).fault
    )
    expect(fault).toEqual({
      _tag: 'BrokerFault',
      api: 'IncrementalAlterConfigs',
      code: 40,
      name: 'INVALID_CONFIG',
      message: 'Unknown group config name: share.recrod'
    })
    await admin.alterConfigs([{ ...group, unset: ['share.recrod'] }])
    const [described] = await admin.describeConfigs([group])
    expect(described?.entries.map(({ name, value }) => [name, value])).toEqual([['share.delivery.count.limit', '3']])
  })
})
