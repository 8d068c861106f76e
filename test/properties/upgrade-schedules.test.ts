import { describe, expect, it } from 'vitest'
import { ConsumerGroupCoordinator } from '../../src/sources/memory/consumer-group-coordinator.js'
import type { ConvertedGroup } from '../../src/sources/memory/converted-group.js'
import { GroupCoordinator } from '../../src/sources/memory/group-coordinator.js'
import { byRollingUpgrade } from '../simulation/by-rolling-upgrade.js'
import { patchMethod } from '../simulation/patch.js'
import { scheduleOf } from '../simulation/schedule.js'
import { simulateSchedule, type Simulation } from '../simulation/simulate.js'
import { upgradeMutants } from '../simulation/upgrade-mutants.js'
import { seedsFrom } from '../simulation/seeds.js'

const { env } = process
/** How many; `npm run test:all` tries 10,000 others. */
const count = Number(env['UPGRADE_SCHEDULES'] ?? 100)
/** Where the seeds begin. */
const base = Number(env['SCHEDULE_BASE'] ?? 1)
/** Only this one, with its history. */
const only = env['UPGRADE_SCHEDULE_SEED']
const shown = 5

const run = (seed: number): Simulation => simulateSchedule(byRollingUpgrade(scheduleOf(seed)))

const report = ({ schedule, violations }: Simulation): string =>
  [
    `seed ${String(schedule.seed)}: UPGRADE_SCHEDULE_SEED=${String(schedule.seed)} npx vitest run --project properties upgrade-schedules`,
    ...violations.slice(0, shown).map((violation) => `  ${JSON.stringify(violation)}`)
  ].join('\n')

describe('a group that goes over to the other protocol by a rolling restart', () => {
  if (only === undefined)
    it(
      `holds its invariants in ${String(count)} seeded schedules with members of both protocols`,
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
      const { partitions, maxLatencyMs, member, protocols } = schedule
      console.log(JSON.stringify({ partitions, maxLatencyMs, member, protocols }))
      for (const { at, ...event } of history) console.log(`${String(at).padStart(6)} ${JSON.stringify(event)}`)
      expect(violations).toEqual([])
    })

  it('is converted both ways in these schedules, and has something to lose then', () => {
    const counts = { upgrades: 0, downgrades: 0 }
    const holds = ({ members }: ConvertedGroup): boolean => members.some(({ assigned }) => assigned.length > 0)
    const undo = [
      patchMethod<unknown, [ConvertedGroup], unknown>(
        ConsumerGroupCoordinator,
        'takeOver',
        (_group, original, converted) => {
          if (holds(converted)) counts.upgrades++
          original(converted)
        }
      ),
      patchMethod<unknown, [ConvertedGroup, boolean], unknown>(
        GroupCoordinator,
        'takeOver',
        (_group, original, converted, rebalances) => {
          if (holds(converted)) counts.downgrades++
          original(converted, rebalances)
        }
      )
    ]
    try {
      for (let seed = 1; seed <= 40; seed++) run(seed)
      expect([counts.upgrades >= 15, counts.downgrades >= 8]).toEqual([true, true])
    } finally {
      for (const unpatch of undo) unpatch()
    }
  }, 120_000)

  it.each(upgradeMutants)(
    'has a checker that sees $name',
    ({ caughtBy, plant }) => {
      const undo = plant?.() ?? []
      try {
        let caught = false
        for (let seed = 1; seed <= 300 && !caught; seed++)
          caught = run(seed).violations.some(({ invariant }) => invariant === caughtBy)
        expect(caught).toBe(true)
      } finally {
        for (const unplant of undo) unplant()
      }
    },
    300_000
  )
})
