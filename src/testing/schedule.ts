import type { ConsumerConfig } from '../config/consumer-config.js'
import { optional, problemsWithOptions, refuseWrong } from '../model/check-arguments.js'
import { problemsWithScenario, historyChecks } from './arguments/problems-with-scenario.js'
import { problemsWithSchedule } from './arguments/problems-with-schedule.js'
import { columnTime } from './arguments/rules.js'
import { drawDiagram, drawRows } from './diagram/draw.js'
import type { Marble } from './diagram/marble.js'
import type { ClusterPlay, MarblesOptions } from './marble-tools.js'
import { marbles } from './marbles.js'
import type { HistoryChecks } from './play/history-checks.js'
import type { Outcome } from './play/outcome.js'
import type { RequestFault } from './play/scenario.js'
import { type AnyScenario, isShareScenario } from './play/share-scenario.js'
import type { Schedule, ScheduleEvent } from './schedule-event.js'
import { shareScheduleConfig, shareScheduleGroup } from './share-schedule.js'

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'
const memberNames = ['one', 'two', 'three', 'four'] as const
const memberChars = { join: '^', drain: '|', leave: '!', crash: '#', expire: 'x' } as const
const faultChars = {
  disconnect: 'x',
  NOT_COORDINATOR: 'n',
  UNKNOWN_MEMBER_ID: 'u',
  SHARE_SESSION_NOT_FOUND: 's'
} as const

/** What the letters of the `fails` lines of schedules mean. */
const scheduleFaults = {
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

/** The lines of a schedule's diagram. */
class ScheduleLines {
  private readonly lines = new Map<string, Marble[]>()
  private readonly topic: string
  private records = 0

  constructor(topic: string) {
    this.topic = topic
    // What nothing is written to is there all the same: a member needs something to read.
    this.lines.set(`${topic}/0`, [])
  }

  add(event: ScheduleEvent): void {
    switch (event._tag) {
      case 'record': {
        const letter = letters[this.records]
        if (letter === undefined) return
        this.records++
        this.put(`${this.topic}/${String(event.partition)}`, event.at, letter)
        if (event.takes + event.failures > 0) this.sink(letter, event.takes, event.failures)
        break
      }
      case 'fail':
        this.put(`fails ${event.api}`, event.at, faultChars[event.fault])
        break
      default:
        this.member(memberNames[event.member % memberNames.length] ?? 'one', event)
    }
  }

  draw(): string {
    const order = (name: string): number => ['/', 'sink ', 'fails '].findIndex((part) => name.includes(part)) + 1 || 9
    const names = [...this.lines.keys()].sort((a, b) => order(a) - order(b))
    const width = Math.max(...[...this.lines.values()].flat().map(({ column }) => column)) + 3
    return drawDiagram(
      names.flatMap((name) => {
        const marbles = this.lines.get(name) ?? []
        return drawRows(marbles, name.startsWith('sink ') ? 0 : width).map((row) => [name, row] as const)
      })
    ).join('\n')
  }

  private member(name: string, event: ScheduleEvent & { readonly _tag: keyof typeof memberChars }): void {
    const last = this.lines.get(name)?.findLast(({ char }) => char !== 'x')?.char ?? '!'
    const isAlive = last === '^'
    if (event._tag === 'join' ? !isAlive : isAlive) this.put(name, event.at, memberChars[event._tag])
  }

  /** Each column of a line holds one thing: what would be second comes a column later. */
  private put(name: string, at: number, char: string): void {
    const line = this.lines.get(name) ?? []
    line.push({ column: Math.max(at, (line.at(-1)?.column ?? -1) + 1), char })
    this.lines.set(name, line)
  }

  private sink(letter: string, takes: number, failures: number): void {
    const ends = Array.from({ length: failures }, () => '#')
    for (const end of [...ends, '|']) {
      const line = this.lines.get(`sink ${letter}`)
      this.put(`sink ${letter}`, (line === undefined ? 0 : (line.at(-1)?.column ?? 0) + 1) + takes, end)
    }
  }
}

/** Draws a schedule as a diagram of what is done. */
export const scheduleDiagram = (schedule: Schedule): string => {
  refuseWrong(problemsWithSchedule('scheduleDiagram: schedule', schedule))
  return draw(schedule)
}

const draw = ({ topic, events }: Schedule): string => {
  const lines = new ScheduleLines(topic)
  const all: readonly ScheduleEvent[] = [{ _tag: 'join', member: 0, at: 0 }, ...events]
  for (const event of [...all].sort((a, b) => a.at - b.at)) lines.add(event)
  return lines.draw()
}

/** How many things are done in a schedule. */
export const scheduleSize = (schedule: Schedule): number => {
  refuseWrong(problemsWithSchedule('scheduleSize: schedule', schedule))
  return draw(schedule)
    .split('\n')
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
  refuseWrongPlay('playSchedule', schedule, scenario, options)
  const { columnMs = 1, ...checks } = options
  const diagram = draw(schedule)
  let play: ClusterPlay | null = null
  await marbles(
    ({ cluster }) => {
      play = cluster(diagram, { ...scheduled(scenario, columnMs), losesNothing: checks })
    },
    { columnMs, leakCheck: false }
  )()
  const { outcome, sunk } = play as unknown as ClusterPlay
  return { ...outcome(), diagram, inOrder: sunk() }
}

/** The scenario with the times of schedules, where it has none of its own. */
const scheduled = (scenario: AnyScenario, columnMs: number): AnyScenario => {
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

/** The schedule as a marble test, ready to paste. */
export const scheduleTest = (schedule: Schedule, scenario: AnyScenario, options: PlayScheduleOptions = {}): string => {
  refuseWrongPlay('scheduleTest', schedule, scenario, options)
  const { columnMs = 1, ...checks } = options
  const diagram = draw(schedule)
  const full = scheduled(scenario, columnMs)
  const faults = Object.entries(scheduleFaults).filter(([char]) =>
    diagram.split('\n').some((line) => line.startsWith('fails ') && line.slice(line.lastIndexOf('  ')).includes(char))
  )
  return [
    'it(',
    "  'loses nothing',",
    '  marbles(',
    '    ({ cluster }) => {',
    '      cluster(',
    '        `',
    ...diagram.split('\n').map((line) => `        ${line}`),
    '        `,',
    '        {',
    isShareScenario(full) ? '          share: pipeline,' : '          pipeline,',
    `          config: ${source(plain(full.config ?? {}))},`,
    ...(isShareScenario(full) ? [`          group: ${source(plain(full.group ?? {}))},`] : []),
    ...(faults.length === 0 ? [] : [`          faults: ${source(Object.fromEntries(faults))},`]),
    `          losesNothing: ${Object.keys(checks).length === 0 ? 'true' : source({ ...checks })}`,
    '        }',
    '      )',
    '    },',
    `    { leakCheck: false${columnMs === 1 ? '' : `, columnMs: ${String(columnMs)}`} }`,
    '  )',
    ')'
  ].join('\n')
}

/** What can be written down: functions and subscriptions are the user's to fill in. */
const plain = (config: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(config as Readonly<Record<string, unknown>>).filter(
      ([, value]) => typeof value !== 'function' && typeof value !== 'object'
    )
  )

const source = (record: Readonly<Record<string, unknown>>): string =>
  `{ ${Object.entries(record)
    .map(
      ([name, value]) =>
        `${/^\w+$/.test(name) ? name : `'${name}'`}: ${typeof value === 'string' ? `'${value}'` : String(value)}`
    )
    .join(', ')} }`
