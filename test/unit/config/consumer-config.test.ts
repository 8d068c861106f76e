import { isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeConsumerConfig } from '../../../src/config/consumer-config.js'
import { assign, subscribe, type ConfigProblem } from '../../../src/index.js'

const right = { 'group.id': 'g', subscription: subscribe('orders') }
const problemsOf = (config: unknown): readonly ConfigProblem[] => {
  const decoded = decodeConsumerConfig(config)
  return isLeft(decoded) ? decoded.left.problems : []
}
const namesOf = (config: unknown): readonly string[] => problemsOf(config).map(({ property }) => property)

describe('decodeConsumerConfig', () => {
  it('fills every default in', () => {
    expect(decodeConsumerConfig(right)).toMatchObject({
      right: {
        groupId: 'g',
        autoOffsetReset: 'latest',
        offsetOutOfRange: 'reset',
        autoCommit: true,
        autoCommitIntervalMs: 5_000,
        heartbeatIntervalMs: null,
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 300_000,
        drainTimeoutMs: 30_000,
        maxPollRecords: 500,
        metadataMaxAgeMs: 300_000,
        fetchMinBytes: 1,
        fetchMaxWaitMs: 500,
        fetchMaxBytes: 52_428_800,
        maxPartitionFetchBytes: 1_048_576,
        isolation: 'read_uncommitted',
        assignors: ['cooperative-sticky'],
        maxInFlight: 1_000,
        maxUncommitted: 100_000
      }
    })
  })

  it('takes a duration for auto.offset.reset, as Java does', () => {
    const decoded = (reset: string): unknown => decodeConsumerConfig({ ...right, 'auto.offset.reset': reset })
    expect(decoded('by_duration:P1DT12H')).toMatchObject({
      right: { autoOffsetReset: { _tag: 'by_duration', ms: 129_600_000 } }
    })
    expect(decoded('by_duration:PT0S')).toMatchObject({ right: { autoOffsetReset: { ms: 0 } } })
    for (const wrong of [
      'by_duration',
      'by_duration:',
      'by_duration:1h',
      'by_duration:-PT1H',
      'by_duration:P1M',
      'BY_DURATION:PT1H',
      `by_duration:P${'9'.repeat(30)}D`
    ])
      expect(problemsOf({ ...right, 'auto.offset.reset': wrong })).toMatchObject([
        {
          property: 'auto.offset.reset',
          given: JSON.stringify(wrong),
          allowed: expect.stringContaining('by_duration:P1DT12H') as unknown
        }
      ])
    expect(namesOf({ ...right, 'offset.reset.max.records': -1, 'offset.reset.max.ms': '1d' })).toEqual([
      'offset.reset.max.records',
      'offset.reset.max.ms'
    ])
  })

  it('lists every problem at once', () => {
    const config = {
      subscription: subscribe('orders'),
      'group.id': '',
      'fetch.min.bytes': NaN,
      'session.timeout.ms': '5s',
      'auto.offset.reset': 'first',
      maxInflight: 5
    }
    expect([...namesOf(config)].sort()).toEqual([
      'auto.offset.reset',
      'fetch.min.bytes',
      'group.id',
      'maxInflight',
      'session.timeout.ms'
    ])
  })

  it.each([
    ['groupId', 'group.id'],
    ['group.idd', 'group.id'],
    ['sessionTimeout', 'session.timeout.ms'],
    ['readUncommitted', 'isolation.level'],
    ['metadataMaxAge', 'metadata.max.age.ms'],
    ['autoCommitInterval', 'auto.commit.interval.ms'],
    ['fetch.max.byte', 'fetch.max.bytes'],
    ['maxInflight', 'maxInFlight']
  ])('knows what was meant by %s', (given, meant) => {
    expect(problemsOf({ ...right, [given]: 'x' })).toMatchObject([{ property: given, didYouMean: meant }])
  })

  it.each(['^orders-.*', 'orders-*', 'orders,refunds'])('says how to subscribe to what %s means', (topic) => {
    expect(problemsOf({ ...right, subscription: subscribe(topic) })[0]?.allowed).toMatch(
      /each topic is an argument of its own, and a pattern a RegExp: subscribe\('orders', \/\^shop\\\.\/\)$/
    )
  })

  it('makes no suggestion if no name is similar', () => {
    expect(problemsOf({ ...right, colour: 'red' })[0]).not.toHaveProperty('didYouMean')
  })

  it.each([
    [{ 'heartbeat.interval.ms': 10_000 }, 'heartbeat.interval.ms'],
    [{ 'session.timeout.ms': 300_000 }, 'session.timeout.ms'],
    [{ 'drain.timeout.ms': 300_000 }, 'drain.timeout.ms'],
    [{ 'fetch.max.wait.ms': 30_000 }, 'fetch.max.wait.ms']
  ])('checks properties against each other: %o', (more, property) => {
    expect(namesOf({ ...right, ...more })).toEqual([property])
  })

  it('needs a group to subscribe, and none to assign', () => {
    expect(namesOf({ subscription: subscribe('orders') })).toEqual(['group.id'])
    expect(namesOf({ subscription: assign([{ topic: 'orders', partition: 0, from: 'end' }]) })).toEqual([])
  })

  it.each([
    [subscribe()],
    [subscribe('')],
    [subscribe('no spaces')],
    [subscribe('..')],
    [subscribe('x'.repeat(250))],
    [assign([])],
    [assign([{ topic: 'orders', partition: -1, from: 'end' }])],
    [assign([{ topic: 'orders', partition: 0, from: { offset: -1n } }])],
    [
      assign([
        { topic: 'orders', partition: 0, from: 'end' },
        { topic: 'orders', partition: 0, from: 'end' }
      ])
    ],
    ['orders'],
    [null]
  ])('refuses what cannot be read: %o', (subscription) => {
    expect(problemsOf({ 'group.id': 'g', subscription })).toHaveLength(1)
  })

  it.each([null, undefined, 'orders', 5, []])('refuses %o as a whole', (config) => {
    expect(problemsOf(config)).toHaveLength(1)
  })

  it('forgets the state of a pattern', () => {
    const decoded = decodeConsumerConfig({ ...right, subscription: subscribe(/^orders/g) })
    const pattern =
      !isLeft(decoded) && decoded.right.subscription._tag === 'topics' ? decoded.right.subscription.patterns[0] : null
    expect([pattern?.test('orders'), pattern?.test('orders')]).toEqual([true, true])
  })

  describe('group.protocol', () => {
    const byBrokers = { ...right, 'group.protocol': 'consumer' }

    it('max.poll.interval.ms is not held against a session that the brokers set', () => {
      const short = { 'max.poll.interval.ms': 8_000, 'drain.timeout.ms': 2_000 }
      expect(problemsOf({ ...byBrokers, ...short })).toEqual([])
      expect(namesOf({ ...right, ...short })).toEqual(['session.timeout.ms'])
    })

    it('is classic unless it is chosen', () => {
      expect(decodeConsumerConfig(right)).toMatchObject({ right: { groupProtocol: 'classic', remoteAssignor: null } })
      const chosen = { ...byBrokers, 'group.remote.assignor': 'range' }
      expect(decodeConsumerConfig(chosen)).toMatchObject({ right: { groupProtocol: 'consumer', remoteAssignor: 'range' } }) // prettier-ignore
      expect(problemsOf({ ...right, 'group.protocol': 'streams' })).toMatchObject([{ property: 'group.protocol', allowed: '"classic" or "consumer"' }]) // prettier-ignore
    })

    it('refuses properties without effect under it, and says who decides instead', () => {
      const given = { 'heartbeat.interval.ms': 750, 'session.timeout.ms': 10_000, 'partition.assignment.strategy': ['range'] } // prettier-ignore
      expect(problemsOf({ ...byBrokers, ...given })).toEqual([
        { property: 'heartbeat.interval.ms', given: '750', allowed: "left out under group.protocol: 'consumer', where it is group.consumer.heartbeat.interval.ms of the brokers, consumer.heartbeat.interval.ms of the group" }, // prettier-ignore
        { property: 'session.timeout.ms', given: '10000', allowed: "left out under group.protocol: 'consumer', where it is group.consumer.session.timeout.ms of the brokers, consumer.session.timeout.ms of the group" }, // prettier-ignore
        { property: 'partition.assignment.strategy', given: '["range"]', allowed: "left out under group.protocol: 'consumer', where it is group.remote.assignor" } // prettier-ignore
      ])
      expect(problemsOf({ ...right, 'group.remote.assignor': 'uniform' })).toEqual([
        { property: 'group.remote.assignor', given: '"uniform"', allowed: "left out, or group.protocol: 'consumer'" }
      ])
    })

    it('refuses a pattern that the brokers cannot match, with the reason', () => {
      const subscription = subscribe(/^(?!internal\.)/)
      expect(problemsOf({ ...right, subscription })).toEqual([])
      expect(problemsOf({ ...byBrokers, subscription })).toEqual([
        { property: 'subscription', given: '/^(?!internal\\.)/', allowed: "no such pattern under group.protocol: 'consumer': /^(?!internal\\.)/ has a lookahead ((?!), which the brokers' RE2/J has not" } // prettier-ignore
      ])
    })
  })
})
