import { type Either, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import type { ConfigFault } from '../../../src/model/fault.js'
import { clusterProperties, decodeClusterConfig } from '../../../src/config/cluster-config.js'
import { consumerProperties, decodeConsumerConfig } from '../../../src/config/consumer-config.js'
import { decodeProducerConfig, producerProperties } from '../../../src/config/producer-config.js'
import { decodeShareConsumerConfig, shareConsumerProperties } from '../../../src/config/share-consumer-config.js'
import {
  namesOfClusters,
  namesOfConsumers,
  namesOfProducers,
  namesOfShareConsumers
} from '../../../src/config/other-names.js'

type Decode = (input: unknown) => Either<ConfigFault, unknown>

const meantBy = (decode: Decode, name: string): string | undefined => {
  const result = decode({ [name]: 'x' })
  if (isRight(result)) throw new Error(`${name} was accepted`)
  return result.left.problems.find(({ property }) => property === name)?.didYouMean
}

describe('a property with the name of another client', () => {
  it.each([
    ['key.deserializer', 'deserialize({ key }) in the pipeline'],
    ['rebalance_cb', 'rebalances'],
    ['enable.auto.offset.store', 'commit() or ack() in the pipeline: only acknowledged records are committed'],
    ['fetch.wait.max.ms', 'fetch.max.wait.ms']
  ])('of a consumer: %s', (name, meant) => {
    expect(meantBy(decodeConsumerConfig, name)).toBe(meant)
  })

  it.each([
    ['value.serializer', 'a text or bytes as value, or the codecs of topics(…)'],
    ['compression', 'compression.type'],
    ['dr_msg_cb', 'what send(…) returns']
  ])('of a producer: %s', (name, meant) => {
    expect(meantBy(decodeProducerConfig, name)).toBe(meant)
  })

  it.each([
    ['brokers', 'bootstrap.servers'],
    ['allow.auto.create.topics', 'cluster.createTopics(…): no request creates a topic']
  ])('of a cluster: %s', (name, meant) => {
    expect(meantBy(decodeClusterConfig, name)).toBe(meant)
  })
})

describe('a property in the wrong place', () => {
  it('of a cluster is named as one, in a consumer, a share consumer and a producer', () => {
    for (const [decode, own] of [
      [decodeConsumerConfig, consumerProperties],
      [decodeShareConsumerConfig, shareConsumerProperties],
      [decodeProducerConfig, producerProperties]
    ] as const)
      for (const name of Object.keys(clusterProperties).filter((one) => !(one in own)))
        expect([name, meantBy(decode, name)]).toEqual([name, `${name} of kafka(…)`])
  })

  it('by the name of another client, is named as one of a cluster too', () => {
    expect(meantBy(decodeConsumerConfig, 'metadata.broker.list')).toBe('bootstrap.servers of kafka(…)')
    expect(meantBy(decodeProducerConfig, 'clientId')).toBe('client.id of kafka(…)')
  })

  it('of a consumer or a transaction is named as one', () => {
    expect(meantBy(decodeClusterConfig, 'group.id')).toBe('group.id of consumer(…)')
    expect(meantBy(decodeProducerConfig, 'transactional.id')).toBe(
      'transactional.id of transactionalProducer(…) or transactional(…)'
    )
  })
})

it.each([
  ['kafka', namesOfClusters, clusterProperties],
  ['consumer', namesOfConsumers, consumerProperties],
  ['shareConsumer', namesOfShareConsumers, shareConsumerProperties],
  ['producer', namesOfProducers, producerProperties]
])('what is meant by another name of %s is a property, or says where to look', (_of, names, own) => {
  const places =
    /\bof (kafka|consumer|producer|transactionalProducer|the group)|\(|pipeline|metrics|nothing|the brokers/
  const elsewhere =
    names === namesOfShareConsumers ? ['events', 'acknowledgements'] : ['events', 'rebalances', 'commits']
  const unclear = Object.values(names).filter(
    (meant) => !(meant in own) && !places.test(meant) && !elsewhere.includes(meant)
  )
  expect(unclear).toEqual([])
})
