import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { decodeClusterConfig } from '../../../src/config/cluster-config.js'
import { decodeConsumerConfig } from '../../../src/config/consumer-config.js'
import { decodeProducerConfig } from '../../../src/config/producer-config.js'
import { decodeShareConsumerConfig } from '../../../src/config/share-consumer-config.js'
import { decodeTransactionalConfig } from '../../../src/config/transactional-config.js'
import { assign, type ConfigFault, describeFault, type StartPosition, subscribe } from '../../../src/index.js'

const problemsOf = (decoded: Either<ConfigFault, unknown>): readonly string[] =>
  isLeft(decoded) ? decoded.left.problems.map(({ property }) => property) : []
const describeWait = (decoded: Either<ConfigFault, unknown>): string =>
  isLeft(decoded) ? describeFault(decoded.left) : ''
const holed = <A>(...parts: readonly A[]): readonly A[] => {
  const list = [...parts]
  list.length++
  return list
}

const whole: Readonly<Record<string, unknown>> = {
  'group.id': 'g',
  subscription: subscribe('t'),
  'bootstrap.servers': 'a:1',
  'transactional.id': 'id'
}
const decoders: readonly (readonly [string, (input: unknown) => Either<ConfigFault, unknown>])[] = [
  ['consumer', decodeConsumerConfig],
  ['share consumer', decodeShareConsumerConfig],
  ['producer', decodeProducerConfig],
  ['transactional producer', decodeTransactionalConfig],
  ['cluster', decodeClusterConfig]
]

describe('a configuration', () => {
  it.each(decoders)(
    'that is not an object of properties is refused, and not treated as an empty one: %s',
    (_who, decode) => {
      for (const given of [new Map(Object.entries(whole)), Promise.resolve(whole), new Set([whole]), new Date(0)])
        expect(problemsOf(decode(given))).toEqual(['properties'])
      expect(describeWait(decode(Promise.resolve(whole)))).toContain('properties is [object Promise]')
    }
  )

  it.each(decoders)('that throws when it is read is refused with the reason: %s', (_who, decode) => {
    const getter = Object.defineProperty({ ...whole }, 'request.timeout.ms', {
      enumerable: true,
      get: () => {
        throw new Error('no such secret')
      }
    })
    const proxy = new Proxy(
      {},
      {
        ownKeys: () => {
          throw new Error('no such secret')
        }
      }
    )
    expect(describeWait(decode(proxy))).toContain('properties is an object that cannot be read: no such secret')
    expect(describeWait(decode(getter))).toContain('properties is an object that cannot be read: no such secret')
  })

  it('refuses lists with holes', () => {
    const consumer = (more: object): readonly string[] =>
      problemsOf(decodeConsumerConfig({ 'group.id': 'g', subscription: subscribe('t'), ...more }))
    expect(consumer({ 'partition.assignment.strategy': holed('range') })).toEqual(['partition.assignment.strategy'])
    const first: StartPosition = { topic: 't', partition: 0, from: 'end' }
    expect(consumer({ subscription: assign(holed(first)) })).toEqual(['subscription[1]'])
    const cluster = (more: object): readonly string[] =>
      problemsOf(decodeClusterConfig({ 'bootstrap.servers': 'a:1', ...more }))
    expect(cluster({ 'allowed.broker.hosts': holed('b') })).toEqual(['allowed.broker.hosts'])
    expect(cluster({ 'bootstrap.servers': holed('b:1') })).toEqual(['bootstrap.servers'])
  })

  it('is not affected by later changes of its lists', () => {
    const partitions: { topic: string; partition: number; from: 'end' }[] = [{ topic: 't', partition: 0, from: 'end' }]
    const strategies: ('range' | 'sticky')[] = ['range']
    const decoded = decodeConsumerConfig({
      subscription: assign(partitions),
      'partition.assignment.strategy': strategies
    })
    partitions.push({ topic: 't', partition: -1, from: 'end' })
    for (const one of partitions) one.partition = -2
    strategies.push('sticky')
    expect(decoded).toMatchObject({
      right: { subscription: { partitions: [{ topic: 't', partition: 0 }] }, assignors: ['range'] }
    })
  })

  it.each([2 ** 31, -1, 1.5, Number.NaN])('assigns no partition %d', (partition) => {
    const subscription = assign([{ topic: 't', partition, from: 'end' }])
    expect(problemsOf(decodeConsumerConfig({ subscription }))).toEqual(['subscription[0].partition'])
  })

  it('refuses an empty server name for the certificate: none would be checked', () => {
    const config = { 'bootstrap.servers': 'a:1', 'security.protocol': 'SSL', 'ssl.server.name': '' }
    expect(problemsOf(decodeClusterConfig(config))).toEqual(['ssl.server.name'])
  })

  it('of transactions refuses switched-off idempotence', () => {
    const decode = (idempotence: unknown): readonly string[] =>
      problemsOf(decodeTransactionalConfig({ 'transactional.id': 'id', 'enable.idempotence': idempotence }))
    expect([true, null, undefined, false, 'no'].map(decode)).toEqual([
      [],
      [],
      [],
      ['enable.idempotence'],
      ['enable.idempotence']
    ])
  })
})
