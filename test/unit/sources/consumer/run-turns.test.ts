import { Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { RunTurns, type TurnedRun } from '../../../../src/sources/consumer/run-turns.js'

const run = (phase: 'running' | 'leaving' | 'ended') => {
  const waiting: (() => void)[] = []
  return {
    isLeaving: phase !== 'running',
    isEnded: phase === 'ended',
    onEnd: (then: () => void) => {
      waiting.push(then)
    },
    ends: () => {
      for (const then of waiting) then()
    }
  }
}

const subscribing = (turns: RunTurns, last: TurnedRun | null, begin: () => void) => {
  const errors: unknown[] = []
  const subscription = new Observable<unknown>((subscriber) => {
    turns.subscribed(subscriber, last, begin)
  }).subscribe({ error: (error: unknown) => errors.push(error) })
  return { errors, subscription }
}

describe('the turns of a consumer’s runs', () => {
  it('begins at once where no run is, or the last one has ended', () => {
    for (const last of [null, run('ended')]) {
      let begun = 0
      subscribing(new RunTurns('one at a time'), last, () => (begun += 1))
      expect(begun).toBe(1)
    }
  })

  it('refuses a subscription beside a running one', () => {
    const second = subscribing(new RunTurns('one at a time'), run('running'), () => expect.unreachable())
    expect(second.errors).toMatchObject([{ fault: { _tag: 'UsageFault', reason: 'one at a time' } }])
  })

  it('begins after a run that leaves, and refuses a further one until then', () => {
    const turns = new RunTurns('one at a time')
    const last = run('leaving')
    const begun: string[] = []
    subscribing(turns, last, () => begun.push('second'))
    const further = subscribing(turns, last, () => begun.push('third'))
    expect(begun).toEqual([])
    expect(further.errors).toHaveLength(1)
    last.ends()
    expect(begun).toEqual(['second'])
  })

  it('lets another wait once the one that waited has unsubscribed', () => {
    const turns = new RunTurns('one at a time')
    const last = run('leaving')
    const begun: string[] = []
    const left = subscribing(turns, last, () => begun.push('left'))
    left.subscription.unsubscribe()
    subscribing(turns, last, () => begun.push('next'))
    last.ends()
    expect(begun).toEqual(['next'])
  })

  it('lets one wait at a time, also where the run before completes while another waits for it', () => {
    const turns = new RunTurns('one at a time')
    const first = run('leaving')
    const second = run('leaving')
    const begun: string[] = []
    const completing = subscribing(turns, first, () => begun.push('second'))
    first.ends()
    subscribing(turns, second, () => begun.push('third'))
    completing.subscription.unsubscribe()
    const further = subscribing(turns, second, () => begun.push('fourth'))
    second.ends()
    expect(begun).toEqual(['second', 'third'])
    expect(further.errors).toHaveLength(1)
  })
})
