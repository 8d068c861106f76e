import * as fc from 'fast-check'
import type { MarblesOptions } from './marbles.js'
import { MarbleError } from './marble-error.js'
import type { HistoryChecks } from './play/history-checks.js'
import type { Scenario } from './play/scenario.js'
import { playSchedule, type Schedule, type ScheduledFault, type ScheduleEvent, scheduleTest } from './schedule.js'

/** What schedules are made of. */
export interface SchedulesOptions {
  /** @default 'orders' */
  readonly topic?: string
  /** @default 2 */
  readonly partitions?: number
  /** How many members there are at most, four being the limit. @default 2 */
  readonly members?: number
  /** How many columns a schedule has. @default 40 */
  readonly columns?: number
  /** How many things are done in it at most. @default 20 */
  readonly events?: number
  /** How many columns the sink takes for a record at most. @default 10 */
  readonly sinkTakes?: number
  /** How many attempts of the sink fail at most before it writes a record: for pipelines that try again. @default 0 */
  readonly sinkFailures?: number
  /** Whether requests fail. @default true */
  readonly faults?: boolean
}

const apis: readonly ScheduledFault['api'][] = [
  'OffsetCommit',
  'Heartbeat',
  'JoinGroup',
  'SyncGroup',
  'Fetch',
  'OffsetFetch'
]

/**
 * An arbitrary of cluster schedules: records with slow writes, members that join, drain, leave, crash and are expelled, and
 * requests that fail. It shrinks to fewer events, earlier ones, and shorter writes.
 *
 * @example
 * fc.assert(fc.asyncProperty(schedules(), (schedule) => playSchedule(schedule, { pipeline })))
 */
export const schedules = ({
  topic = 'orders',
  partitions = 2,
  members = 2,
  columns = 40,
  events = 20,
  sinkTakes = 10,
  sinkFailures = 0,
  faults = true
}: SchedulesOptions = {}): fc.Arbitrary<Schedule> => {
  const at = fc.nat(columns - 1)
  const record = fc.record({
    _tag: fc.constant('record' as const),
    at,
    partition: fc.nat(partitions - 1),
    takes: fc.nat(sinkTakes),
    failures: fc.nat(sinkFailures)
  })
  const member = fc.record({
    _tag: fc.constantFrom('crash' as const, 'drain' as const, 'join' as const, 'leave' as const, 'expire' as const),
    at,
    member: fc.nat(members - 1)
  })
  const failure = fc.record({
    _tag: fc.constant('fail' as const),
    at,
    api: fc.constantFrom(...apis),
    fault: fc.constantFrom('disconnect' as const, 'NOT_COORDINATOR' as const, 'UNKNOWN_MEMBER_ID' as const)
  })
  const event: fc.Arbitrary<ScheduleEvent> = fc.oneof(
    { weight: 4, arbitrary: record },
    { weight: 3, arbitrary: member },
    ...(faults ? [{ weight: 1, arbitrary: failure }] : [])
  )
  return fc.array(event, { minLength: 1, maxLength: events }).map((list) => ({ topic, events: list }))
}

/** How a pipeline is tried. */
export interface LosesNothingOptions extends SchedulesOptions, Pick<MarblesOptions, 'columnMs'> {
  /** How many schedules are played. @default 100 */
  readonly runs?: number
  /** Makes the same schedules again. @default another one each time */
  readonly seed?: number
  /** That no record reaches the sink twice. @default 'with cause' */
  readonly twice?: HistoryChecks['twice']
  /** In which order records have to reach the sink. @default none */
  readonly order?: HistoryChecks['order']
}

/** A scenario, or what makes one for each schedule: with stores and counters of its own. */
export type Scenarios = Scenario | (() => Scenario)

/**
 * Does a pipeline lose a record under any schedule, or write one twice though nothing has gone wrong? Plays many of them, and
 * rejects with the smallest that it finds, drawn as a marble test ready to paste. What reaches `sink`, or is a confirmed dead
 * letter, is not lost; so the pipeline has to write there. A pipeline that keeps state has a function that makes the scenario.
 *
 * @example
 * it('loses nothing', () => losesNothing({ pipeline }))
 * it('keeps the order of keys', () => losesNothing(() => ({ pipeline: dedup(new Map()) }), { order: 'key' }))
 */
export const losesNothing = (
  scenario: Scenarios,
  { twice = 'with cause', order, ...options }: LosesNothingOptions = {}
): Promise<void> =>
  // prettier-ignore
  holdsUnder(scenario, { twice, ...(order === undefined ? {} : { order }) }, options, new Error())

/**
 * The same for a pipeline that begins with `atMostOnce`: it may lose records, and writes none twice whatever happens.
 *
 * @example
 * it('mails nobody twice', () => neverTwice({ pipeline }))
 */
export const neverTwice = (
  scenario: Scenarios,
  { order, ...options }: Omit<LosesNothingOptions, 'twice'> = {}
): Promise<void> =>
  // prettier-ignore
  holdsUnder(scenario, { lost: false, twice: 'never', ...(order === undefined ? {} : { order }) }, options, new Error())

type TrialOptions = Omit<LosesNothingOptions, 'twice' | 'order'>

const holdsUnder = async (
  scenarios: Scenarios,
  checks: HistoryChecks,
  options: TrialOptions,
  madeAt: Error
): Promise<void> => {
  // prettier-ignore
  const { runs = 100, seed, columnMs = 1 } = options
  const scenario = (): Scenario => (typeof scenarios === 'function' ? scenarios() : scenarios)
  const property = fc.asyncProperty(schedules(options), async (schedule) => {
    await playSchedule(schedule, scenario(), { columnMs, ...checks })
  })
  const result = await fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
  if (!result.failed) return
  const [smallest] = result.counterexample ?? []
  if (smallest === undefined) throw new Error('no schedule could be made')
  const reason = result.errorInstance instanceof Error ? result.errorInstance.message : String(result.errorInstance)
  const found = `found in schedule ${String(result.numRuns)} with seed ${String(result.seed)}, made smaller in ${String(result.numShrinks)} steps`
  throw new LossError(
    `${reason}\n\n${found}:`,
    smallest,
    scheduleTest(smallest, scenario(), { columnMs, ...checks }),
    madeAt
  )
}

/** A schedule under which a pipeline loses a record, or breaks what else was asked of it. */
export class LossError extends MarbleError {
  override readonly name = 'LossError'
  /** The smallest that was found. */
  readonly schedule: Schedule
  /** The same as a marble test, ready to paste. */
  readonly test: string

  constructor(reason: string, schedule: Schedule, test: string, madeAt: Error) {
    super(`${reason}\n\n${test}\n`, madeAt)
    this.schedule = schedule
    this.test = test
  }
}

export { playSchedule, scheduleDiagram, scheduleSize, scheduleTest } from './schedule.js'
export type { PlayScheduleOptions, Schedule, ScheduledFault, ScheduleEvent, ScheduleOutcome } from './schedule.js'
