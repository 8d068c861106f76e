import * as t from 'io-ts'
import type { Assignor } from '../model/assignor.js'
import type { ConfigProblem } from '../model/fault.js'
import { listOf, oneOf } from './property.js'

/** Kafka's own assignors by name, and kafkajs's. */
export type AssignmentStrategy = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky' | 'RoundRobinAssigner'

const named = oneOf('range', 'roundrobin', 'sticky', 'cooperative-sticky', 'RoundRobinAssigner')

const isAssignor = (value: unknown): value is Assignor =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  value.name.trim() !== '' &&
  'protocol' in value &&
  (value.protocol === 'eager' || value.protocol === 'cooperative') &&
  'assign' in value &&
  typeof value.assign === 'function' &&
  (!('userData' in value) || value.userData === undefined || typeof value.userData === 'function')

const isStrategy = (value: unknown): value is AssignmentStrategy | Assignor => named.is(value) || isAssignor(value)

const strategy = new t.Type<AssignmentStrategy | Assignor, unknown>(
  `${named.name}, or an Assignor { name, protocol: "eager" or "cooperative", assign, userData? }`,
  isStrategy,
  (value, context) => (isStrategy(value) ? t.success(value) : t.failure(value, context)),
  t.identity
)

export const strategies = listOf(strategy)

/** Members agree on a strategy by its name, so names have to be unique. */
export const checkStrategies = (offered: readonly (AssignmentStrategy | Assignor)[]): readonly ConfigProblem[] => {
  const property = 'partition.assignment.strategy'
  const seen = new Set<string>()
  return offered.flatMap((one) => {
    const name = typeof one === 'string' ? one : one.name
    const problems: ConfigProblem[] = []
    if (seen.has(name)) problems.push({ property, given: JSON.stringify(name), allowed: 'each name once' })
    else if (typeof one !== 'string' && named.is(name))
      problems.push({
        property,
        given: JSON.stringify(name),
        allowed: 'a name of its own, not that of Kafka’s assignor'
      })
    seen.add(name)
    return problems
  })
}
