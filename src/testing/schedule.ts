import type { ConsumerConfig } from '../config/consumer-config.js'
import { optional, problemsWithOptions, refuseWrong } from '../model/check-arguments.js'
import { wireBytes } from '../model/producer-record.js'
import { problemsWithScenario, historyChecks } from './arguments/problems-with-scenario.js'
import { problemsWithSchedule } from './arguments/problems-with-schedule.js'
import { columnTime } from './arguments/rules.js'
import { unawaitedTests } from './unawaited-tests.js'
import type { ClusterPlay, MarblesOptions } from './marble-tools.js'
import { playMarbles } from './marbles.js'
import type { HistoryChecks } from './play/history-checks.js'
import type { Outcome } from './play/outcome.js'
import type { RequestFault, Scenario, ScenarioRecord } from './play/scenario.js'
import { type AnyScenario, isShareScenario } from './play/share-scenario.js'
import type { Schedule } from './schedule-event.js'
import { type DrawnSchedule, drawnSchedule, type ScheduledRecord } from './schedule-lines.js'
import { shareScheduleConfig, shareScheduleGroup } from './share-schedule.js'

/** The faults of the letters in schedules' `fails` lines. */
export const scheduleFaults = {
  n: 'NOT_COORDINATOR',
  u: 'UNKNOWN_MEMBER_ID',
  s: 'SHARE_SESSION_NOT_FOUND'
} as const satisfies Record<string, RequestFault>

/** Times that fit into a diagram of about forty columns; a scenario's own properties take precedence. */
const scheduleConfig = (columnMs: number): Partial<ConsumerConfig> => ({
  'auto.commit.interval.ms': 3 * columnMs,
  'session.timeout.ms': 30 * columnMs,
  'retry.backoff.ms': columnMs,
  'retry.backoff.max.ms': 5 * columnMs,
  'fetch.max.wait.ms': 5 * columnMs
})

/** Draws a schedule as a diagram of actions. */
export const scheduleDiagram = (schedule: Schedule): string => {
  refuseWrong(problemsWithSchedule('scheduleDiagram: schedule', schedule))
  return drawnSchedule(schedule).diagram
}

/** The number of actions in a schedule. */
export const scheduleSize = (schedule: Schedule): number => {
  refuseWrong(problemsWithSchedule('scheduleSize: schedule', schedule))
  return drawnSchedule(schedule)
    .diagram.split('\n')
    .reduce((sum, line) => sum + line.slice(line.lastIndexOf('  ') + 2).replaceAll(/[- ()]/g, '').length, 0)
}

const refuseWrongPlay = (name: string, schedule: unknown, scenario: unknown, options: unknown): void => {
  refuseWrong(
    problemsWithSchedule(`${name}: schedule`, schedule),
    problemsWithScenario(`${name}: scenario`, scenario),
    problemsWithOptions(name, options, { columnMs: optional(columnTime), ...historyChecks })
  )
}

/** The result of a schedule. */
export interface ScheduleOutcome extends Outcome {
  /** the actions */
  readonly diagram: string
  /** the records in the sink, in order */
  readonly inOrder: string
}

/** How a schedule is played, and what is checked at its end. */
export interface PlayScheduleOptions extends Pick<MarblesOptions, 'columnMs'>, HistoryChecks {}

/**
 * Plays a schedule and returns the result. Rejects with a `MarbleError` if a record is committed and never reaches the sink or
 * a dead letter topic, or if another requested check fails.
 *
 * @example
 * await playSchedule({ topic: 'orders', events: [{ _tag: 'record', at: 0, partition: 0, takes: 5, failures: 0 }] }, { pipeline
 * })
 */
export const playSchedule = async (
  schedule: Schedule,
  scenario: AnyScenario,
  options: PlayScheduleOptions = {}
): Promise<ScheduleOutcome> => {
  const madeAt = new Error()
  return unawaitedTests.awaited(madeAt, async () => (await searched(schedule, scenario, options, madeAt)).outcome)
}

/** The result of a schedule, and what it could show. */
export interface Searched {
  readonly outcome: ScheduleOutcome
  /** whether it has written a record */
  readonly hasRecords: boolean
  /** whether two records with a checked order have reached the sink */
  readonly showsOrder: boolean
}

/** `playSchedule`, with what a search has to know in addition. */
export const searched = async (
  schedule: Schedule,
  scenario: AnyScenario,
  options: PlayScheduleOptions,
  madeAt: Error
): Promise<Searched> => {
  refuseWrongPlay('playSchedule', schedule, scenario, options)
  const { columnMs = 1, ...checks } = options
  const drawn = drawnSchedule(schedule)
  const records = scheduledRecords(drawn, scenario)
  let play: ClusterPlay | null = null
  await playMarbles(
    ({ cluster }) => {
      play = cluster(drawn.diagram, { ...scheduled(scenario, columnMs), records, losesNothing: checks })
    },
    { columnMs, leakCheck: false },
    { madeAt, trial: null, isSearch: true }
  )
  const { outcome, sunk } = play as unknown as ClusterPlay
  const inOrder = sunk()
  return {
    outcome: { ...outcome(), diagram: drawn.diagram, inOrder },
    hasRecords: drawn.records.size > 0,
    showsOrder: checks.order !== undefined && hasOrder(drawn, records, checks.order, inOrder)
  }
}

/** The scenario with the times of schedules, unless it has its own. */
export const scheduled = (scenario: AnyScenario, columnMs: number): AnyScenario => {
  const faults = { ...scheduleFaults, ...scenario.faults }
  return isShareScenario(scenario)
    ? {
        ...scenario,
        faults,
        config: { ...shareScheduleConfig(columnMs), ...scenario.config },
        group: { ...shareScheduleGroup(columnMs), ...scenario.group }
      }
    : { ...scenario, faults, config: { ...scheduleConfig(columnMs), ...scenario.config } }
}

/** The records of a schedule: those of the scenario, with the keys of the schedule. */
export const scheduledRecords = (
  { records }: DrawnSchedule,
  scenario: AnyScenario
): NonNullable<Scenario['records']> => {
  const all: Record<string, ScenarioRecord | ((nth: number) => ScenarioRecord)> = { ...scenario.records }
  for (const [letter, { key }] of records) {
    const given = scenario.records?.[letter]
    const named = key === undefined ? {} : { key: `key-${String(key)}` }
    all[letter] = typeof given === 'function' ? (nth: number) => ({ ...named, ...given(nth) }) : { ...named, ...given }
  }
  return all
}

/** Whether two of these letters are records of the same key in a partition, or of the same partition. */
export const hasOrder = (
  { records }: DrawnSchedule,
  given: NonNullable<Scenario['records']>,
  order: NonNullable<HistoryChecks['order']>,
  among: string
): boolean => {
  const groups = [...new Set(among)].flatMap((letter) => {
    const record = records.get(letter)
    return record === undefined ? [] : [groupOf(letter, record, given[letter], order)]
  })
  return new Set(groups).size < groups.length
}

const groupOf = (
  letter: string,
  { partition }: ScheduledRecord,
  given: ScenarioRecord | ((nth: number) => ScenarioRecord) | undefined,
  order: NonNullable<HistoryChecks['order']>
): string => {
  if (order === 'partition') return String(partition)
  // Each letter of a schedule is written once.
  const { key = letter } = (typeof given === 'function' ? given(1) : given) ?? {}
  return `${String(partition)} ${String(wireBytes(key))}`
}
