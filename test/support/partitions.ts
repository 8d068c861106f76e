import fc from 'fast-check'
import type { PartitionRacks } from '../../src/core/group/assignors/assignor.js'

/** So many partitions in no known rack; or of each the racks that it has replicas in, a letter a rack. */
export type TopicShape = number | readonly string[]

export const partitionsOf = (shapes: Readonly<Record<string, TopicShape>>): ReadonlyMap<string, PartitionRacks> =>
  new Map(Object.entries(shapes).map(([topic, shape]) => [topic, racksOf(shape)]))

const racksOf = (shape: TopicShape): PartitionRacks =>
  (typeof shape === 'number' ? Array.from({ length: shape }, () => '') : shape).map((racks) => new Set(racks))

/** Of each partition the racks of its replicas, for `partitionsOf`. */
export const racks = fc.array(
  fc.subarray(['x', 'y', 'z']).map((some) => some.join('')),
  { maxLength: 9 }
)

/** A member's rack: one that brokers may be in, another, or none. */
export const memberRack = fc.option(fc.constantFrom('x', 'y', 'z', 'elsewhere', ''))

export const shapesOf = (
  topics: readonly string[],
  shape: fc.Arbitrary<TopicShape>
): fc.Arbitrary<ReadonlyMap<string, PartitionRacks>> =>
  fc.record(Object.fromEntries(topics.map((topic) => [topic, shape]))).map(partitionsOf)
