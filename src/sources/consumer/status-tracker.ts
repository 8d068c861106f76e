import { faultOfError } from '../../model/consumer-error.js'
import type { Clock } from '../../model/clock.js'
import type { CommitEvent } from '../../model/commit-event.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConsumerPhase, ConsumerStatus, PartitionStatus } from '../../model/consumer-status.js'
import type { PartitionPosition } from '../../model/partition-position.js'
import { reasonOf } from '../../model/printable.js'
import type { RebalanceEvent } from '../../model/rebalance-event.js'
import { statusFault } from '../../model/status-fault.js'
import { keyOf } from '../../model/topic-partition.js'
import type { DrainReport } from '../../model/drain-report.js'
import { partitionStatus, troubleOf } from './partition-status.js'
import { StatusRates } from './status-rates.js'
import { StatusWaits, describeWait } from './status-waits.js'

/** The state of a run as the run itself knows it. */
export interface RunState {
  readonly phase: 'running' | 'draining' | 'leaving' | 'ended'
  readonly isRebalancing: boolean
  readonly isSuspended: boolean
  readonly outcome: DrainReport['outcome']
}

/** A broker that keeps throttling is reported again within this time. */
const throttledAgainMs = 10_000

/**
 * Keeps the part of a status that comes from events, at no cost for records. The other parts are read when a status is
 * requested.
 */
export class StatusTracker {
  private readonly clock: Clock
  private readonly groupId: string | null
  private readonly runState: () => RunState | null
  private readonly waits: StatusWaits
  private readonly rates = new StatusRates()
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
    this.waits = new StatusWaits(clock)
    this.since = clock.now()
  }

  /** A subscription begins. */
  began(): void {
    this.waits.clear()
    this.rates.clear()
    this.isIn = false
    this.member = null
    this.generation = -1
    this.failedBy = undefined
    this.stoppedBy = undefined
    this.enter('joining')
  }

  event(event: ConsumerEvent): void {
    switch (event._tag) {
      case 'reconnecting':
        this.waits.begin('reconnecting', event.broker, event.fault)
        break
      case 'waiting':
        this.waits.begin('waiting', event.reason, event.fault)
        break
      case 'joining':
        this.waits.begin('joining', event.groupId, null)
        break
      case 'throttled':
        this.waits.begin('throttled', event.broker, null, this.clock.now() + event.forMs + throttledAgainMs)
        break
      case 'recovered':
        this.waits.end(event.from, event.what)
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
    for (const offset of event.offsets) {
      const place = keyOf(offset)
      if (event._tag === 'stored') this.waits.end('committing', place)
      else this.waits.begin('committing', place, event.fault)
    }
  }

  rebalance(event: RebalanceEvent): void {
    if ('partitions' in event) for (const partition of event.partitions) this.waits.end('committing', keyOf(partition))
    if (event._tag === 'assigned') this.assigned(event)
    this.enter(this.phaseOf(this.runState()))
  }

  status(positions: readonly PartitionPosition[]): ConsumerStatus {
    const now = this.clock.now()
    const run = this.runState()
    this.enter(this.phaseOf(run))
    const waits = this.waits.current()
    const wallTime = this.clock.wallTime()
    const partitions = positions.map((position) => partitionStatus(position, this.rates.of(position, now), wallTime))
    const sum = (of: (one: PartitionStatus) => number | null): number =>
      partitions.reduce((all, one) => all + (of(one) ?? 0), 0)
    const end = this.phase === 'stopped' ? this.stoppedBy : this.failedBy
    const fault = end !== undefined ? faultOfError(end) : (waits.find((wait) => wait.fault !== null)?.fault ?? null)
    return {
      phase: this.phase,
      forMs: Math.max(0, now - this.since),
      reason:
        end !== undefined ? reasonOf(end) : waits[0] === undefined ? troubleOf(partitions) : describeWait(waits[0]),
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

  private assigned(event: RebalanceEvent & { readonly _tag: 'assigned' }): void {
    this.isIn = true
    this.generation = event.generation
    if (event.rebalance !== null) this.member = { id: event.rebalance.memberId, protocol: event.rebalance.protocol }
    this.rates.begin(event.gained, this.clock.now())
  }

  private phaseOf(run: RunState | null): ConsumerPhase {
    if (run === null) return 'idle'
    if (run.phase === 'ended') return this.stoppedBy === undefined ? 'left' : 'stopped'
    if (run.phase !== 'running') return run.phase
    if (run.isSuspended) return 'suspended'
    if (!this.isIn) return this.waits.has('reconnecting') ? 'connecting' : 'joining'
    return run.isRebalancing ? 'rebalancing' : 'running'
  }

  private enter(phase: ConsumerPhase): void {
    if (phase === this.phase) return
    this.phase = phase
    this.since = this.clock.now()
  }
}
