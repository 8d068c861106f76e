import { describe, expect, it } from 'vitest'
import { byConsumerProtocol } from '../simulation/by-consumer-protocol.js'
import { consumerMutants } from '../simulation/consumer-mutants.js'
import { withThemes } from '../simulation/deeper.js'
import { plainSchedule, scheduleOf } from '../simulation/schedule.js'
import { simulateSchedule, type Simulation } from '../simulation/simulate.js'
import { seedsFrom } from '../simulation/seeds.js'

const { env } = process
/** How many; `npm run test:all` tries 10,000 others. */
const count = Number(env['CONSUMER_SCHEDULES'] ?? 200)
/** Where the seeds begin. */
const base = Number(env['SCHEDULE_BASE'] ?? 1)
/** Only this one, with its history. */
const only = env['CONSUMER_SCHEDULE_SEED']
const shown = 5

const run = (seed: number): Simulation => simulateSchedule(byConsumerProtocol(scheduleOf(seed)))

const report = ({ schedule, violations }: Simulation): string =>
  [
    `seed ${String(schedule.seed)}: CONSUMER_SCHEDULE_SEED=${String(schedule.seed)} npx vitest run --project properties consumer-schedules`,
    ...violations.slice(0, shown).map((violation) => `  ${JSON.stringify(violation)}`)
  ].join('\n')

describe('a group of consumers by the consumer protocol', () => {
  if (only === undefined)
    it(
      `holds its invariants in ${String(count)} seeded schedules of joins, leaves, crashes and faults`,
      async () => {
        const failed: Simulation[] = []
        for await (const seed of seedsFrom(base, count)) {
          const simulation = run(seed)
          if (simulation.violations.length > 0) failed.push(simulation)
          if (failed.length >= shown) break
        }
        expect(failed.map(report).join('\n')).toBe('')
      },
      600_000 + count * 200
    )
  else
    it(`holds its invariants in the schedule of seed ${only}`, () => {
      const { schedule, history, violations } = run(Number(only))
      const { partitions, maxLatencyMs, member } = schedule
      console.log(JSON.stringify({ partitions, maxLatencyMs, member }))
      for (const { at, ...event } of history) console.log(`${String(at).padStart(6)} ${JSON.stringify(event)}`)
      expect(violations).toEqual([])
    })

  it.each(consumerMutants)(
    'has a checker that sees a member that $name',
    ({ caughtBy, themes, plant, sabotage }) => {
      const undo = plant?.() ?? []
      try {
        let caught = false
        for (let seed = 1; seed <= 300 && !caught; seed++) {
          const schedule = themes === undefined ? scheduleOf(seed) : withThemes(plainSchedule(seed), themes)
          caught = simulateSchedule(byConsumerProtocol(schedule), sabotage).violations.some(
            ({ invariant }) => invariant === caughtBy
          )
        }
        expect(caught).toBe(true)
      } finally {
        for (const unplant of undo) unplant()
      }
    },
    300_000
  )
})
