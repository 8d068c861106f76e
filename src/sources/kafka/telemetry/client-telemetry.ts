import { gzipSync } from 'node:zlib'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { type ClientKind, ClientMeter } from '../../../core/telemetry/client-meter.js'
import { otlpMetrics } from '../../../core/telemetry/otlp-metrics.js'
import {
  type TelemetryEffect,
  type TelemetryFailure,
  TelemetryMachine,
  type TelemetrySubscription
} from '../../../core/telemetry/telemetry-machine.js'
import { inBackground } from '../../../internal/real-clock.js'
import type { BrokerAddress } from '../../../config/broker-address.js'
import type { Clock } from '../../../model/clock.js'
import type { RebalanceSummary } from '../../../model/rebalance-event.js'
import { BrokerLinks } from '../network/broker-links.js'
import type { BrokerPool } from '../network/broker-pool.js'
import type { ClientObserver } from '../network/client-observer.js'
import { WireError } from '../network/wire-error.js'
import { getTelemetrySubscriptions } from '../protocol/get-telemetry-subscriptions.js'
import { pushTelemetry } from '../protocol/push-telemetry.js'

/** The labels of a client in its metrics: `group_id`, `transactional_id` and so on. */
export type TelemetryLabels = Readonly<Record<string, string>>

/** How long the last push may keep connections open. */
const lastPushMs = 1_000
const gzip = 1
const none = 0

/**
 * Pushes the metrics of one consumer or producer to the brokers that request them. It uses the metadata connection, which is open
 * anyway. Nothing is sent to brokers whose ApiVersions lack the request.
 */
export class ClientTelemetry implements ClientObserver {
  private readonly meter: ClientMeter
  private readonly machine: TelemetryMachine
  private readonly labels: TelemetryLabels
  private readonly clock: Clock
  private readonly links: BrokerLinks
  private readonly startedAt: number
  private pushedAt: number
  private nodes: readonly number[] = []
  /** counts unreachable nodes: the next push goes to another one */
  private turn = 0
  private cancel: (() => void) | null = null

  constructor(kind: ClientKind, labels: TelemetryLabels, settings: ConnectionSettings, pool: BrokerPool) {
    const { clock, random } = pool
    this.clock = clock
    this.labels = labels
    this.meter = new ClientMeter(kind, clock.now())
    this.machine = new TelemetryMachine(random)
    this.links = new BrokerLinks(settings, { pool })
    this.startedAt = this.pushedAt = clock.wallTime()
  }

  get isMeasuring(): boolean {
    return this.meter.isActive
  }

  answered(api: string, node: number | null, tookMs: number): void {
    this.meter.answered(api, node, tookMs)
  }

  throttled(forMs: number): void {
    this.meter.throttled(forMs)
  }

  connected(): void {
    this.meter.connected()
  }

  /** The number of partitions assigned to the member; `rebalance` has the duration, if there was one. */
  assigned(partitions: number, rebalance: RebalanceSummary | null): void {
    this.meter.assigned(partitions)
    if (rebalance !== null) this.meter.rebalanced(rebalance.drainMs + rebalance.joinMs + rebalance.syncMs)
  }

  /** The client has learned the brokers' addresses. */
  learned(nodes: readonly (BrokerAddress & { readonly nodeId: number })[]): void {
    if (this.machine.isOver) return
    this.links.learnMore(nodes)
    this.nodes = nodes.map(({ nodeId }) => nodeId)
    this.perform(this.machine.begin())
  }

  /** Pushes once more if metrics are requested, for a second at most. */
  closing(): void {
    this.cancel?.()
    this.cancel = null
    this.perform(this.machine.close())
    if (!this.machine.isOver)
      this.cancel = inBackground(lastPushMs, () => {
        this.perform(this.machine.failed('unreached'))
      })
  }

  private perform(effects: readonly TelemetryEffect[]): void {
    for (const effect of effects) this.performOne(effect)
  }

  private performOne(effect: TelemetryEffect): void {
    switch (effect._tag) {
      case 'ask':
        this.ask(effect.clientInstanceId)
        break
      case 'push':
        this.push(effect.subscription, effect.isCompressed, effect.terminating)
        break
      case 'arm':
        this.cancel?.()
        this.cancel = inBackground(effect.inMs, () => {
          this.cancel = null
          this.perform(this.machine.due())
        })
        break
      case 'measure':
        this.meter.activate(effect.enabled)
        break
      case 'over':
        this.cancel?.()
        this.cancel = null
        this.links.close()
        break
    }
  }

  private ask(clientInstanceId: string | null): void {
    this.links.sendToNode(this.node, 'metadata', getTelemetrySubscriptions, clientInstanceId, this.times).then(
      (answer) => {
        this.perform(this.machine.subscribed(answer))
      },
      (error: unknown) => {
        this.failed(error)
      }
    )
  }

  private push(subscription: TelemetrySubscription, mayCompress: boolean, terminating: boolean): void {
    const { clientInstanceId, subscriptionId, compressionTypes, maxBytes, delta, metrics: prefixes } = subscription
    const now = this.clock.wallTime()
    const measured = this.meter.collect(prefixes, this.clock.now(), delta)
    const times = { from: delta ? this.pushedAt : this.startedAt, to: now }
    const plain = otlpMetrics(this.labels, measured, times, delta)
    const isCompressed = mayCompress && compressionTypes.includes(gzip)
    const metrics = isCompressed ? new Uint8Array(gzipSync(plain)) : plain
    if (measured.length === 0 || metrics.length > maxBytes) {
      this.perform(this.machine.skipped())
      return
    }
    const compressionType = isCompressed ? gzip : none
    const request = { clientInstanceId, subscriptionId, terminating, compressionType, metrics }
    this.links.sendToNode(this.node, 'metadata', pushTelemetry, request, this.times).then(
      (code) => {
        if (code === none) {
          this.pushedAt = now
          this.meter.confirm()
        }
        this.perform(this.machine.pushed(code))
      },
      (error: unknown) => {
        this.failed(error)
      }
    )
  }

  private failed(error: unknown): void {
    this.turn++
    this.perform(this.machine.failed(failureOf(error)))
  }

  private get node(): number {
    return this.nodes[this.turn % Math.max(1, this.nodes.length)] ?? -1
  }

  private get times(): { readonly timeoutMs: number } {
    return { timeoutMs: this.links.requestTimeoutMs }
  }
}

const failureOf = (error: unknown): TelemetryFailure => {
  const tag = error instanceof WireError ? error.fault._tag : null
  return tag === 'UnsupportedVersionFault' || tag === 'AuthenticationFault' ? 'impossible' : 'unreached'
}
