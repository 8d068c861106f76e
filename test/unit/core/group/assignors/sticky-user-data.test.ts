import { describe, expect, it } from 'vitest'
import { cooperativeSticky } from '../../../../../src/core/group/assignors/cooperative-sticky.js'
import { sticky } from '../../../../../src/core/group/assignors/sticky.js'
import {
  decodeGeneration,
  decodeStickyUserData,
  encodeGeneration,
  encodeStickyUserData
} from '../../../../../src/core/group/assignors/sticky-user-data.js'
import { partitionKey, type TopicPartition } from '../../../../../src/model/topic-partition.js'
import { javaUserData } from '../../../../support/java-assignments.js'

const unhex = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16))
const keys = (places: readonly TopicPartition[]): readonly string[] =>
  places.map(({ topic, partition }) => partitionKey(topic, partition)).sort()

describe('user data of the sticky assignors', () => {
  it('is read as Java writes it', () => {
    for (const java of javaUserData()) {
      const { owned, generation } = decodeStickyUserData(java.sticky === null ? null : unhex(java.sticky))
      expect(keys(owned)).toEqual(keys(java.owned))
      expect(generation).toBe(java.generation)
      expect(decodeGeneration(unhex(java.cooperative))).toBe(java.generation)
    }
  })

  it('is written as Java writes it, except for the order of topics', () => {
    for (const java of javaUserData()) {
      const bytes = sticky.userData?.(java.owned, java.generation) ?? null
      expect(bytes?.length).toBe(java.sticky === null ? undefined : java.sticky.length / 2)
      expect(keys(decodeStickyUserData(bytes).owned)).toEqual(keys(java.owned))
      expect(cooperativeSticky.userData?.(java.owned, java.generation)).toEqual(unhex(java.cooperative))
      if (new Set(java.owned.map(({ topic }) => topic)).size === 1 && java.owned.length === 1)
        expect(bytes).toEqual(unhex(java.sticky ?? ''))
    }
  })

  it('has no generation in version 0', () => {
    const bytes = encodeStickyUserData({ owned: [{ topic: 't', partition: 1 }], generation: 7 })
    expect(decodeStickyUserData(bytes.slice(0, -4))).toEqual({ owned: [{ topic: 't', partition: 1 }], generation: -1 })
  })

  it('is empty if it cannot be read', () => {
    const bytes = encodeStickyUserData({ owned: [{ topic: 't', partition: 1 }], generation: 7 })
    const nothing = { owned: [], generation: -1 }
    expect(decodeStickyUserData(null)).toEqual(nothing)
    for (let length = 0; length < bytes.length - 4; length++)
      expect(decodeStickyUserData(bytes.slice(0, length))).toEqual(nothing)
    expect(decodeGeneration(null)).toBe(-1)
    expect(decodeGeneration(encodeGeneration(7).slice(1))).toBe(-1)
  })

  it('ignores further bytes', () => {
    expect(decodeGeneration(Uint8Array.of(0, 0, 0, 7, 9))).toBe(7)
  })
})
