import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription
} from '../../src/core/group/member-subscription.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'

// Topic names are ASCII; user data, racks and whatever else a member sends need not be.
const topicName = fc.stringMatching(/^[a-zA-Z0-9._-]{1,20}$/)
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const partitions = fc.uniqueArray(fc.record({ topic: topicName, partition: fc.nat(2 ** 31 - 1) }), {
  selector: ({ topic, partition }) => `${topic}/${String(partition)}`,
  maxLength: 20
})
const userData = fc.option(fc.uint8Array({ maxLength: 600 }))
const subscription = fc.record({
  topics: fc.array(topicName),
  userData,
  owned: partitions,
  generation: int32,
  rack: fc.option(fc.string({ unit: 'grapheme' }))
})

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
const inOrder = (some: readonly TopicPartition[]): readonly TopicPartition[] =>
  [...some].sort((a, b) => compare(a.topic, b.topic) || a.partition - b.partition)

describe('encodeSubscription', () => {
  it('is read back as it was, in order', () => {
    fc.assert(
      fc.property(subscription, (given) => {
        expect(decodeSubscription(encodeSubscription(given))).toEqual({
          ...given,
          topics: [...given.topics].sort(),
          owned: inOrder(given.owned)
        })
      })
    )
  })
})

describe('encodeAssignment', () => {
  it('is read back as it was, in order', () => {
    fc.assert(
      fc.property(partitions, userData, (given, data) => {
        expect(decodeAssignment(encodeAssignment(given, data))).toEqual(inOrder(given))
      })
    )
  })
})

describe('decodeSubscription', () => {
  it('is null wherever the bytes are cut off, but for where version 0 ends', () => {
    fc.assert(
      fc.property(subscription, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (given, part) => {
        const whole = encodeSubscription(given)
        const names = given.topics.reduce((sum, topic) => sum + 2 + topic.length, 0)
        const endOfVersion0 = 2 + 4 + names + 4 + (given.userData?.length ?? 0)
        const cut = Math.floor(part * whole.length)
        const read = decodeSubscription(whole.subarray(0, cut))
        if (cut === endOfVersion0) expect(read).toMatchObject({ userData: given.userData, owned: [], generation: -1 })
        else expect(read).toBeNull()
      })
    )
  })

  it('takes any bytes without throwing, and soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.nat(4), (bytes, version) => {
        const read = decodeSubscription(Uint8Array.from([0, version, ...bytes]))
        // What is read cannot be more than there are bytes for.
        expect(read?.topics.length ?? 0).toBeLessThanOrEqual(bytes.length / 2)
        expect(read?.owned.length ?? 0).toBeLessThanOrEqual(bytes.length / 4)
      }),
      { numRuns: 1_000 }
    )
  })
})

describe('decodeAssignment', () => {
  it('takes any bytes without throwing, and soon', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(decodeAssignment(bytes)?.length ?? 0).toBeLessThanOrEqual(bytes.length / 4)
      }),
      { numRuns: 1_000 }
    )
  })
})
