import { errorCode } from '../../core/protocol/error-code.js'
import {
  aFunction,
  type ArgumentRule,
  optional,
  problemsWith,
  problemsWithFields,
  truth
} from '../../model/check-arguments.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConfigProblem } from '../../model/fault.js'
import type { HistoryChecks } from '../play/history-checks.js'
import { isOfShares, problemsWithShareGroup, shareHistoryChecks, shareMember } from './problems-with-share-scenario.js'
import { anObject, anObservable, fromOne, fromZero, objectOf, oneOf } from './rules.js'
import { isDate } from '../observables/is-date.js'

/** The compiler ensures that this is complete: an `events` line with an unknown event would pass whatever happens. */
const events: Readonly<Record<ConsumerEvent['_tag'], true>> = {
  starved: true,
  unsettled: true,
  slow: true,
  stalled: true,
  silent: true,
  'not subscribed': true,
  'pipeline ended': true,
  'breaker opened': true,
  'breaker closed': true,
  'pipeline failed': true,
  'pipeline restarting': true,
  gap: true,
  reset: true,
  truncated: true,
  recreated: true,
  'target recreated': true,
  'end reached': true,
  skipped: true,
  released: true,
  rejected: true,
  'locks lost': true,
  'locks not renewed': true,
  'dead lettered': true,
  parked: true,
  'retried later': true,
  resumed: true,
  'slow decode': true,
  'torn line': true,
  unreadable: true,
  reconnecting: true,
  waiting: true,
  joining: true,
  recovered: true,
  'group protocol': true,
  throttled: true,
  fenced: true,
  'no partitions': true,
  stopped: true
}

const anEvent: ArgumentRule = {
  allowed: 'the name of an event',
  holds: (given) => typeof given === 'string' && Object.hasOwn(events, given)
}

const aRequestFault: ArgumentRule = {
  allowed: "Kafka's name of an error, or 'disconnect'",
  holds: (given) =>
    given === 'disconnect' || (typeof given === 'string' && given !== 'NONE' && Object.hasOwn(errorCode, given))
}

/** `HistoryChecks` */
export const historyChecks: Readonly<Record<keyof HistoryChecks, ArgumentRule>> = {
  lost: optional(truth),
  twice: optional(oneOf('allowed', 'with cause', 'never')),
  order: optional(oneOf('key', 'partition'))
}

const aWire: ArgumentRule = {
  allowed: 'bytes, a text (of JSON.stringify, for an object) or null',
  holds: (given) => given === null || typeof given === 'string' || ArrayBuffer.isView(given)
}

const aRecord: ArgumentRule = {
  allowed: 'a record, or a function that makes it',
  holds: (given) => anObject.holds(given) || aFunction.holds(given)
}

const aMember: ArgumentRule = {
  allowed: '{ pipeline, config }, or a function that makes it for each life',
  holds: (given) => anObject.holds(given) || aFunction.holds(given)
}

/** `Scenario`, without its pipeline */
export const scenarioOptions: Readonly<Record<string, ArgumentRule>> = {
  config: optional(anObject),
  members: optional(
    objectOf(aMember, '{ pipeline, config } (or { share, config }), or functions that make them, by names of members')
  ),
  records: optional(objectOf(aRecord, 'records, or functions that make them, by their letters')),
  topics: optional(objectOf(fromOne, 'how many partitions each topic has, from 1')),
  faults: optional(objectOf(aRequestFault, "names of Kafka's errors, or 'disconnect', by their letters")),
  values: optional(anObject),
  written: optional(objectOf(anObject, '{ key, headers, partition, timestamp, acks } by letters')),
  events: optional(objectOf(anEvent, 'names of events by their letters')),
  losesNothing: optional({
    allowed: 'true, false, or { lost, twice, order }',
    holds: (given) => truth.holds(given) || anObject.holds(given)
  })
}

const member: Readonly<Record<string, ArgumentRule>> = { pipeline: optional(aFunction), config: optional(anObject) }

/** The fields of an entry in `written`. */
const writtenParts: Readonly<Record<string, ArgumentRule>> = {
  key: { allowed: 'anything', holds: () => true },
  partition: optional(fromZero),
  headers: optional(anObject),
  timestamp: optional({
    allowed: 'ms since 1970, or a Date',
    holds: (given) => Number.isFinite(given) || isDate(given)
  }),
  acks: optional({ allowed: "0, 1 or 'all'", holds: (given) => given === 0 || given === 1 || given === 'all' })
}

/** The fields of an entry in `records`. */
const recordParts: Readonly<Record<string, ArgumentRule>> = {
  key: optional(aWire),
  value: optional(aWire),
  headers: optional({ allowed: 'a list of { name, value }', holds: Array.isArray }),
  timestamp: optional({ allowed: 'a number of ms', holds: (given) => typeof given === 'number' })
}

/** The problems with a record of a letter. */
export const problemsWithRecordOf = (path: string, given: unknown): readonly ConfigProblem[] =>
  problemsWithFields(path, given, recordParts)

/** Options that belong beside a scenario, not in it. */
const besides = ['columnMs', 'leakCheck', 'compares', 'budget']

/** For an option in the wrong place, says where it belongs. */
const misplaced = (path: string, problem: ConfigProblem): ConfigProblem => {
  const name = besides.find((one) => problem.property === `${path}.${one}`)
  const [call = ''] = path.split(':')
  return name === undefined
    ? problem
    : {
        property: problem.property,
        given: 'given',
        allowed: `an option beside the scenario: ${call === 'cluster' ? `marbles(body, { ${name} })` : `${call}(…, { ${name} })`}`
      }
}

/** The problems with a `Scenario` or a `ShareScenario`. */
export const problemsWithScenario = (path: string, given: unknown): readonly ConfigProblem[] => {
  const isShared = isOfShares(given)
  const own = isShared ? { share: aFunction, group: optional(anObject) } : { pipeline: aFunction }
  const problems = problemsWithFields(path, given, { ...own, ...scenarioOptions })
  if (problems.length > 0) return problems.map((problem) => misplaced(path, problem))
  const {
    members = {},
    losesNothing,
    group,
    faults = {},
    written = {},
    records = {}
  } = given as {
    readonly members?: Readonly<Record<string, unknown>>
    readonly losesNothing?: unknown
    readonly group?: unknown
    readonly faults?: Readonly<Record<string, unknown>>
    readonly written?: Readonly<Record<string, unknown>>
    readonly records?: Readonly<Record<string, unknown>>
  }
  const checks = isShared ? shareHistoryChecks : historyChecks
  const another = 'another letter: x is always a connection that breaks'
  return [
    ...('x' in faults ? [{ property: `${path}.faults.x`, given: 'given', allowed: another }] : []),
    ...Object.entries(members).flatMap(([name, one]) =>
      typeof one === 'function' ? [] : problemsWithMember(`${path}.members.${name}`, one, isShared)
    ),
    ...Object.entries(records).flatMap(([letter, one]) =>
      typeof one === 'function' ? [] : problemsWithRecordOf(`${path}.records.${letter}`, one)
    ),
    ...Object.entries(written).flatMap(([letter, one]) =>
      problemsWithFields(`${path}.written.${letter}`, one, writtenParts)
    ),
    ...(anObject.holds(losesNothing) ? problemsWithFields(`${path}.losesNothing`, losesNothing, checks) : []),
    ...problemsWithShareGroup(path, group)
  ]
}

const problemsWithMember = (path: string, given: unknown, isShared: boolean): readonly ConfigProblem[] =>
  problemsWithFields(path, given, isShared ? shareMember : member)

/** The problems with the settings of one life of a member. */
export const problemsWithMemberOf = (path: string, given: unknown, isShared: boolean): readonly ConfigProblem[] => {
  const problems = problemsWithMember(path, given, isShared)
  if (problems.length > 0 || !isShared) return problems
  const { config = {} } = given as { readonly config?: Readonly<Record<string, unknown>> }
  // The brokers learn which groups exist before the first life begins.
  return problemsWith(`${path}.config['group.id']`, config['group.id'], {
    allowed: 'left out: `config` of the scenario names the group',
    holds: (one) => one === undefined
  })
}

/** A pipeline has to return an Observable. */
export const problemsWithPipelined = (member: string, given: unknown): readonly ConfigProblem[] =>
  problemsWith(`what the pipeline of ${member} returns`, given, anObservable)
