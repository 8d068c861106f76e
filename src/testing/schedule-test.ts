import { problemsWithOptions, optional, refuseWrong } from '../model/check-arguments.js'
import { historyChecks, problemsWithScenario } from './arguments/problems-with-scenario.js'
import { problemsWithSchedule } from './arguments/problems-with-schedule.js'
import { columnTime } from './arguments/rules.js'
import { rescuer } from './play/check-letters.js'
import type { ScenarioRecord } from './play/scenario.js'
import { type AnyScenario, isShareScenario } from './play/share-scenario.js'
import { hasOrder, type PlayScheduleOptions, scheduled, scheduledRecords, scheduleFaults } from './schedule.js'
import type { Schedule } from './schedule-event.js'
import { drawnSchedule, memberNames } from './schedule-lines.js'
import { SourceText } from './source-text.js'

/**
 * The schedule as a marble test, ready to paste: it fails as the schedule does. `pipeline` represents that of the scenario.
 * Parts of the scenario that are not data, such as a function in `config`, are written as `scenario.…`; a comment says so.
 */
export const scheduleTest = (schedule: Schedule, scenario: AnyScenario, options: PlayScheduleOptions = {}): string => {
  refuseWrong(
    problemsWithSchedule('scheduleTest: schedule', schedule),
    problemsWithScenario('scheduleTest: scenario', scenario),
    problemsWithOptions('scheduleTest', options, { columnMs: optional(columnTime), ...historyChecks })
  )
  const { columnMs = 1, order, ...others } = options
  const drawn = drawnSchedule(schedule)
  const records = scheduledRecords(drawn, scenario)
  const letters = [...drawn.records.keys()]
  // An order that these records cannot show is not checked.
  const checks =
    order !== undefined && hasOrder(drawn, records, order, letters.join('')) ? { ...others, order } : others
  const full = scheduled(scenario, columnMs)
  const text = new SourceText()
  const parts = {
    config: full.config ?? {},
    group: isShareScenario(full) ? (full.group ?? {}) : {},
    members: membersIn(drawn.diagram, scenario),
    records: Object.fromEntries(
      letters.map((letter) => [letter, dataOf(records[letter])] as const).filter(([, record]) => !isEmpty(record))
    ),
    topics: scenario.topics ?? {},
    faults: faultsIn(drawn.diagram, scenario)
  }
  const lines = Object.entries(parts)
    .filter(([, part]) => !isEmpty(part))
    .map(([name, part]) => `          ${name}: ${text.of(part, ['scenario', name])},`)
  return [
    ...(text.references.length === 0
      ? []
      : [`// \`scenario\` is what was tried: ${text.references.join(', ')} cannot be written down.`]),
    'it(',
    "  'loses nothing',",
    '  marbles(',
    '    ({ cluster }) => {',
    '      cluster(',
    '        `',
    ...drawn.diagram.split('\n').map((line) => `        ${line}`),
    '        `,',
    '        {',
    isShareScenario(full) ? '          share: pipeline,' : '          pipeline,',
    ...lines,
    `          losesNothing: ${isEmpty(checks) ? 'true' : text.of(checks, [])}`,
    '        }',
    '      )',
    '    },',
    `    { leakCheck: false${columnMs === 1 ? '' : `, columnMs: ${String(columnMs)}`} }`,
    '  )',
    ')'
  ].join('\n')
}

const isEmpty = (given: unknown): boolean =>
  given === undefined || (typeof given === 'object' && given !== null && Object.keys(given).length === 0)

/** Each letter of a schedule is written once, so the result of a function for it is data too. */
const dataOf = (given: ScenarioRecord | ((nth: number) => ScenarioRecord) | undefined): ScenarioRecord =>
  (typeof given === 'function' ? given(1) : given) ?? {}

/** The settings of the members that occur, and of the one that reads the rest at the end. */
const membersIn = (diagram: string, { members = {} }: AnyScenario): Readonly<Record<string, unknown>> => {
  const names = diagram.split('\n').map((line) => line.split(' ')[0] ?? '')
  const here = [...memberNames.filter((name) => names.includes(name)), rescuer]
  return Object.fromEntries(Object.entries(members).filter(([name]) => here.includes(name)))
}

/** The faults of the letters in its `fails` lines. */
const faultsIn = (diagram: string, scenario: AnyScenario): NonNullable<AnyScenario['faults']> => {
  const rows = diagram.split('\n').filter((line) => line.startsWith('fails '))
  const used = rows.map((line) => line.slice(line.lastIndexOf('  '))).join('')
  return Object.fromEntries(
    Object.entries({ ...scheduleFaults, ...scenario.faults }).filter(([char]) => used.includes(char))
  )
}
