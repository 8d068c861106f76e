import {
  type ArgumentRule,
  aText,
  isListOf,
  optional,
  problemsWith,
  problemsWithFields,
  problemsWithOptions
} from '../model/check-arguments.js'
import type { ConfigProblem } from '../model/fault.js'
import { anOffset, isObject, problemsWithList, problemsWithPlace, wholeNumber } from './check-places.js'

type Problems = readonly ConfigProblem[]

const oneOf = (...allowed: readonly string[]): ArgumentRule => ({
  allowed: allowed.map((one) => `'${one}'`).join(', '),
  holds: (given) => typeof given === 'string' && allowed.includes(given)
})

const aName: ArgumentRule = { allowed: 'a text', holds: (given) => typeof given === 'string' && given !== '' }

const isTexts = (given: unknown): boolean => isListOf(given, (one) => typeof one === 'string')

export const problemsWithGroup = (path: string, given: unknown): Problems => problemsWith(path, given, aName)

export const problemsWithNames = (path: string, given: unknown): Problems =>
  problemsWithList(path, given, (at, one) => problemsWith(at, one, aName))

/** The problems with `PartitionCount`s. */
export const problemsWithCounts = (path: string, given: unknown): Problems =>
  problemsWithList(path, given, (at, one) => problemsWithFields(at, one, { topic: aText, partitions: wholeNumber }))

const before: ArgumentRule = {
  allowed: `${anOffset.allowed}, or 'end'`,
  holds: (given) => given === 'end' || anOffset.holds(given)
}

/** The problems with `RecordsToDelete`. */
export const problemsWithDeletions = (path: string, given: unknown): Problems =>
  problemsWithList(path, given, (at, one) => [
    ...problemsWithPlace(at, one),
    ...(isObject(one) ? problemsWith(`${at}.before`, one['before'], before) : [])
  ])

const aLogPosition: ArgumentRule = {
  allowed: "'beginning', 'end' or { timestamp: ms from 0 }",
  holds: (given) =>
    given === 'beginning' ||
    given === 'end' ||
    (isObject(given) && Number.isSafeInteger(given['timestamp']) && Number(given['timestamp']) >= 0)
}

export const problemsWithLogPosition = (path: string, given: unknown): Problems =>
  problemsWith(path, given, aLogPosition)

/** The problems with `OffsetQuery`s. */
export const problemsWithQueries = (path: string, given: unknown): Problems =>
  problemsWithList(path, given, (at, one) => [
    ...problemsWithPlace(at, one),
    ...(isObject(one) ? problemsWith(`${at}.at`, one['at'], aLogPosition) : [])
  ])

const owner = { type: oneOf('topic', 'broker', 'group'), name: aName }
const texts: ArgumentRule = { allowed: 'a list of texts', holds: isTexts }
const textsByName: ArgumentRule = {
  allowed: 'an object of texts',
  holds: (given) => isObject(given) && !Array.isArray(given) && isTexts(Object.values(given))
}

/** The problems with `ConfigResource`s. */
export const problemsWithResources = (path: string, given: unknown): Problems =>
  problemsWithList(path, given, (at, one) => problemsWithFields(at, one, { ...owner, only: optional(texts) }))

/** The problems with `ConfigChange`s. */
export const problemsWithChanges = (path: string, given: unknown): Problems =>
  problemsWithList(path, given, (at, one) =>
    problemsWithFields(at, one, { ...owner, set: optional(textsByName), unset: optional(texts) })
  )

const acl = {
  resource: oneOf('TOPIC', 'GROUP', 'CLUSTER', 'TRANSACTIONAL_ID', 'DELEGATION_TOKEN'),
  name: aName,
  pattern: oneOf('LITERAL', 'PREFIXED'),
  principal: aName,
  host: aName,
  operation: oneOf(
    'ALL',
    'READ',
    'WRITE',
    'CREATE',
    'DELETE',
    'ALTER',
    'DESCRIBE',
    'CLUSTER_ACTION',
    'DESCRIBE_CONFIGS',
    'ALTER_CONFIGS',
    'IDEMPOTENT_WRITE'
  ),
  permission: oneOf('ALLOW', 'DENY')
}

/** The problems with `Acl`s. */
export const problemsWithAcls = (path: string, given: unknown): Problems =>
  problemsWithList(path, given, (at, one) => problemsWithFields(at, one, acl))

const filter = Object.fromEntries(
  Object.entries({ ...acl, pattern: oneOf('LITERAL', 'PREFIXED', 'MATCH') }).map(([name, rule]) => [
    name,
    optional(rule)
  ])
)

/** The problems with an `AclFilter`. */
export const problemsWithFilter = (path: string, given: unknown): Problems => problemsWithFields(path, given, filter)

/** The problems with `AdminProperties`. */
export const problemsWithAdmin = (given: unknown): Problems =>
  problemsWithOptions('admin', given, {
    'default.api.timeout.ms': optional({
      allowed: `ms from 1 to ${String(2 ** 31 - 1)}`,
      holds: (ms) => Number.isInteger(ms) && Number(ms) >= 1 && Number(ms) < 2 ** 31
    })
  })
