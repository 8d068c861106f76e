import { right } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { acknowledgeType, type ListedSharePartition } from '../../src/core/share/share-messages.js'
import { simulateShares, type ShareSabotage, type ShareSimulation } from '../simulation/simulate-shares.js'
import { seedsFrom } from '../simulation/seeds.js'

const { env } = process
/** How many; `npm run test:all` tries 10,000 others. */
const count = Number(env['SHARE_SCHEDULES'] ?? 200)
/** Where the seeds begin. */
const base = Number(env['SCHEDULE_BASE'] ?? 1)
const shown = 5

const report = ({ schedule, violations }: ShareSimulation): string =>
  [
    `seed ${String(schedule.seed)}: SHARE_SCHEDULES=1 SCHEDULE_BASE=${String(schedule.seed)} npx vitest run --project properties share-schedules`,
    ...violations.slice(0, shown).map((violation) => `  ${violation}`)
  ].join('\n')

const withTypes = (
  listed: readonly ListedSharePartition[],
  from: number,
  to: number
): readonly ListedSharePartition[] =>
  listed.map((one) => ({
    ...one,
    acknowledgements: one.acknowledgements.map((batch) => ({
      ...batch,
      types: batch.types.map((type) => (type === from ? to : type))
    }))
  }))
/** Says the one thing for the other in all acknowledgements. */
const instead =
  (from: number, to: number): ShareSabotage =>
  (calls) => ({
    ...calls,
    shareFetch: (node, request) => calls.shareFetch(node, { ...request, partitions: withTypes(request.partitions, from, to) }), // prettier-ignore
    shareAcknowledge: (node, request) => calls.shareAcknowledge(node, { ...request, partitions: withTypes(request.partitions, from, to) }) // prettier-ignore
  })

const sabotages: readonly (readonly [string, string, ShareSabotage])[] = [
  ['accepts what it has not handled', 'is accepted and was not handled', instead(acknowledgeType.release, acknowledgeType.accept)], // prettier-ignore
  [
    'takes refused acknowledgements for accepted',
    'as accepted, of',
    (calls) => ({
      ...calls,
      shareAcknowledge: (node, request) =>
        calls.shareAcknowledge(node, request).pipe(
          map((answer) =>
            answer._tag === 'Left'
              ? right({ code: 0, message: null, lockTimeoutMs: 0, partitions: request.partitions.map((one) => ({ ...one, code: 0, currentLeader: null })) }) // prettier-ignore
              : answer
          )
        )
    })
  ]
]

describe('a share group', () => {
  it(
    `holds its invariants in ${String(count)} seeded schedules of joins, leaves, crashes, faults and poison`,
    async () => {
      const failed: ShareSimulation[] = []
      const sum = { handled: 0, repeated: 0 }
      for await (const seed of seedsFrom(base, count)) {
        const run = simulateShares(seed)
        sum.handled += run.handled
        sum.repeated += run.repeated
        if (run.violations.length > 0) failed.push(run)
        if (failed.length >= shown) break
      }
      expect(failed.map(report).join('\n')).toBe('')
      // What is disturbed is repeated now and then.
      if (count >= 200) expect([sum.handled > 1_000, sum.repeated > 10]).toEqual([true, true])
    },
    600_000 + count * 200
  )

  it.each(sabotages)('has a checker that sees a member that %s', (_name, expected, sabotage) => {
    let seen: string | undefined
    for (let seed = 1; seed <= 60 && seen === undefined; seed++)
      seen = simulateShares(seed, sabotage).violations.find((violation) => violation.includes(expected))
    expect(seen).toBeDefined()
  })
})
