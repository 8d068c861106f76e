import { longestTimer } from '../../model/clock.js'
import { telemetryVerdict, type TelemetryVerdict } from './telemetry-verdict.js'

/** The metrics that the cluster's operators request from this client (KIP-714). */
export interface TelemetrySubscription {
  /** the client's ID, assigned by a broker */
  readonly clientInstanceId: string
  readonly subscriptionId: number
  /** codecs by Kafka's numbers, in order of preference */
  readonly compressionTypes: readonly number[]
  readonly pushIntervalMs: number
  readonly maxBytes: number
  /** whether counters are sent as differences since the last push; otherwise since the start */
  readonly delta: boolean
  /** prefixes of the names; `*` and `''` mean all, an empty list means none */
  readonly metrics: readonly string[]
}

/** The answer to GetTelemetrySubscriptions. */
export interface SubscriptionAnswer extends TelemetrySubscription {
  readonly code: number
}

/** Why a request has no answer: the broker does not support it (or refuses the client), or could not be reached. */
export type TelemetryFailure = 'impossible' | 'unreached'

export type TelemetryEffect =
  /** GetTelemetrySubscriptions; null for a client without an ID */
  | { readonly _tag: 'ask'; readonly clientInstanceId: string | null }
  /** PushTelemetry, with a codec that was not refused */
  | {
      readonly _tag: 'push'
      readonly subscription: TelemetrySubscription
      readonly isCompressed: boolean
      readonly terminating: boolean
    }
  /** Call `due` after this time; replaces the timer armed before. */
  | { readonly _tag: 'arm'; readonly inMs: number }
  /** Whether to measure from now on. */
  | { readonly _tag: 'measure'; readonly enabled: boolean }
  /** Nothing is sent any more. */
  | { readonly _tag: 'over' }

type State = 'new' | 'asking' | 'waits to ask' | 'waits to push' | 'pushing' | 'terminating' | 'over'

/** Java's `ClientTelemetryReporter.DEFAULT_PUSH_INTERVAL_MS`, until a broker sends another. */
const defaultIntervalMs = 5 * 60_000

/**
 * Pushes a client's metrics to the brokers if they request them (KIP-714): the states of Java's `ClientTelemetryReporter`,
 * without time or requests. The first push after a subscription comes after 0.5 to 1.5 intervals, so that clients do not push
 * at the same time; then one for each interval; a last one when the client closes.
 */
export class TelemetryMachine {
  private readonly random: () => number
  private state: State = 'new'
  private subscription: TelemetrySubscription | null = null
  private clientInstanceId: string | null = null
  private isCompressed = true
  /** the last push was refused, and the subscription was requested again at once */
  private renewed = false

  /** @param random 0 to 1 */
  constructor(random: () => number) {
    this.random = random
  }

  get isOver(): boolean {
    return this.state === 'over'
  }

  /** The client has reached a broker. */
  begin(): readonly TelemetryEffect[] {
    return this.state === 'new' ? this.ask() : []
  }

  /** The armed time has passed. */
  due(): readonly TelemetryEffect[] {
    if (this.state === 'waits to ask') return this.ask()
    return this.state === 'waits to push' ? this.push('pushing') : []
  }

  subscribed(answer: SubscriptionAnswer): readonly TelemetryEffect[] {
    if (this.state !== 'asking') return []
    const { code, ...subscription } = answer
    const verdict = telemetryVerdict(code)
    if (verdict !== 'done') return this.refused(verdict)
    // The broker assigns an ID only to a client without one.
    this.clientInstanceId = this.clientInstanceId ?? answer.clientInstanceId
    // As in Java's `ClientTelemetryUtils.validateIntervalMs`: without a pause the client would push in a loop.
    const pushIntervalMs = answer.pushIntervalMs > 0 ? answer.pushIntervalMs : defaultIntervalMs
    this.subscription = { ...subscription, clientInstanceId: this.clientInstanceId, pushIntervalMs }
    const enabled = answer.metrics.length > 0
    const measure = { _tag: 'measure', enabled } as const
    if (!enabled) return [measure, ...this.askIn(pushIntervalMs)]
    this.state = 'waits to push'
    return [measure, { _tag: 'arm', inMs: Math.min(longestTimer, Math.round(pushIntervalMs * (0.5 + this.random()))) }]
  }

  pushed(code: number): readonly TelemetryEffect[] {
    if (this.state === 'terminating') return this.end()
    if (this.state !== 'pushing') return []
    const verdict = telemetryVerdict(code)
    if (verdict !== 'done') return this.refused(verdict)
    this.renewed = false
    this.state = 'waits to push'
    return [{ _tag: 'arm', inMs: this.intervalMs }]
  }

  failed(failure: TelemetryFailure): readonly TelemetryEffect[] {
    if (failure === 'impossible' || this.state === 'terminating') return this.end()
    return this.state === 'asking' || this.state === 'pushing' ? this.askIn(this.intervalMs) : []
  }

  /** There is nothing to push, or more than the broker accepts: the next push is an interval later. */
  skipped(): readonly TelemetryEffect[] {
    if (this.state === 'terminating') return this.end()
    if (this.state !== 'pushing') return []
    this.state = 'waits to push'
    return [{ _tag: 'arm', inMs: this.intervalMs }]
  }

  /** The client closes: what was measured since the last push is sent if metrics are requested. */
  close(): readonly TelemetryEffect[] {
    const isSubscribed = this.subscription !== null && this.subscription.metrics.length > 0
    const mayPush = this.state === 'waits to push' || this.state === 'pushing'
    return isSubscribed && mayPush ? this.push('terminating') : this.end()
  }

  private get intervalMs(): number {
    return this.subscription?.pushIntervalMs ?? defaultIntervalMs
  }

  private ask(): readonly TelemetryEffect[] {
    this.state = 'asking'
    return [{ _tag: 'ask', clientInstanceId: this.clientInstanceId }]
  }

  private askIn(inMs: number): readonly TelemetryEffect[] {
    this.state = 'waits to ask'
    return [{ _tag: 'arm', inMs }]
  }

  private push(state: 'pushing' | 'terminating'): readonly TelemetryEffect[] {
    const { subscription, isCompressed } = this
    if (subscription === null) return this.end()
    this.state = state
    return [{ _tag: 'push', subscription, isCompressed, terminating: state === 'terminating' }]
  }

  private refused(verdict: TelemetryVerdict): readonly TelemetryEffect[] {
    if (verdict === 'over') return this.end()
    if (verdict === 'uncompressed') this.isCompressed = false
    // A broker that refuses what it has just requested is not asked in a loop.
    const isRenewing = verdict !== 'later' && !this.renewed
    this.renewed = isRenewing
    return isRenewing ? this.askIn(0) : this.askIn(this.intervalMs)
  }

  private end(): readonly TelemetryEffect[] {
    if (this.state === 'over') return []
    this.state = 'over'
    return [{ _tag: 'measure', enabled: false }, { _tag: 'over' }]
  }
}
