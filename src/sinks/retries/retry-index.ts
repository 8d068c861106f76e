import { Subscription } from 'rxjs'
import { WaitingRetries, type WaitingRecord } from '../../core/sinks/waiting-retries.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { type Cancel, type Clock, longestTimer } from '../../model/clock.js'
import { faultOfError } from '../../model/consumer-error.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Fault } from '../../model/fault.js'
import { faultClass } from '../../model/fault-class.js'
import type { Cluster } from '../../ports/cluster.js'
import { KnownAssignments, type RetryQuery } from './known-assignments.js'
import { readRetry } from './retry-headers.js'
import { waitingAs } from './retry-lane.js'
import { type RetryLook, RetryTopics } from './retry-topics.js'

/** How often the retry topics are read while a record waits for others to be settled. */
const lookEveryMs = 500
/** How often they are read while no record waits. */
const tidyEveryMs = 10_000
const retryMs = 1_000
/** How often a failure to read them is reported. */
const reportEveryMs = 10_000
const unreadable = 'the retry topics cannot be read'
/** How long a topic may be unknown. */
const unknownForMs = 60_000

/** The current failure to read the topics. */
interface Trouble {
  readonly since: number
  readonly reportedAt: number | null
  readonly fatal: Fault | null
}

/**
 * The records that wait in the retry topics, read from Kafka alone: the topics' logs from the group's committed offsets on. So
 * each owner of a partition has the same index, also after a restart.
 */
export class RetryIndex {
  readonly topics: RetryTopics
  /** The consumer of the last record, which gets the events. */
  reporter: Pick<AckOrigin, 'report'>
  private readonly names: readonly string[]
  private readonly clock: Clock
  private readonly assignments = new KnownAssignments()
  private waiting = new WaitingRetries()
  private work = new Subscription()
  private wakes: (() => void)[] = []
  private look: { readonly queries: readonly RetryQuery[]; found: RetryLook | null } | null = null
  private timer: { readonly at: number; readonly cancel: Cancel } | null = null
  private trouble: Trouble | null = null

  constructor(cluster: Cluster, groupId: string, names: readonly string[], reporter: Pick<AckOrigin, 'report'>) {
    this.clock = cluster.clock
    this.names = names
    this.reporter = reporter
    this.topics = new RetryTopics(cluster, groupId, names, {
      read: (record) => {
        this.found(record)
      },
      progressed: () => {
        this.progressed()
      },
      event: (event) => {
        this.reporter.report(event)
      },
      changed: () => {
        this.beginAgain()
      },
      failed: (fault) => {
        this.end(fault)
      }
    })
  }

  /** Why the index is not up to date; null if it is. */
  get fault(): Fault | null {
    return this.trouble?.fatal ?? null
  }

  /** The waiting records, as far as known. */
  get records(): WaitingRetries {
    return this.waiting
  }

  /** Whether the content is known as of this assignment (its signal) or epoch, or later. */
  isKnown(since: object, origin: number): boolean {
    return this.assignments.isKnown(since, origin)
  }

  /** Calls `wake` when it is known, or never will be. */
  whenKnown(since: object, origin: number, wake: () => void): void {
    this.assignments.want(since, origin)
    this.wakes.push(wake)
    this.begin(0)
  }

  /** Whether this is the first epoch of its assignment. */
  isFirst(origin: AckOrigin): boolean {
    return this.assignments.isFirst(origin)
  }

  /** Calls `wake` when the group's latest settlements are known. */
  afterNextLook(wake: () => void): void {
    this.wakes.push(wake)
    this.begin(lookEveryMs)
  }

  add(record: WaitingRecord): void {
    this.waiting.add(record)
    if (this.timer === null) this.tidyLater()
  }

  close(): void {
    this.recovered()
    this.timer?.cancel()
    this.work.unsubscribe()
    this.topics.close()
    // A pipeline that continues uses the index that replaces this one.
    this.wakeAll()
  }

  private begin(inMs: number): void {
    if (this.work.closed || this.look !== null || this.fault !== null) return
    const at = this.clock.now() + inMs
    if (this.timer !== null && this.timer.at <= at) return
    this.timer?.cancel()
    const cancel = this.clock.schedule(inMs, () => {
      this.timer = null
      this.lookNow()
    })
    this.timer = { at, cancel }
  }

  /**
   * A retry topic lost records, or was recreated. Known records may not exist any more: a record that has to follow one of them
   * would wait for ever, and a redelivered record would be taken for its copy.
   */
  private beginAgain(): void {
    this.timer?.cancel()
    this.timer = null
    this.work.unsubscribe()
    this.work = new Subscription()
    this.look = null
    this.waiting = new WaitingRetries()
    this.assignments.forget()
    this.topics.beginAgain()
    this.wakeAll()
  }

  private lookNow(): void {
    const queries = this.assignments.all
    const look: NonNullable<RetryIndex['look']> = { queries, found: null }
    this.look = look
    const origins = [...new Set(queries.map(({ origin }) => origin))]
    this.work.add(
      this.topics.look(origins).subscribe({
        next: (found) => {
          look.found = found
          this.progressed()
        },
        error: (cause: unknown) => {
          this.failed(cause)
        }
      })
    )
  }

  private found(record: ConsumerRecord): void {
    // Most are copies that this process has written: their headers need not be read.
    if (this.waiting.has(record, record.offset)) return
    const retry = readRetry(record)
    if (retry === null || retry.groupId !== this.topics.groupId) return
    const { topic, partition, offset } = record
    this.add({ ...waitingAs(retry), topic, partition, offset, tier: this.names.indexOf(topic) + 1 })
  }

  /** A look is complete when the logs are read to the ends that it found. */
  private progressed(): void {
    const found = this.look?.found ?? null
    if (this.look === null || found === null || !this.topics.isReadTo(found.ends)) return
    const { queries } = this.look
    this.look = null
    this.recovered()
    for (const one of found.committed) this.waiting.settledBelow(one, one.offset)
    this.assignments.found(queries)
    if (this.assignments.all.length > 0) this.begin(0)
    this.wakeAll()
    this.tidyLater()
  }

  /** Forgets settled records from time to time, even if nothing waits. Nothing is settled before it is due. */
  private tidyLater(): void {
    const { firstDue } = this.waiting
    if (firstDue === null) return
    this.begin(Math.min(Math.max(tidyEveryMs, firstDue - this.clock.wallTime()), longestTimer))
  }

  private wakeAll(): void {
    const { wakes } = this
    this.wakes = []
    for (const wake of wakes) wake()
  }

  private failed(cause: unknown): void {
    const fault = faultOfError(cause) ?? { _tag: 'UsageFault', reason: String(cause) }
    const now = this.clock.now()
    const { since, reportedAt } = this.trouble ?? { since: now, reportedAt: null }
    this.look = null
    this.trouble = { since, reportedAt, fatal: null }
    const isOver = fault._tag === 'UnknownTopicFault' && now - since >= unknownForMs
    if (isOver || faultClass(fault) !== 'retriable') this.end(fault)
    else {
      if (reportedAt === null || now - reportedAt >= reportEveryMs) {
        this.trouble = { since, reportedAt: now, fatal: null }
        this.reporter.report({ _tag: 'waiting', reason: unreadable, fault, inMs: retryMs })
      }
      this.begin(retryMs)
    }
  }

  private end(fatal: Fault): void {
    this.recovered()
    this.trouble = { since: this.clock.now(), reportedAt: null, fatal }
    this.wakeAll()
  }

  /** Ends a reported wait. */
  private recovered(): void {
    const { trouble } = this
    this.trouble = null
    if (trouble === null || trouble.reportedAt === null) return
    const afterMs = this.clock.now() - trouble.since
    this.reporter.report({ _tag: 'recovered', from: 'waiting', what: unreadable, afterMs })
  }
}
