import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Committer, type CommitEffect, type DueOffset } from '../../src/core/committing/committer.js'
import { brokerFault } from '../../src/core/protocol/error-code.js'

type Act =
  | { readonly kind: 'due'; readonly partition: number; readonly more: number }
  | { readonly kind: 'answer'; readonly outcomes: readonly ('committed' | 'retry' | 'dropped')[] }
  | { readonly kind: 'retry' }
  | { readonly kind: 'reassign'; readonly partition: number }

const partition = fc.nat(2)
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('due' as const), partition, more: fc.integer({ min: 0, max: 3 }) }),
  fc.record({
    kind: fc.constant('answer' as const),
    outcomes: fc.array(fc.constantFrom('committed' as const, 'retry' as const, 'dropped' as const), {
      minLength: 3,
      maxLength: 3
    })
  }),
  fc.constant({ kind: 'retry' as const }),
  fc.record({ kind: fc.constant('reassign' as const), partition })
)

describe('Committer', () => {
  it('has one commit in flight, sends nothing old, never back, and in the end everything', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 200 }), (acts) => {
        const committer = new Committer({ retryBackoffMs: 1, retryBackoffMaxMs: 9, random: () => 0.5 })
        const place = (number: number): { topic: string; partition: number } => ({ topic: 't', partition: number })
        const wanted = [0n, 0n, 0n]
        const stored = [0n, 0n, 0n]
        const now: { inFlight: readonly DueOffset[] | null; waiting: boolean } = { inFlight: null, waiting: false }
        for (const number of [0, 1, 2]) committer.track(place(number), 0n, 0n)
        const take = (effects: readonly CommitEffect[]): void => {
          for (const effect of effects) {
            if (effect._tag === 'retry') now.waiting = true
            if (effect._tag !== 'send') continue
            expect(now.inFlight).toBeNull()
            expect(now.waiting).toBe(false)
            now.inFlight = effect.offsets
            for (const { partition: number, offset } of effect.offsets) {
              expect(offset).toBe(wanted[number])
              expect(offset > (stored[number] ?? 0n)).toBe(true)
            }
          }
        }
        const answer = (outcomes: readonly ('committed' | 'retry' | 'dropped')[]): void => {
          const sent = now.inFlight
          if (sent === null) return
          now.inFlight = null
          const results = sent.map((offset, index) => {
            const outcome = outcomes[index] ?? 'committed'
            if (outcome === 'committed') stored[offset.partition] = offset.offset
            return {
              ...place(offset.partition),
              offset: offset.offset,
              outcome,
              fault: outcome === 'committed' ? null : brokerFault('OffsetCommit', 14)
            }
          })
          take(committer.answered(results))
        }
        for (const step of acts) {
          if (step.kind === 'due') {
            wanted[step.partition] = (wanted[step.partition] ?? 0n) + BigInt(step.more)
            take(
              committer.due([
                { ...place(step.partition), offset: wanted[step.partition] ?? 0n, leaderEpoch: -1, metadata: '' }
              ])
            )
          } else if (step.kind === 'answer') answer(step.outcomes)
          else if (step.kind === 'retry') {
            if (!now.waiting) continue
            now.waiting = false
            take(committer.retryDue())
          } else if (now.inFlight === null) {
            // Given up and given back: it begins where the group has it.
            committer.forget(place(step.partition))
            wanted[step.partition] = stored[step.partition] ?? 0n
            committer.track(place(step.partition), stored[step.partition] ?? 0n, stored[step.partition] ?? 0n)
          }
        }
        for (let round = 0; round < 5; round++) {
          answer([])
          if (now.waiting) {
            now.waiting = false
            take(committer.retryDue())
          }
          take(
            committer.due(
              [0, 1, 2].map((number) => ({
                ...place(number),
                offset: wanted[number] ?? 0n,
                leaderEpoch: -1,
                metadata: ''
              }))
            )
          )
        }
        expect(stored).toEqual(wanted)
      }),
      { numRuns: 1_000 }
    )
  })
})
