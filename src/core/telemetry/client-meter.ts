/** One value of a metric. */
export interface ClientMetric {
  readonly name: string
  /** a counter's value since the start, or since the last push; a gauge's current value */
  readonly type: 'counter' | 'gauge'
  readonly value: number
  readonly labels: Readonly<Record<string, string>>
}

/** The kind of client that is measured. */
export type ClientKind = 'consumer' | 'producer'

/** Latencies of a period. */
interface Window {
  readonly count: number
  readonly sum: number
  readonly max: number
}

const empty: Window = { count: 0, sum: 0, max: 0 }

/** Latencies since the last push. */
class Latency {
  /** since the client began */
  total = 0
  private present: Window = empty
  /** latencies in the push in flight; later ones belong to the next push */
  private taken: Window = empty

  add(ms: number): void {
    this.present = joined(this.present, { count: 1, sum: ms, max: ms })
    this.total += ms
  }

  /** The latencies for the next push, including those of a push that failed. */
  take(): Window {
    this.taken = joined(this.taken, this.present)
    this.present = empty
    return this.taken
  }

  confirm(): void {
    this.taken = empty
  }
}

const joined = (a: Window, b: Window): Window => ({
  count: a.count + b.count,
  sum: a.sum + b.sum,
  max: Math.max(a.max, b.max)
})

/** The prefix for all metrics, as Java's `ClientTelemetryUtils` reads it; brokers of Kafka 3.7 send an empty prefix. */
const everything = '*'

/** Requests that have a latency metric of their own, by API. */
const latencyOf: Readonly<Record<string, string>> = {
  Fetch: 'fetch.manager.fetch.latency',
  OffsetCommit: 'coordinator.commit.latency'
}

/**
 * The standard metrics of KIP-714 that this client can measure; times are in ms. Nothing is measured before a broker requests it.
 * Averages and maxima cover the time since the last push; a latency without a request is left out.
 */
export class ClientMeter {
  private readonly prefix: string
  private readonly kind: ClientKind
  private active = false
  private readonly latencies = new Map<string, Latency>()
  private readonly nodes = new Map<string, Latency>()
  private readonly rebalances = new Latency()
  private readonly throttles = new Latency()
  private connections = 0
  private partitions = 0
  /** counters as of the last push, and its time */
  private pushed: ReadonlyMap<string, number> = new Map()
  private pushedAt: number
  /** the same for the push in flight */
  private taken: { readonly counters: ReadonlyMap<string, number>; readonly at: number }

  constructor(kind: ClientKind, now: number) {
    this.kind = kind
    this.taken = { counters: this.pushed, at: now }
    this.prefix = `org.apache.kafka.${kind}.`
    this.pushedAt = now
  }

  /** Whether requests are measured. */
  get isActive(): boolean {
    return this.active
  }

  activate(active: boolean): void {
    this.active = active
  }

  /** A connection was made. */
  connected(): void {
    this.connections++
  }

  assigned(partitions: number): void {
    this.partitions = partitions
  }

  rebalanced(ms: number): void {
    this.rebalances.add(ms)
  }

  throttled(ms: number): void {
    this.throttles.add(ms)
  }

  /** A request was answered. `node` is null where the broker's id is not known. */
  answered(api: string, node: number | null, ms: number): void {
    const name = latencyOf[api]
    if (name !== undefined) latencyIn(this.latencies, name).add(ms)
    if (node !== null) latencyIn(this.nodes, String(node)).add(ms)
  }

  /** The metrics for a push whose names begin with one of these prefixes; `*` means all. */
  collect(prefixes: readonly string[], now: number, delta: boolean): readonly ClientMetric[] {
    this.taken = { counters: this.counters, at: now }
    const perSecond = this.connectionsSince / Math.max(1, (now - this.pushedAt) / 1_000)
    const all: ClientMetric[] = [
      this.counter('connection.creation.total', this.connections, delta),
      this.gauge('connection.creation.rate', perSecond),
      ...[...this.nodes].flatMap(([node, latency]) => this.both('node.request.latency', latency, { node_id: node })),
      ...[...this.latencies].flatMap(([name, latency]) => this.both(name, latency)),
      ...(this.kind === 'producer' ? this.both('produce.throttle.time', this.throttles) : this.ofGroup(delta))
    ]
    return all.filter(({ name }) => prefixes.some((prefix) => prefix === everything || name.startsWith(prefix)))
  }

  /** The last push arrived: the next averages and differences begin where it was collected. */
  confirm(): void {
    this.pushed = this.taken.counters
    this.pushedAt = this.taken.at
    for (const latency of [...this.nodes.values(), ...this.latencies.values(), this.rebalances, this.throttles])
      latency.confirm()
  }

  private ofGroup(delta: boolean): readonly ClientMetric[] {
    return [
      this.gauge('coordinator.assigned.partitions', this.partitions),
      ...this.both('coordinator.rebalance.latency', this.rebalances),
      this.counter('coordinator.rebalance.latency.total', this.rebalances.total, delta)
    ]
  }

  private get counters(): ReadonlyMap<string, number> {
    return new Map([
      ['connection.creation.total', this.connections],
      ['coordinator.rebalance.latency.total', this.rebalances.total]
    ])
  }

  private get connectionsSince(): number {
    return this.connections - (this.pushed.get('connection.creation.total') ?? 0)
  }

  private counter(name: string, value: number, delta: boolean): ClientMetric {
    const since = delta ? value - (this.pushed.get(name) ?? 0) : value
    return { name: this.prefix + name, type: 'counter', value: since, labels: {} }
  }

  private gauge(name: string, value: number, labels: ClientMetric['labels'] = {}): ClientMetric {
    return { name: this.prefix + name, type: 'gauge', value, labels }
  }

  private both(name: string, latency: Latency, labels?: ClientMetric['labels']): readonly ClientMetric[] {
    const { count, sum, max } = latency.take()
    if (count === 0) return []
    return [this.gauge(`${name}.avg`, sum / count, labels), this.gauge(`${name}.max`, max, labels)]
  }
}

const latencyIn = (latencies: Map<string, Latency>, name: string): Latency => {
  const known = latencies.get(name) ?? new Latency()
  latencies.set(name, known)
  return known
}
