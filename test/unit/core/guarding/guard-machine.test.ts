import { describe, expect, it } from 'vitest'
import { type CallOutcome, GuardMachine, type GuardSettings } from '../../../../src/core/guarding/guard-machine.js'

const guard = (settings: Partial<GuardSettings>): GuardMachine =>
  new GuardMachine({ breaker: null, concurrency: null, rate: null, ...settings })
const breaker = { calls: 2, failureRatio: 0.5, probeEveryMs: 100 }
const concurrency = { max: 8, tolerance: 1.5 }

const call = (machine: GuardMachine, outcome: CallOutcome, now = 0, tookMs = 0) =>
  machine.end(machine.begin(now), outcome, now + tookMs)

describe('GuardMachine', () => {
  it('lets everything pass without any limit', () => {
    const machine = guard({})
    machine.begin(0)

    expect([machine.ask(0), machine.state, machine.limit, machine.active]).toEqual([
      { _tag: 'go' },
      'closed',
      Infinity,
      1
    ])
  })

  it('says what a call waits for, the breaker before concurrency before the rate, and until when', () => {
    const machine = guard({ breaker, concurrency: { ...concurrency, max: 1 }, rate: { perSecond: 10, burst: 1 } })
    const first = machine.begin(0)

    expect(machine.ask(0)).toEqual({ _tag: 'wait', by: 'concurrency', until: Infinity })
    machine.end(first, 'failed', 0)
    expect(machine.ask(0)).toMatchObject({ by: 'rate', until: expect.closeTo(100) as number })
    expect(call(machine, 'failed', 100)).toBe('opened')
    expect(machine.ask(150)).toEqual({ _tag: 'wait', by: 'breaker', until: 200 })
  })

  it('lets one call through an open breaker, and all once that has succeeded', () => {
    const machine = guard({ breaker })
    call(machine, 'failed')
    call(machine, 'failed')
    const probe = machine.begin(100)

    expect(machine.ask(100)).toEqual({ _tag: 'wait', by: 'breaker', until: Infinity })
    expect(machine.end(probe, 'succeeded', 110)).toBe('closed')
    expect(machine.ask(110)).toEqual({ _tag: 'go' })
  })

  it('counts a call that was given up neither as a success nor as a failure, but no longer as under way', () => {
    const machine = guard({ breaker, concurrency })
    for (let count = 0; count < 10; count++) expect(call(machine, 'given up')).toBeNull()

    expect([machine.state, machine.active, machine.limit]).toEqual(['closed', 0, 1])
  })

  it('counts a refusal as an answer: what is called is there', () => {
    const machine = guard({ breaker })
    call(machine, 'refused')
    call(machine, 'refused')

    expect(machine.state).toBe('closed')
  })

  it('ignores calls from before the breaker opened', () => {
    const machine = guard({ breaker })
    const slow = machine.begin(0)
    call(machine, 'failed')
    call(machine, 'failed')

    expect(machine.end(slow, 'succeeded', 50)).toBeNull()
    expect(machine.state).toBe('open')
  })

  it('begins with one call at a time when the service is back', () => {
    const machine = guard({ breaker, concurrency })
    for (let count = 0; count < 3; count++) call(machine, 'succeeded', 0, 10)
    expect(machine.limit).toBeGreaterThan(1)
    call(machine, 'failed')
    call(machine, 'failed')
    expect(call(machine, 'succeeded', 100, 10)).toBe('closed')

    expect(machine.limit).toBe(1)
  })
})
