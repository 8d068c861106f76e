import { describeFault } from '../../model/describe-fault.js'
import { faultOfError } from '../../model/consumer-error.js'
import type { Clock } from '../../model/clock.js'
import type { CommitEvent } from '../../model/commit-event.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConsumerPhase, ConsumerStatus, PartitionStatus, StatusWait } from '../../model/consumer-status.js'
import type { Fault } from '../../model/fault.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import { reasonOf } from '../../model/printable.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import { statusFault } from '../../model/status-fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { DrainReport } from '../../model/drain-report.js'

/** The state of a run as the run itself knows it. */
export interface RunState {
  readonly phase: 'running' | 'draining' | 'leaving' | 'ended'
  readonly isRebalancing: boolean
  readonly isSuspended: boolean
  readonly outcome: DrainReport['outcome']
}

/** Rates cover at least this much time. */
const sampleMs = 1_000
/** A record that is unsettled for this long is named. */
const longMs = 10_000
/** A broker that keeps throttling is reported again within this time. */
const throttledAgainMs = 10_000

interface Counts {
  readonly delivered: number
  readonly settled: number
  readonly committed: bigint | null
}

interface Sampled extends Counts {
  readonly at: number
  readonly rates: readonly [delivered: number, settled: number, committed: number]
}

interface Open {
  readonly for: StatusWait['for']
  readonly what: string
  readonly since: number
  readonly until: number
  readonly fault: Fault | null
}

/**
 * Keeps the part of a status that comes from events: a little for each event, nothing for records. The rest is read when a
 * status is requested.
 */
export class StatusTracker {
  private readonly clock: Clock
  private readonly groupId: string | null
  private readonly runState: () => RunState | null
  private readonly open = new Map<string, Open>()
  private readonly samples = new Map<string, Sampled>()
  private phase: ConsumerPhase = 'idle'
  private since: number
  private member: { readonly id: string; readonly protocol: string } | null = null
  private generation = -1
  private isIn = false
  /** the error of the pipeline that stops the consumer */
  private failedBy: unknown = undefined
  private stoppedBy: unknown = undefined

  constructor(clock: Clock, groupId: string | null, runState: () => RunState | null) {
    this.clock = clock
    this.groupId = groupId
    this.runState = runState
    this.since = clock.now()
  }

  /** A subscription begins. */
  began(): void {
    this.open.clear()
    this.samples.clear()
    this.isIn = false
    this.member = null
    this.generation = -1
    this.failedBy = undefined
    this.stoppedBy = undefined
    this.enter('joining')
  }

  event(event: ConsumerEvent): void {
    const now = this.clock.now()
    switch (event._tag) {
      case 'reconnecting':
        this.wait('reconnecting', event.broker, event.fault)
        break
      case 'waiting':
        this.wait('waiting', event.reason, event.fault)
        break
      case 'joining':
        this.wait('joining', event.groupId, null)
        break
      case 'throttled':
        this.wait('throttled', event.broker, null, now + event.forMs + throttledAgainMs)
        break
      case 'recovered':
        this.open.delete(`${event.from} ${event.what}`)
        break
      case 'pipeline failed':
        this.failedBy ??= event.cause
        break
      case 'stopped':
        this.stoppedBy = event.cause
        break
      default:
    }
    this.enter(this.phaseOf(this.runState()))
  }

  commit(event: CommitEvent): void {
    for (const { topic, partition } of event.offsets) {
      const place = partitionKey(topic, partition)
      if (event._tag === 'stored') this.open.delete(`committing ${place}`)
      else this.wait('committing', place, event.fault)
    }
  }

  rebalance(event: RebalanceEvent): void {
    if ('partitions' in event)
      for (const { topic, partition } of event.partitions)
        this.open.delete(`committing ${partitionKey(topic, partition)}`)
    if (event._tag === 'assigned') this.assigned(event)
    this.enter(this.phaseOf(this.runState()))
  }

  private assigned(event: RebalanceEvent & { readonly _tag: 'assigned' }): void {
    this.isIn = true
    this.generation = event.generation
    if (event.rebalance !== null) this.member = { id: event.rebalance.memberId, protocol: event.rebalance.protocol }
    const at = this.clock.now()
    for (const { topic, partition } of event.gained)
      this.samples.set(partitionKey(topic, partition), {
        at,
        delivered: 0,
        settled: 0,
        committed: null,
        rates: [0, 0, 0]
      })
  }

  status(positions: readonly PartitionPosition[]): ConsumerStatus {
    const now = this.clock.now()
    const run = this.runState()
    this.enter(this.phaseOf(run))
    for (const [key, { until }] of this.open) if (until <= now) this.open.delete(key)
    const waits = [...this.open.values()].sort((a, b) => a.since - b.since)
    const partitions = positions.map((position) => this.partition(position, now))
    const sum = (of: (one: PartitionStatus) => number | null): number =>
      partitions.reduce((all, one) => all + (of(one) ?? 0), 0)
    const end = this.phase === 'stopped' ? this.stoppedBy : this.failedBy
    const fault = end !== undefined ? faultOfError(end) : (waits.find((wait) => wait.fault !== null)?.fault ?? null)
    return {
      phase: this.phase,
      forMs: Math.max(0, now - this.since),
      reason: end !== undefined ? reasonOf(end) : waits[0] === undefined ? troubleOf(partitions) : wordsOf(waits[0]),
      fault: statusFault(fault),
      waits: waits.map(({ for: kind, what, since, fault: why }) => ({
        for: kind,
        what,
        forMs: now - since,
        fault: statusFault(why)
      })),
      groupId: this.groupId,
      memberId: this.member?.id ?? null,
      generation: this.generation,
      protocol: this.member?.protocol ?? null,
      partitions,
      lag: sum(({ lag }) => lag),
      behind: sum(({ behind }) => behind),
      lagMs: partitions.reduce((most, { lagMs }) => Math.max(most, lagMs ?? 0), 0),
      inFlight: sum(({ inFlight }) => inFlight),
      outcome: run?.phase === 'ended' ? run.outcome : null
    }
  }

  private phaseOf(run: RunState | null): ConsumerPhase {
    if (run === null) return 'idle'
    if (run.phase === 'ended') return this.stoppedBy === undefined ? 'left' : 'stopped'
    if (run.phase !== 'running') return run.phase
    if (run.isSuspended) return 'suspended'
    if (!this.isIn)
      return [...this.open.values()].some((wait) => wait.for === 'reconnecting') ? 'connecting' : 'joining'
    return run.isRebalancing ? 'rebalancing' : 'running'
  }

  private enter(phase: ConsumerPhase): void {
    if (phase === this.phase) return
    this.phase = phase
    this.since = this.clock.now()
  }

  private wait(kind: StatusWait['for'], what: string, fault: Fault | null, until = Infinity): void {
    const key = `${kind} ${what}`
    this.open.set(key, { for: kind, what, since: this.open.get(key)?.since ?? this.clock.now(), until, fault })
  }

  private partition(at: PartitionPosition, now: number): PartitionStatus {
    const { topic, partition, committed, position, logEnd, lag: behind, waitingFor } = at
    const [deliveredPerSecond, settledPerSecond, committedPerSecond] = this.rates(at, now)
    return {
      topic,
      partition,
      committed: text(committed),
      position: text(position),
      logEnd: text(logEnd),
      lag: committed === null || logEnd === null ? null : Math.max(0, Number(logEnd - committed)),
      behind: behind === null ? null : Number(behind),
      lagMs:
        behind === 0n ? 0 : at.lastTimestamp === null ? null : Math.max(0, this.clock.wallTime() - at.lastTimestamp),
      delivered: at.delivered,
      settled: at.settled,
      deliveredPerSecond,
      settledPerSecond,
      committedPerSecond,
      inFlight: at.inFlight,
      oldest:
        waitingFor === null
          ? null
          : {
              offset: String(waitingFor.offset),
              ageMs: waitingFor.forMs,
              lastOperator: waitingFor.lastOperator,
              held: waitingFor.held
            },
      heldUpBy: at.heldUpBy,
      standing: at.standing,
      fault: statusFault(at.fault)
    }
  }

  private rates(
    { topic, partition, delivered, settled, committed, position }: PartitionPosition,
    now: number
  ): Sampled['rates'] {
    const key = partitionKey(topic, partition)
    const last = this.samples.get(key) ?? { at: now, delivered: 0, settled: 0, committed, rates: [0, 0, 0] }
    if (now - last.at < sampleMs) return last.rates
    const seconds = (now - last.at) / 1_000
    // The counters restart at 0 after a seek or with a new subscriber. Without a committed offset, commits count from the
    // position.
    const from = committed ?? position
    const grown = (from: number, to: number): number => (to < from ? to : to - from) / seconds
    const stored =
      committed === null || last.committed === null ? 0 : Math.max(0, Number(committed - last.committed)) / seconds
    const rates = [grown(last.delivered, delivered), grown(last.settled, settled), stored] as const
    this.samples.set(key, { at: now, delivered, settled, committed: from, rates })
    return rates
  }
}

const text = (offset: bigint | null): string | null => (offset === null ? null : String(offset))

/** Why partitions make no progress, as text; null if all do. */
const troubleOf = (partitions: readonly PartitionStatus[]): string | null => {
  for (const { topic, partition, fault, oldest, heldUpBy } of partitions) {
    const place = `${topic}/${String(partition)}`
    if (fault !== null) return `${place}: ${fault.reason}`
    if (heldUpBy !== null) return `${place}: ${heldUpBy}`
    if (oldest === null || oldest.ageMs < longMs) continue
    const forMs = `for ${String(Math.round(oldest.ageMs))} ms`
    return oldest.held
      ? `${place} offset ${oldest.offset} is worked on ${forMs}`
      : `${place} offset ${oldest.offset} is not settled ${forMs}, and no operator has it after ${oldest.lastOperator}`
  }
  return null
}

const wordsOf = ({ for: kind, what, fault }: Open): string => {
  const why = fault === null ? '' : `: ${describeFault(fault)}`
  switch (kind) {
    case 'reconnecting':
      return `reconnecting to ${what}${why}`
    case 'waiting':
      return `${what}${why}`
    case 'joining':
      return `the group ${what} waits for its other members, for one that has gone until its session is over`
    case 'committing':
      return `${what} cannot be committed${why}`
    case 'throttled':
      return `${what} throttles this client`
  }
}
