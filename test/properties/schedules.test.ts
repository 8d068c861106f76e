import { describe, expect, it } from 'vitest'
import { countReach, wanted } from '../simulation/reach.js'
import { simulate, type Simulation } from '../simulation/simulate.js'
import { seedsFrom } from '../simulation/seeds.js'

const { env } = process
/** How many; `npm run test:all` tries 20,000 others, and asks that they come to everything that is simulated. */
const count = Number(env['SCHEDULES'] ?? 500)
/** Where the seeds begin. */
const base = Number(env['SCHEDULE_BASE'] ?? 1)
/** Only this one, with its history. */
const only = env['SCHEDULE_SEED']

const shown = 5

const report = ({ schedule, violations }: Simulation): string =>
  [
    `seed ${String(schedule.seed)}: SCHEDULE_SEED=${String(schedule.seed)} npx vitest run --project properties schedules`,
    ...violations.slice(0, shown).map((violation) => `  ${JSON.stringify(violation)}`)
  ].join('\n')

describe('a group of consumers', () => {
  if (only === undefined)
    it(
      `holds its invariants in ${String(count)} seeded schedules of joins, leaves, crashes and faults`,
      async () => {
        const failed: Simulation[] = []
        const counts = new Map<string, number>()
        for await (const seed of seedsFrom(base, count)) {
          const run = simulate(seed)
          countReach(counts, run)
          if (run.violations.length > 0) failed.push(run)
          if (failed.length >= shown) break
        }
        if (env['SCHEDULE_REACH'] !== undefined)
          for (const what of wanted) console.log(String(counts.get(what) ?? 0).padStart(8), what)
        expect(failed.map(report).join('\n')).toBe('')
        // Fewer seeds need not come to all that there is.
        if (count >= 1_000) expect(wanted.filter((what) => !counts.has(what))).toEqual([])
      },
      600_000 + count * 200
    )
  else
    it(`holds its invariants in the schedule of seed ${only}`, () => {
      const run = simulate(Number(only))
      const { partitions, maxLatencyMs, member } = run.schedule
      console.log(JSON.stringify({ partitions, maxLatencyMs, member }))
      for (const { at, ...event } of run.history) console.log(`${String(at).padStart(6)} ${JSON.stringify(event)}`)
      expect(run.violations).toEqual([])
    })
})
