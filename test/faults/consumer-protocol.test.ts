import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { check } from '../../bench/rebalance/checker.mjs'
import { type Run, scenarios } from '../../bench/rebalance/scenarios.mjs'
import { type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'

/** What the checker finds in the histories, which are kept if it finds anything. */
const verdictOn = (run: Run): { readonly violations: readonly string[]; readonly duplicates: number } => {
  const { violations, duplicates } = check(run)
  if (violations.length === 0) rmSync(run.folder, { recursive: true })
  else console.error(`the members' histories are in ${run.folder}`)
  return { violations, duplicates }
}

// At any moment about half of the partitions have a record in work: a commit of it would be too early.
const load = { rate: 400, workMs: 15, commits: { every: 100, withinMs: 100 }, partitions: 12 }
const byBrokers = { properties: { 'group.protocol': 'consumer' } }
/** A member that is cut off counts on nine heartbeats: twice this, so that a busy machine does not end it. */
const sessionMs = 6_000

const isHere = inject('kafkaBrokers') !== null && process.env['KAFKA_BROKERS'] === undefined
describe.skipIf(!isHere)('a group under load, by the consumer protocol', () => {
  let own: RunningKafka
  beforeAll(async () => {
    // Brokers keep a dead member for 45 s at least unless they are set so.
    const version = process.env['KAFKA_VERSION'] ?? '4.1.0'
    const shorter = {
      'group.consumer.min.session.timeout.ms': sessionMs,
      'group.consumer.session.timeout.ms': sessionMs
    }
    own = await startKafka({ version, properties: shorter })
  })
  afterAll(() => own.stop())
  const options = () => ({ brokers: own.brokers, ...load, ...byBrokers })

  it('loses nothing and handles nothing twice while a member comes and goes', async () => {
    const run = await scenarios.joins({ ...options(), members: 3, rounds: 2, calmMs: 0, pauseMs: 0 })
    expect(verdictOn(run)).toEqual({ violations: [], duplicates: 0 })
  })

  it('loses nothing where a member is killed, and repeats only what that one had not committed', async () => {
    const run = await scenarios.kills({ ...options(), members: 3, rounds: 1, calmMs: 0, pauseMs: 500 })
    expect(verdictOn(run).violations).toEqual([])
  })

  it('takes over from a member that is frozen beyond its session; thawed, that one commits nothing and joins again', async () => {
    const run = await scenarios.freeze({ ...options(), members: 2, rounds: 1, frozenMs: 2 * sessionMs })
    expect(verdictOn(run).violations).toEqual([])
  })
})
