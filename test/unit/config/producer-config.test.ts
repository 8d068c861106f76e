import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import {
  decodeProducerConfig,
  type ProducerProperties,
  type ProducerSettings
} from '../../../src/config/producer-config.js'

const decoded = (properties: ProducerProperties): ProducerSettings => {
  const result = decodeProducerConfig(properties)
  if (isLeft(result)) throw new Error(result.left.problems.map(({ property }) => property).join())
  return result.right
}

const problems = (properties: object): readonly string[] => {
  const result = decodeProducerConfig(properties)
  return isRight(result) ? [] : result.left.problems.map(({ property, allowed }) => `${property}: ${allowed}`)
}

describe('decodeProducerConfig', () => {
  it('has Kafka’s defaults', () => {
    expect(decoded({})).toEqual({
      acks: 'all',
      idempotent: true,
      lingerMs: 5,
      maxBlockMs: 60_000,
      batchSize: 16_384,
      bufferMemory: 33_554_432,
      maxInFlight: 5,
      retries: 2_147_483_647,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      compression: 'none',
      requestTimeoutMs: 30_000,
      deliveryTimeoutMs: 120_000,
      maxRequestSize: 1_048_576,
      metadataMaxAgeMs: 300_000,
      metricsPush: true,
      partitioner: null
    })
  })

  it.each([{ acks: 1 }, { acks: 0 }, { retries: 0 }, { 'max.in.flight.requests.per.connection': 6 }] as const)(
    'is not idempotent with %o, which is a problem if enable.idempotence is true',
    (properties) => {
      expect(decoded(properties).idempotent).toBe(false)
      expect(problems({ ...properties, 'enable.idempotence': true })).toEqual([
        expect.stringContaining('since enable.idempotence is true')
      ])
    }
  )

  it('requires time for at least one attempt', () => {
    expect(problems({ 'delivery.timeout.ms': 30_004 })).toEqual([
      'delivery.timeout.ms: at least linger.ms and request.timeout.ms together (30005)'
    ])
    expect(problems({ 'delivery.timeout.ms': 30_005 })).toEqual([])
  })

  it('lists everything that is wrong at once', () => {
    expect(
      problems({ acks: 2, 'linger.ms': -1, 'compression.type': 'brotli', partitioner: 'random', idempotent: true })
    ).toHaveLength(5)
  })
})
