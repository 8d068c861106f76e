import type { ConsumerConfig } from '../config/consumer-config.js'
import { optional, problemsWithOptions, refuseWrong } from '../model/check-arguments.js'
import { wireBytes } from '../model/producer-record.js'
import { problemsWithScenario, historyChecks } from './arguments/problems-with-scenario.js'
import { problemsWithSchedule } from './arguments/problems-with-schedule.js'
import { columnTime } from './arguments/rules.js'
import { madeTests } from './made-tests.js'
import type { ClusterPlay, MarblesOptions } from './marble-tools.js'
import { playMarbles } from './marbles.js'
import type { HistoryChecks } from './play/history-checks.js'
import type { Outcome } from './play/outcome.js'
import type { RequestFault, Scenario, ScenarioRecord } from './play/scenario.js'
import { type AnyScenario, isShareScenario } from './play/share-scenario.js'
import type { Schedule } from './schedule-event.js'
import { type DrawnSchedule, drawnSchedule, type ScheduledRecord } from './schedule-lines.js'
import { shareScheduleConfig, shareScheduleGroup } from './share-schedule.js'

/** What the letters of the `fails` lines of schedules mean. */
export const scheduleFaults = {
  n: 'NOT_COORDINATOR',
  u: 'UNKNOWN_MEMBER_ID',
  s: 'SHARE_SESSION_NOT_FOUND'
} as const satisfies Record<string, RequestFault>

/** Times that fit into a diagram of some forty columns; a scenario's own properties come over them. */
const scheduleConfig = (columnMs: number): Partial<ConsumerConfig> => ({
  'auto.commit.interval.ms': 3 * columnMs,
  'session.timeout.ms': 30 * columnMs,
  'retry.backoff.ms': columnMs,
  'retry.backoff.max.ms': 5 * columnMs,
  'fetch.max.wait.ms': 5 * columnMs
})

/** Draws a schedule as a diagram of what is done. */
export const scheduleDiagram = (schedule: Schedule): string => {
  refuseWrong(problemsWithSchedule('scheduleDiagram: schedule', schedule))
  return drawnSchedule(schedule).diagram
}

/** How many things are done in a schedule. */
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

/** What came of a schedule. */
export interface ScheduleOutcome extends Outcome {
  /** What was done. */
  readonly diagram: string
  /** What the sink has got, in order. */
  readonly inOrder: string
}

/** How a schedule is played, and what is checked at its end. */
export interface PlayScheduleOptions extends Pick<MarblesOptions, 'columnMs'>, HistoryChecks {}

/**
 * Plays a schedule and gives what came of it: rejects with a `MarbleError` if a record that it writes is committed and never
 * reaches the sink or a dead letter topic, or if another check that is asked for fails.
 *
 * @example
 * await playSchedule({ topic: 'orders', events: [{ _tag: 'record', at: 0, partition: 0, takes: 5, failures: 0 }] }, { pipeline })
 */
export const playSchedule = async (
  schedule: Schedule,
  scenario: AnyScenario,
  options: PlayScheduleOptions = {}
): Promise<ScheduleOutcome> => {
  const madeAt = new Error()
  return madeTests.awaited(madeAt, async () => (await searched(schedule, scenario, options, madeAt)).outcome)
}

/** What came of a schedule, and what it could show. */
export interface Searched {
  readonly outcome: ScheduleOutcome
  /** It has written a record. */
  readonly hasRecords: boolean
  /** Two records whose order is checked have reached the sink. */
  readonly showsOrder: boolean
}

/** `playSchedule`, with what a search has to know besides. */
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

/** The scenario with the times of schedules, where it has none of its own. */
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

/** What the records of a schedule are: those of the scenario, under the keys of the schedule. */
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

/** Whether two records of one key of a partition, or of one partition, are among these letters. */
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
