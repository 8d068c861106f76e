import { rmSync } from 'node:fs'
import { expect, it } from 'vitest'
import { check } from '../../bench/rebalance/checker.mjs'
import { type Run, scenarios } from '../../bench/rebalance/scenarios.mjs'
import { describeKafka } from '../support/kafka.js'

/** What the checker finds in the histories, which are kept if it finds anything. */
const verdictOn = (run: Run): { readonly violations: readonly string[]; readonly duplicates: number } => {
  const { violations, duplicates } = check(run)
  if (violations.length === 0) rmSync(run.folder, { recursive: true })
  else console.error(`the members' histories are in ${run.folder}`)
  return { violations, duplicates }
}

// At any moment about half of the partitions have a record in work: a commit of it would be too early.
const load = { rate: 400, workMs: 15, commits: { every: 100, withinMs: 100 } }
/** More of it in `npm run test:all`. */
const isLong = process.env['LONG'] === 'true'
const short = { 'session.timeout.ms': 1_500, 'heartbeat.interval.ms': 300 }

// Processes that are told to leave, killed and frozen; `npm run bench:rebalance` does the same for longer, and measures it.
describeKafka('a group under load', (brokers) => {
  it('loses nothing and handles nothing twice while a member comes and goes', async () => {
    const options = { brokers, ...load, partitions: 12, members: 3, rounds: isLong ? 5 : 2, calmMs: 0, pauseMs: 0 }
    expect(verdictOn(await scenarios.joins(options))).toEqual({ violations: [], duplicates: 0 })
  })

  it('loses nothing where members are killed, and repeats only what they had not committed', async () => {
    const options = {
      brokers,
      ...load,
      partitions: 12,
      members: 3,
      rounds: isLong ? 4 : 1,
      calmMs: 0,
      pauseMs: 500,
      properties: short
    }
    expect(verdictOn(await scenarios.kills(options)).violations).toEqual([])
  })

  it('keeps order, ownership and commits right when members join, leave and are killed in a storm', async () => {
    const options = {
      brokers,
      ...load,
      partitions: 16,
      members: 4,
      changes: isLong ? 40 : 12,
      pauseMs: 500,
      seed: 7,
      properties: short
    }
    expect(verdictOn(await scenarios.storm(options)).violations).toEqual([])
  })

  it('takes over from a member that is frozen beyond its session; thawed, that one says so, commits nothing and rejoins', async () => {
    const options = {
      brokers,
      ...load,
      partitions: 12,
      members: 2,
      rounds: isLong ? 4 : 1,
      frozenMs: 3_000,
      properties: short
    }
    expect(verdictOn(await scenarios.freeze(options)).violations).toEqual([])
  })
})
