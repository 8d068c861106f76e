import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type GuardedCall, GuardMachine } from '../../src/core/guarding/guard-machine.js'
import { seededRandom } from '../../src/internal/seeded-random.js'

const breaker = { calls: 5, failureRatio: 0.5, probeEveryMs: 1_000 }

/** A store that serves so many calls at once; what comes beyond them waits for its turn. Gives the limit that was found, on average. */
const foundFor = (servers: number, serviceMs: number, jitter: number, seed: number): number => {
  const machine = new GuardMachine({ breaker: null, rate: null, concurrency: { max: 1_000, tolerance: 1.15 } })
  const random = seededRandom(seed)
  const freeAt = Array.from({ length: servers }, () => 0)
  const running: { readonly endsAt: number; readonly call: GuardedCall }[] = []
  let now = 0
  let weighed = 0
  let time = 0
  const calls = 300 * servers + 2_000
  for (let done = 0; done < calls; done++) {
    while (machine.ask(now)._tag === 'go') {
      const next = freeAt.indexOf(Math.min(...freeAt))
      const endsAt = Math.max(now, freeAt[next] ?? 0) + serviceMs * (1 + jitter * (random() - 0.5))
      freeAt[next] = endsAt
      running.push({ endsAt, call: machine.begin(now) })
    }
    running.sort((a, b) => a.endsAt - b.endsAt)
    const first = running.shift()
    if (first === undefined) throw new Error('nothing runs')
    if (done > calls / 2) {
      weighed += machine.limit * (first.endsAt - now)
      time += first.endsAt - now
    }
    now = first.endsAt
    machine.end(first.call, 'succeeded', now)
  }
  return weighed / time
}

describe('the limit of what is under way', () => {
  it.each([3, 5, 10, 25, 60])('comes within a fifth of what a store of %i servers takes at best', (servers) => {
    for (let seed = 1; seed <= 5; seed++)
      for (const [serviceMs, jitter] of [
        [10, 0],
        [40, 0.2],
        [250, 0.3]
      ] as const) {
        const found = foundFor(servers, serviceMs, jitter, seed)
        expect(Math.abs(found - servers) / servers, `${String(found)} of ${String(servers)}, seed ${String(seed)}`).toBeLessThanOrEqual(0.2) // prettier-ignore
      }
  })
})

type Step = { readonly waitMs: number; readonly outcome: 'succeeded' | 'refused' | 'failed' | 'given up' }
const steps = fc.array(
  fc.record({
    waitMs: fc.integer({ min: 0, max: 700 }),
    outcome: fc.constantFrom<Step['outcome']>('succeeded', 'refused', 'failed', 'given up')
  }),
  { maxLength: 200 }
)

describe('a guard', () => {
  it('never has more under way than its limit, nor a second call while it probes, nor probes too often', () => {
    fc.assert(
      fc.property(steps, (all: readonly Step[]) => {
        const machine = new GuardMachine({ breaker, rate: null, concurrency: { max: 8, tolerance: 1.15 } })
        const calls: GuardedCall[] = []
        let now = 0
        let probedAt = -Infinity
        let underWay = 0
        for (const { waitMs, outcome } of all) {
          now += waitMs
          while (machine.ask(now)._tag === 'go') {
            const wasOpen = machine.state !== 'closed'
            calls.push(machine.begin(now))
            underWay++
            if (wasOpen) {
              expect(now - probedAt).toBeGreaterThanOrEqual(1_000)
              expect(machine.state).toBe('probing')
              probedAt = now
            } else expect(underWay).toBeLessThanOrEqual(machine.limit)
          }
          expect(machine.active).toBe(underWay)
          const call = calls.shift()
          if (call === undefined) continue
          machine.end(call, outcome, now)
          underWay--
        }
      })
    )
  })

  it('is open only until a probe succeeds, whatever ends meanwhile that began before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (late) => {
        const machine = new GuardMachine({ breaker, rate: null, concurrency: null })
        const before = late.map(() => machine.begin(0))
        for (let number = 0; number < 5; number++) machine.end(machine.begin(0), 'failed', 10)
        expect(machine.state).toBe('open')
        late.forEach((failed, index) => {
          const call = before[index]
          if (call !== undefined) machine.end(call, failed ? 'failed' : 'succeeded', 500)
        })
        expect(machine.ask(1_009)).toEqual({ _tag: 'wait', by: 'breaker', until: 1_010 })
        const probe = machine.begin(1_010)
        expect(machine.ask(5_000)).toMatchObject({ by: 'breaker', until: Infinity })
        expect(machine.end(probe, 'succeeded', 1_020)).toBe('closed')
        expect(machine.ask(1_020)).toEqual({ _tag: 'go' })
      })
    )
  })

  it('lets no more begin in any time than its rate and its burst', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 20 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 100 }),
        (perSecond, burst, waits) => {
          const machine = new GuardMachine({ breaker: null, concurrency: null, rate: { perSecond, burst } })
          const began: number[] = []
          let now = 0
          for (const waitMs of waits) {
            now += waitMs
            for (let most = 0; most < 50 && machine.ask(now)._tag === 'go'; most++) {
              machine.begin(now)
              began.push(now)
            }
          }
          began.forEach((from, index) => {
            const last = began[began.length - 1] ?? from
            expect(began.length - index).toBeLessThanOrEqual(burst + ((last - from) * perSecond) / 1_000 + 1)
          })
        }
      )
    )
  })

  it('says when a token is there, and it is', () => {
    const machine = new GuardMachine({ breaker: null, concurrency: null, rate: { perSecond: 3, burst: 1 } })
    let now = 0
    for (let number = 0; number < 100; number++) {
      const answer = machine.ask(now)
      if (answer._tag === 'wait') {
        now = answer.until
        expect(machine.ask(now)).toEqual({ _tag: 'go' })
      }
      machine.begin(now)
    }
    expect(now).toBeCloseTo(33_000, -1)
  })
})
