import { Observable, Subject } from 'rxjs'
import type { ShareConsumerSettings } from '../../../config/share-consumer-config.js'
import { nameSource } from '../../../internal/source-names.js'
import { endsDownstream } from '../../../internal/ends-downstream.js'
import { policiesDownstream } from '../../../internal/commit-policies.js'
import { sourceSubscribed } from '../../../internal/subscribed-sources.js'
import type { AcknowledgementEvent } from '../../../model/acknowledgement-event.js'
import { milliseconds, optional, problemsWithOptions } from '../../../model/check-arguments.js'
import { ConsumerError, faultOfError } from '../../../model/consumer-error.js'
import type { ConsumerEvent } from '../../../model/consumer-event.js'
import type { ConsumerRecord } from '../../../model/consumer-record.js'
import type { Fault } from '../../../model/fault.js'
import { jsonReport } from '../../../model/json-report.js'
import type { ShareDrainReport } from '../../../model/share-drain-report.js'
import type { SharePhase, ShareStatus } from '../../../model/share-status.js'
import { noOffsets, type Shared } from '../../../model/shared.js'
import { statusFault } from '../../../model/status-fault.js'
import type { Cluster } from '../../../ports/cluster.js'
import { closeWithinMs, type ShareRun } from './share-run.js'
import { ShareRuns } from './share-runs.js'

/** How a share consumer ends. */
export interface ShareLeaveOptions {
  /** How long to wait, in ms, for records in flight and for the cluster. */
  readonly timeoutMs?: number
}

const noCounts = { delivered: 0, accepted: 0, released: 0, rejected: 0, lost: 0 }

/** The `ShareConsumer` that `shareConsumer` returns: one subscription after the other, each a `ShareRun`. */
export class ClusterShareConsumer extends Observable<ConsumerRecord & Shared> implements AsyncDisposable {
  readonly events: Observable<ConsumerEvent>
  readonly acknowledgements: Observable<AcknowledgementEvent>
  private readonly settings: ShareConsumerSettings
  private readonly runs: ShareRuns
  private readonly counts = { ...noCounts }
  /** the reported waits, by the name that `recovered` gives them */
  private readonly waits = new Map<string, Fault>()
  private stoppedBy: Fault | null = null

  constructor(cluster: Cluster, settings: ShareConsumerSettings) {
    super((subscriber) => {
      // A committing operator would wait for offsets that are never stored.
      if (policiesDownstream().length > 0) {
        subscriber.error(new ConsumerError({ _tag: 'UsageFault', reason: noOffsets }))
        return
      }
      sourceSubscribed(this)
      Object.assign(this.counts, noCounts)
      this.waits.clear()
      this.stoppedBy = null
      this.runs.subscribed(subscriber, endsDownstream())
    })
    const events = new Subject<ConsumerEvent>()
    const acknowledgements = new Subject<AcknowledgementEvent>()
    this.events = events.asObservable()
    this.acknowledgements = acknowledgements.asObservable()
    this.settings = settings
    nameSource(this, `share consumer ${settings.groupId}`)
    const { counts } = this
    this.runs = new ShareRuns(cluster, settings, {
      event: (event) => {
        this.noteFault(event)
        events.next(jsonReport(event))
      },
      acknowledged: (event) => {
        for (const fate of ['accepted', 'released', 'rejected', 'lost'] as const) counts[fate] += event[fate]
        acknowledgements.next(event)
      },
      delivered: () => {
        counts.delivered++
      },
      lost: (records) => {
        counts.lost += records
      }
    })
  }

  status(): ShareStatus {
    const run = this.runs.last
    const member = run?.phase === 'ended' ? null : (run?.member ?? null)
    return {
      phase: this.phaseOf(run),
      groupId: this.settings.groupId,
      memberId: member?.memberId ?? null,
      memberEpoch: member?.epoch ?? -1,
      partitions: run?.phase === 'ended' ? [] : (run?.partitions ?? []),
      lag: run?.phase === 'ended' ? null : (run?.lag ?? null),
      inFlight: run?.phase === 'ended' ? 0 : (run?.inFlight ?? 0),
      oldest: run?.phase === 'ended' ? null : (run?.oldest ?? null),
      fullMs: run?.fullMs ?? 0,
      ...this.counts,
      fault: statusFault(this.fault)
    }
  }

  drain(options: ShareLeaveOptions = {}): Promise<ShareDrainReport> {
    return this.ended('drain', options, (run) => {
      run.drain(options.timeoutMs ?? this.settings.drainTimeoutMs)
    })
  }

  async close(options: ShareLeaveOptions = {}): Promise<void> {
    await this.ended('close', options, (run) => {
      run.close(options.timeoutMs ?? closeWithinMs)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain()
  }

  /** Why the consumer stopped; otherwise its latest wait. */
  private get fault(): Fault | null {
    return this.stoppedBy ?? [...this.waits.values()].at(-1) ?? null
  }

  private phaseOf(run: ShareRun | null): SharePhase {
    if (run === null) return 'idle'
    if (run.phase === 'ended') return this.fault === null ? 'left' : 'stopped'
    return run.phase !== 'running' ? run.phase : run.member === null ? 'joining' : 'running'
  }

  private noteFault(event: ConsumerEvent): void {
    if (event._tag === 'waiting') this.waits.set(`waiting ${event.reason}`, event.fault)
    else if (event._tag === 'reconnecting') this.waits.set(`reconnecting ${event.broker}`, event.fault)
    else if (event._tag === 'recovered') this.waits.delete(`${event.from} ${event.what}`)
    else if (event._tag === 'stopped') this.stoppedBy = faultOfError(event.cause)
  }

  private ended(what: string, options: object, how: (run: ShareRun) => void): Promise<ShareDrainReport> {
    const problems = problemsWithOptions(what, options, { timeoutMs: optional(milliseconds) })
    if (problems.length > 0) return Promise.reject(new ConsumerError({ _tag: 'ConfigFault', problems }))
    return new Promise((resolve) => {
      this.runs.end(how, resolve)
    })
  }
}
