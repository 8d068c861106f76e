import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import { type SubscriptionAnswer, TelemetryMachine } from '../../../../src/core/telemetry/telemetry-machine.js'

const answer = (more: Partial<SubscriptionAnswer> = {}): SubscriptionAnswer => ({
  code: errorCode.NONE,
  clientInstanceId: 'id',
  subscriptionId: 7,
  compressionTypes: [1],
  pushIntervalMs: 1_000,
  maxBytes: 10_000,
  delta: true,
  metrics: [''],
  ...more
})

/** A machine that waits for its first push. */
const subscribed = (random = 0.5, more: Partial<SubscriptionAnswer> = {}): TelemetryMachine => {
  const machine = new TelemetryMachine(() => random)
  machine.begin()
  machine.subscribed(answer(more))
  return machine
}

const over = [{ _tag: 'measure', enabled: false }, { _tag: 'over' }]
const arm = (inMs: number) => [{ _tag: 'arm', inMs }]

describe('TelemetryMachine', () => {
  it('asks for the subscription once a broker was reached, and for an id with the first request only', () => {
    const machine = new TelemetryMachine(() => 0)
    expect(machine.begin()).toEqual([{ _tag: 'ask', clientInstanceId: null }])
    expect(machine.begin()).toEqual([])
    machine.subscribed(answer({ metrics: [] }))
    expect(machine.due()).toEqual([{ _tag: 'ask', clientInstanceId: 'id' }])
  })

  it.each([
    [0, 500],
    [0.5, 1_000],
    [1, 1_500]
  ])('pushes first after 0.5 to 1.5 intervals: %d', (random, inMs) => {
    const machine = new TelemetryMachine(() => random)
    machine.begin()
    expect(machine.subscribed(answer())).toEqual([{ _tag: 'measure', enabled: true }, ...arm(inMs)])
  })

  it.each([0, -1])(
    'waits five minutes if a broker requests an interval of %d ms, as Java’s client does',
    (pushIntervalMs) => {
      const machine = subscribed(0.5, { pushIntervalMs })
      machine.due()
      expect(machine.skipped()).toEqual(arm(300_000))
      const unwanted = new TelemetryMachine(() => 0.5)
      unwanted.begin()
      const answered = unwanted.subscribed(answer({ metrics: [], pushIntervalMs }))
      expect(answered).toEqual([{ _tag: 'measure', enabled: false }, ...arm(300_000)])
    }
  )

  it('arms no timer that is longer than Node’s, which would run at once', () => {
    const machine = new TelemetryMachine(() => 1)
    machine.begin()
    const answered = machine.subscribed(answer({ pushIntervalMs: 2 ** 31 - 1 }))
    expect(answered).toEqual([{ _tag: 'measure', enabled: true }, ...arm(2 ** 31 - 1)])
  })

  it('pushes once an interval from then on, under the id that it has', () => {
    const machine = subscribed()
    const [push] = machine.due()
    expect(push).toMatchObject({
      _tag: 'push',
      terminating: false,
      isCompressed: true,
      subscription: { clientInstanceId: 'id', subscriptionId: 7 }
    })
    expect(machine.pushed(errorCode.NONE)).toEqual(arm(1_000))
    expect(machine.due()).toMatchObject([{ _tag: 'push' }])
    expect(machine.skipped()).toEqual(arm(1_000))
    expect(machine.due()).toMatchObject([{ _tag: 'push' }])
  })

  it('measures and pushes nothing while no metric is subscribed, and asks again after the interval', () => {
    const machine = new TelemetryMachine(() => 0)
    machine.begin()
    expect(machine.subscribed(answer({ metrics: [] }))).toEqual([{ _tag: 'measure', enabled: false }, ...arm(1_000)])
    expect(machine.close()).toEqual(over)
  })

  it('asks at once for another subscription when its own has ended, but not in a loop', () => {
    const machine = subscribed()
    machine.due()
    expect(machine.pushed(errorCode.UNKNOWN_SUBSCRIPTION_ID)).toEqual(arm(0))
    expect(machine.due()).toEqual([{ _tag: 'ask', clientInstanceId: 'id' }])
    machine.subscribed(answer({ subscriptionId: 8 }))
    machine.due()
    expect(machine.pushed(errorCode.UNKNOWN_SUBSCRIPTION_ID)).toEqual(arm(1_000))
  })

  it('pushes without compression once the broker refuses it', () => {
    const machine = subscribed()
    machine.due()
    expect(machine.pushed(errorCode.UNSUPPORTED_COMPRESSION_TYPE)).toEqual(arm(0))
    machine.due()
    machine.subscribed(answer())
    expect(machine.due()).toMatchObject([{ _tag: 'push', isCompressed: false }])
  })

  it.each(['TELEMETRY_TOO_LARGE', 'THROTTLING_QUOTA_EXCEEDED', 'UNKNOWN_SERVER_ERROR'] as const)(
    'asks again an interval after %s',
    (name) => {
      const machine = subscribed()
      machine.due()
      expect(machine.pushed(errorCode[name])).toEqual(arm(1_000))
      expect(machine.due()).toMatchObject([{ _tag: 'ask' }])
    }
  )

  it.each(['INVALID_REQUEST', 'INVALID_RECORD', 'UNSUPPORTED_VERSION'] as const)('ends after %s', (name) => {
    const machine = subscribed()
    machine.due()
    expect(machine.pushed(errorCode[name])).toEqual(over)
    expect([machine.due(), machine.begin(), machine.close(), machine.isOver]).toEqual([[], [], [], true])
    const asking = new TelemetryMachine(() => 0)
    asking.begin()
    expect(asking.subscribed(answer({ code: errorCode[name] }))).toEqual(over)
  })

  it('waits five minutes where it could not ask, an interval where it could not push, and ends if that is impossible', () => {
    const machine = new TelemetryMachine(() => 0)
    machine.begin()
    expect(machine.failed('unreached')).toEqual(arm(300_000))
    const pushing = subscribed()
    pushing.due()
    expect(pushing.failed('unreached')).toEqual(arm(1_000))
    expect(subscribed().failed('impossible')).toEqual(over)
  })

  it('pushes a last time when it closes, also while a push is under way, and then ends whatever comes', () => {
    const machine = subscribed()
    expect(machine.close()).toMatchObject([{ _tag: 'push', terminating: true }])
    expect(machine.due()).toEqual([])
    expect(machine.pushed(errorCode.UNKNOWN_SUBSCRIPTION_ID)).toEqual(over)
    const pushing = subscribed()
    pushing.due()
    expect(pushing.close()).toMatchObject([{ _tag: 'push', terminating: true }])
    expect(pushing.failed('unreached')).toEqual(over)
    const skipping = subscribed()
    skipping.close()
    expect(skipping.skipped()).toEqual(over)
    expect(new TelemetryMachine(() => 0).close()).toEqual(over)
  })
})
