import * as fc from 'fast-check'
import {
  aName,
  type ArgumentRule,
  optional,
  problemsWithOptions,
  refuseWrong,
  truth
} from '../model/check-arguments.js'
import { historyChecks, problemsWithScenario } from './arguments/problems-with-scenario.js'
import { columnTime, fromOne, fromZero } from './arguments/rules.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { MarblesOptions } from './marble-tools.js'
import { unawaitedTests } from './unawaited-tests.js'
import { MarbleError } from './marble-error.js'
import type { HistoryChecks } from './play/history-checks.js'
import { type AnyScenario, isShareScenario } from './play/share-scenario.js'
import { type Searched, searched } from './schedule.js'
import { mostRecords } from './schedule-lines.js'
import { scheduleTest } from './schedule-test.js'
import type { Schedule, ScheduledFault, ScheduleEvent } from './schedule-event.js'

/** What generated schedules contain. */
export interface SchedulesOptions {
  /** @default 'orders' */
  readonly topic?: string
  /** @default 2 */
  readonly partitions?: number
  /** The maximum number of members, at most four. @default 2 */
  readonly members?: number
  /** The number of columns in a schedule. @default 40 */
  readonly columns?: number
  /** The maximum number of events in it, at most 182. @default 20 */
  readonly events?: number
  /**
   * The number of keys of the records: the fewer, the more often a record follows another of its key. `records` of the scenario
   * take precedence.
   *
   * @default 2
   */
  readonly keys?: number
  /** The maximum number of columns that the sink takes for a record. @default 10 */
  readonly sinkTakes?: number
  /** The maximum number of failing attempts before the sink writes a record: for pipelines that retry. @default 0 */
  readonly sinkFailures?: number
  /** Whether requests fail. @default true */
  readonly faults?: boolean
  /** Whether members belong to a share group, whose other requests fail. `losesNothing` sets it from the scenario. @default false */
  readonly share?: boolean
}

const apis: readonly ScheduledFault['api'][] = [
  'OffsetCommit',
  'Heartbeat',
  'JoinGroup',
  'SyncGroup',
  'Fetch',
  'OffsetFetch'
]

const schedulesOptions: Readonly<Record<keyof SchedulesOptions, ArgumentRule>> = {
  topic: optional(aName),
  partitions: optional(fromOne),
  members: optional({ allowed: '1 to 4', holds: (given) => fromOne.holds(given) && Number(given) <= 4 }),
  columns: optional(fromOne),
  events: optional({
    allowed: `1 to ${String(mostRecords)}`,
    holds: (given) => fromOne.holds(given) && Number(given) <= mostRecords
  }),
  keys: optional(fromOne),
  sinkTakes: optional(fromZero),
  sinkFailures: optional(fromZero),
  faults: optional(truth),
  share: optional(truth)
}

/**
 * An arbitrary of cluster schedules: records with slow writes; members that join, drain, leave, crash and are expelled;
 * requests that fail. It shrinks to fewer events, earlier ones, and shorter writes.
 *
 * @example
 * fc.assert(fc.asyncProperty(schedules(), (schedule) => playSchedule(schedule, { pipeline })))
 */
export const schedules = (options: SchedulesOptions = {}): fc.Arbitrary<Schedule> => {
  refuseWrong(problemsWithOptions('schedules', options, schedulesOptions))
  return schedulesOf(options)
}

const schedulesOf = ({
  topic = 'orders',
  partitions = 2,
  members = 2,
  columns = 40,
  events = 20,
  keys = 2,
  sinkTakes = 10,
  sinkFailures = 0,
  faults = true,
  share = false
}: SchedulesOptions): fc.Arbitrary<Schedule> => {
  const at = fc.nat(columns - 1)
  const record = fc.record({
    _tag: fc.constant('record' as const),
    at,
    partition: fc.nat(partitions - 1),
    takes: fc.nat(sinkTakes),
    failures: fc.nat(sinkFailures),
    key: fc.nat(keys - 1)
  })
  const member = fc.record({
    _tag: fc.constantFrom('crash' as const, 'drain' as const, 'join' as const, 'leave' as const, 'expire' as const),
    at,
    member: fc.nat(members - 1)
  })
  const failing = (
    of: readonly ScheduledFault['api'][],
    ...faults: readonly ScheduledFault['fault'][]
  ): fc.Arbitrary<ScheduleEvent> =>
    fc.record({
      _tag: fc.constant('fail' as const),
      at,
      api: fc.constantFrom(...of),
      fault: fc.constantFrom(...faults)
    })
  const failure = share
    ? fc.oneof(
        failing(['ShareGroupHeartbeat'], 'disconnect', 'NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID'),
        failing(['ShareFetch', 'ShareAcknowledge'], 'disconnect', 'SHARE_SESSION_NOT_FOUND')
      )
    : failing(apis, 'disconnect', 'NOT_COORDINATOR', 'UNKNOWN_MEMBER_ID')
  const event: fc.Arbitrary<ScheduleEvent> = fc.oneof(
    { weight: 4, arbitrary: record },
    { weight: 3, arbitrary: member },
    ...(faults ? [{ weight: 1, arbitrary: failure }] : [])
  )
  return fc.array(event, { minLength: 1, maxLength: events }).map((list) => ({ topic, events: list }))
}

/** How a pipeline is tested. */
export interface LosesNothingOptions extends SchedulesOptions, Pick<MarblesOptions, 'columnMs'> {
  /** The number of schedules to play. @default 100 */
  readonly runs?: number
  /** Generates the same schedules again. @default random */
  readonly seed?: number
  /** Whether records may reach the sink twice. @default 'with cause' */
  readonly twice?: HistoryChecks['twice']
  /** The required order of records in the sink. @default none */
  readonly order?: HistoryChecks['order']
}

/** A scenario, or a function that creates one for each schedule, with stores and counters of its own. */
export type Scenarios = AnyScenario | (() => AnyScenario)

/**
 * Tests that a pipeline loses no record under any schedule, and writes none twice unless something has gone wrong. Plays many
 * schedules, and rejects with the smallest failing one, drawn as a marble test ready to paste. It also rejects if a check could
 * not have failed in any of them, e.g. a check of order when no two records have the same key. A record that reaches `sink`, or
 * is a confirmed dead letter, is not lost; so the pipeline has to write there. For a pipeline with state, pass a function that
 * creates the scenario.
 *
 * @example
 * it('loses nothing', () => losesNothing({ pipeline }))
 * it('keeps the order of keys', () => losesNothing(() => ({ pipeline: dedup(new Map()) }), { order: 'key' }))
 */
export const losesNothing = async (scenario: Scenarios, options: LosesNothingOptions = {}): Promise<void> => {
  refuseWrongTrial('losesNothing', scenario, options, { ...trialOptions, twice: historyChecks.twice })
  const { twice = 'with cause', order, ...others } = options
  const madeAt = new Error()
  const checks: HistoryChecks = { twice, ...(order === undefined ? {} : { order }) }
  await unawaitedTests.awaited(madeAt, () => holdsUnder(scenario, checks, others, madeAt))
}

/**
 * The same for a pipeline that begins with `atMostOnce`: it may lose records, and never writes one twice.
 *
 * @example
 * it('mails nobody twice', () => neverTwice({ pipeline }))
 */
export const neverTwice = async (
  scenario: Scenarios,
  options: Omit<LosesNothingOptions, 'twice'> = {}
): Promise<void> => {
  refuseWrongTrial('neverTwice', scenario, options, trialOptions)
  const { order, ...others } = options
  const checks: HistoryChecks = { lost: false, twice: 'never', ...(order === undefined ? {} : { order }) }
  const madeAt = new Error()
  await unawaitedTests.awaited(madeAt, () => holdsUnder(scenario, checks, others, madeAt))
}

/** `LosesNothingOptions`, but for `twice` */
const trialOptions: Readonly<Record<Exclude<keyof LosesNothingOptions, 'twice'>, ArgumentRule>> = {
  ...schedulesOptions,
  columnMs: optional(columnTime),
  runs: optional(fromOne),
  seed: optional({ allowed: 'a whole number', holds: Number.isSafeInteger }),
  order: historyChecks.order
}

const refuseWrongTrial = (
  name: string,
  scenario: unknown,
  options: unknown,
  rules: Readonly<Record<string, ArgumentRule>>
): void => {
  refuseWrong(
    typeof scenario === 'function' ? [] : problemsWithScenario(`${name}: scenario`, scenario),
    problemsWithOptions(name, options, rules)
  )
}

/** The first scenario is checked before the first schedule is generated. */
const oneAfterTheOther = (scenarios: Scenarios): { readonly first: AnyScenario; readonly next: () => AnyScenario } => {
  const made = (): AnyScenario => (typeof scenarios === 'function' ? scenarios() : scenarios)
  const first = made()
  let unused: AnyScenario | null = first
  const next = (): AnyScenario => {
    const scenario = unused ?? made()
    unused = null
    return scenario
  }
  return { first, next }
}

const refuseShares = (property: string, allowed: string): never => {
  throw new ConsumerError({ _tag: 'ConfigFault', problems: [{ property, given: 'share', allowed }] })
}

type TrialOptions = Omit<LosesNothingOptions, 'twice' | 'order'>

const holdsUnder = async (
  scenarios: Scenarios,
  checks: HistoryChecks,
  options: TrialOptions,
  madeAt: Error
): Promise<void> => {
  const { runs = 100, seed, columnMs = 1, ...made } = options
  const scenario = oneAfterTheOther(scenarios)
  const share = isShareScenario(scenario.first)
  if (share && checks.twice === 'never')
    refuseShares('neverTwice: scenario', 'what is read once: a share group delivers at least once')
  if (share && checks.order !== undefined) refuseShares('losesNothing: order', 'nothing: a share group has no order')
  const played: Searched[] = []
  const property = fc.asyncProperty(schedules({ share, ...made }), async (schedule) => {
    played.push(await searched(schedule, scenario.next(), { columnMs, ...checks }, madeAt))
  })
  const result = await fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
  if (!result.failed) {
    const idle = idleCheck(played, checks)
    if (idle === null) return
    throw new MarbleError(idle, madeAt)
  }
  // An invalid scenario is not the fault of a schedule.
  if (result.errorInstance instanceof ConsumerError) throw result.errorInstance
  const [smallest] = result.counterexample ?? []
  if (smallest === undefined) throw new Error('no schedule could be made')
  const reason = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance)
  const found = `found in schedule ${String(result.numRuns)} with seed ${String(result.seed)}, made smaller in ${String(result.numShrinks)} steps`
  throw new LossError(
    `${reason}\n\n${found}:`,
    smallest,
    scheduleTest(smallest, scenario.next(), { columnMs, ...checks }),
    madeAt
  )
}

/** A check that no schedule could have failed; null if each could fail. */
const idleCheck = (played: readonly Searched[], { lost = true, order }: HistoryChecks): string | null => {
  const none = `in none of ${String(played.length)} schedules`
  if (!played.some(({ hasRecords }) => hasRecords)) return `nothing was checked: ${none} was a record written`
  if (!lost && !played.some(({ outcome }) => outcome.sink !== ''))
    return `nothing was checked: ${none} has a record reached \`sink\`, which the pipeline has to write to`
  if (order === undefined || played.some(({ showsOrder }) => showsOrder)) return null
  const group = order === 'key' ? 'one key of a partition' : 'one partition'
  return `order: '${order}' was not checked: ${none} have two records of ${group} reached \`sink\`, so nothing could be out of order. Play more schedules, with fewer \`keys\` or more \`events\`${order === 'key' ? '; or do `records` of the scenario give each record a key of its own?' : ''}`
}

/** A schedule under which a pipeline loses a record, or violates another required property. */
export class LossError extends MarbleError {
  override readonly name = 'LossError'
  /** The smallest failing schedule. */
  readonly schedule: Schedule
  /** The schedule as a marble test, ready to paste. */
  readonly test: string

  constructor(reason: string, schedule: Schedule, test: string, madeAt: Error) {
    super(`${reason}\n\n${test}\n`, madeAt)
    this.schedule = schedule
    this.test = test
  }
}

export { playSchedule, scheduleDiagram, scheduleSize } from './schedule.js'
export { scheduleTest } from './schedule-test.js'
export type { PlayScheduleOptions, ScheduleOutcome } from './schedule.js'
export type { Schedule, ScheduledFault, ScheduleEvent } from './schedule-event.js'
