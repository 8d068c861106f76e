import { isObject } from '../../config/check-places.js'
import {
  aFunction,
  aList,
  type ArgumentRule,
  aText,
  optional,
  problemsWith,
  problemsWithFields,
  problemsWithOptions,
  truth
} from '../../model/check-arguments.js'
import type { ConfigProblem } from '../../model/fault.js'
import { parseLabel } from '../diagram/line-label.js'
import { problemsWithScenario } from './problems-with-scenario.js'
import { anObject, anObservable, columnTime, fromOne, fromZero, objectOf } from './rules.js'

type Problems = readonly ConfigProblem[]
type Rules = Readonly<Record<string, ArgumentRule>>

/** `MarblesOptions` */
const marblesOptions: Rules = {
  columnMs: optional(columnTime),
  leakCheck: optional(truth),
  compares: optional(truth),
  budget: optional(anObject)
}
/** `RunBudget` */
const budgetOptions: Rules = { moments: optional(fromOne), virtualMs: optional(columnTime) }

/** The problems of `MarblesOptions`, which may be among other options of the same function. */
export const problemsWithMarblesOptions = (where: string, given: unknown, others: Rules = {}): Problems => {
  const problems = problemsWithOptions(where, given, { ...marblesOptions, ...others })
  const budget = isObject(given) ? given['budget'] : undefined
  return problems.length > 0 || budget === undefined
    ? problems
    : problemsWithFields(`${where}: budget`, budget, budgetOptions)
}

/** `MarblePartitionOptions` */
const partitionOptions: Rules = {
  records: optional(objectOf(anObject, 'records by their letters')),
  topic: optional(aText),
  partition: optional(fromZero),
  error: { allowed: 'anything', holds: () => true }
}
const aMarblePartition: ArgumentRule = {
  allowed: 'what partition(…) gave',
  holds: (given) => isObject(given) && Array.isArray(given['acks']) && Array.isArray(given['commits'])
}
const aLetter: ArgumentRule = {
  allowed: 'one letter',
  holds: (given) => typeof given === 'string' && given.length === 1
}
/** The label of a line; a label with another meaning is refused, since the mark would hide that line. */
const aLineOfItsOwn: ArgumentRule = {
  allowed: 'a label that no other line has: words with single spaces between them, as “charged”',
  holds: (given) => {
    if (!/^\S+(?: \S+)*$/.test(String(given))) return false
    const label = parseLabel(String(given), new Set())
    return label === null || label._tag === 'member'
  }
}
const someMarbles: ArgumentRule = {
  allowed: 'a text, or a list of texts',
  holds: (given) => [given].flat().every((one) => typeof one === 'string')
}

/** The checks of the arguments of `marbles`, and of each tool of its body. */
export const problemsWithMarbles = {
  marbles: (body: unknown, options: unknown): Problems => [
    ...problemsWith('marbles: body', body, aFunction),
    ...problemsWithMarblesOptions('marbles', options)
  ],
  cluster: (diagram: unknown, scenario: unknown): Problems => [
    ...problemsWith('cluster: diagram', diagram, aText),
    ...problemsWithScenario('cluster: scenario', scenario)
  ],
  partition: (marbles: unknown, options: unknown): Problems => [
    ...problemsWith('partition: marbles', marbles, aText),
    ...(options === undefined ? [] : problemsWithOptions('partition', options, partitionOptions))
  ],
  observable: (tool: 'hot' | 'cold', marbles: unknown, values: unknown): Problems => [
    ...problemsWith(`${tool}: marbles`, marbles, aText),
    ...problemsWith(`${tool}: values`, values, optional(anObject))
  ],
  expected: (tool: 'expectObservable' | 'expectRecords', observable: unknown, unsubscription: unknown): Problems => [
    ...problemsWith(`${tool}: observable`, observable, anObservable),
    ...problemsWith(`${tool}: unsubscription`, unsubscription, optional(aText))
  ],
  of: (tool: 'expectAcks' | 'expectCommits', partition: unknown): Problems =>
    problemsWith(`${tool}: partition`, partition, aMarblePartition),
  subscriptions: (logs: unknown): Problems => problemsWith('expectSubscriptions: logs', logs, aList),
  toBe: (marbles: unknown, values?: unknown): Problems => [
    ...problemsWith('toBe: marbles', marbles, aText),
    ...problemsWith('toBe: values', values, optional(anObject))
  ],
  toBeSubscribed: (marbles: unknown): Problems => problemsWith('toBe: marbles', marbles, someMarbles),
  returned: (given: unknown): Problems =>
    problemsWith('what the body of marbles returns', given, {
      allowed: 'nothing, or a function that is called at the end',
      holds: (one) => one === undefined || typeof one === 'function'
    }),
  mark: (line: unknown): Problems => [
    ...problemsWith('mark: line', line, aText),
    ...(typeof line === 'string' ? problemsWith('mark: line', line, aLineOfItsOwn) : [])
  ],
  marked: (letter: unknown): Problems => problemsWith('mark: letter', letter, aLetter)
} as const
