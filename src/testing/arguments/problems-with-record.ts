import { isObject } from '../../config/check-places.js'
import { type ArgumentRule, aText, optional, problemsWithOptions } from '../../model/check-arguments.js'
import type { ConfigProblem } from '../../model/fault.js'
import { aClock, fromZero, oneOf } from './rules.js'

const anything: ArgumentRule = { allowed: 'anything', holds: () => true }
const aBigint: ArgumentRule = { allowed: 'a bigint (3n, not 3)', holds: (given) => typeof given === 'bigint' }

const isWire = (given: unknown): boolean => given === null || typeof given === 'string' || ArrayBuffer.isView(given)
const headers: ArgumentRule = {
  allowed: 'a list of { name, value }',
  holds: (given) =>
    Array.isArray(given) &&
    given.every((one: unknown) => isObject(one) && typeof one['name'] === 'string' && isWire(one['value']))
}

/** `TestRecordFields`; the fields that depend on a pipeline's types may be anything. */
const fields = {
  topic: optional(aText),
  partition: optional(fromZero),
  offset: optional(aBigint),
  timestamp: optional({ allowed: 'a number of ms', holds: (given) => typeof given === 'number' }),
  timestampType: optional(oneOf('CreateTime', 'LogAppendTime')),
  key: anything,
  value: anything,
  headers: optional(headers)
} as const

const { topic, partition, offset, ...content } = fields

/** The problems with the fields of `testRecord`. */
export const problemsWithRecord = (given: unknown): readonly ConfigProblem[] =>
  problemsWithOptions('testRecord', given, fields)

/** The problems of a delivered record, whose place is determined by its partition. */
export const problemsWithDelivery = (given: unknown): readonly ConfigProblem[] =>
  problemsWithOptions('deliver', given, { offset, ...content })

const assignmentOptions = { topic, clock: optional(aClock), groupId: optional(aText) }

export const problemsWithPartition = (given: unknown): readonly ConfigProblem[] =>
  problemsWithOptions('testPartition', given, { ...assignmentOptions, partition, offset })

export const problemsWithAssignment = (given: unknown): readonly ConfigProblem[] =>
  problemsWithOptions('testAssignment', given, { ...assignmentOptions, partitions: optional(fromZero) })

export const problemsWithGain = (given: unknown): readonly ConfigProblem[] =>
  problemsWithOptions('gain', given, { partition, offset })
