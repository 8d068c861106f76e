import { isLeft } from 'fp-ts/lib/Either.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError, faultOfError } from '../../model/consumer-error.js'
import type { Fault } from '../../model/fault.js'
import { faultClass } from '../../model/fault-class.js'
import { reasonOf } from '../../model/printable.js'
import type { Cluster } from '../../ports/cluster.js'
import type { OutboxEvent } from './outbox-event.js'
import type { OutboxRow, OutboxTable } from './outbox-table.js'
import { LimitedTable } from './limited-table.js'
import { OutboxWaits } from './outbox-waits.js'
import {
  confirmedRows,
  isFenced,
  isRefusal,
  type OutboxProducerProperties,
  type RowOutcome,
  type RowPublisher,
  rowPublisher
} from './row-publisher.js'

/** A row of the outbox, and where it is in the cluster. */
export interface PublishedRow extends Committed {
  readonly id: string
  readonly messageId: string
}

/** How a reader works. */
export interface OutboxSettings {
  readonly records: number
  readonly pollMs: number
  readonly leaseMs: number
  /** of a call of the database */
  readonly timeoutMs: number
  readonly onFailure: 'fail' | 'skip'
  readonly producer: OutboxProducerProperties
}

/** Receives rows, events and the end. */
export interface OutboxListener {
  readonly next: (rows: readonly PublishedRow[]) => void
  readonly error: (error: unknown) => void
  readonly complete: () => void
  readonly report: (event: OutboxEvent) => void
}

let runs = 0

/**
 * Publishes the rows of an outbox, one batch after the other: takes the lease, reads, writes to the cluster, marks. A row is
 * marked only when it is confirmed, and a batch begins with the first unmarked row. So the first copies of records are in the
 * order of the table, even if two readers publish at once for a while. If a row fails, later rows of its key are published
 * again after it.
 */
export class OutboxRun {
  private readonly cluster: Cluster
  private readonly table: LimitedTable
  private readonly settings: OutboxSettings
  private readonly listener: OutboxListener
  private readonly owner: string
  /** set while it has the lease */
  private publisher: RowPublisher | null = null
  private ending: 'no' | 'drain' | 'stop' = 'no'
  /** ends the pause between rounds */
  private wake: (() => void) | null = null
  private readonly waits: OutboxWaits
  /** `replacing`: its producer was fenced, and the new one has published nothing yet */
  private role: 'new' | 'standing by' | 'publishing' | 'replacing' = 'new'
  /** confirmed but not marked, since the database failed in between */
  private unmarked: readonly OutboxRow[] = []

  constructor(cluster: Cluster, table: OutboxTable, settings: OutboxSettings, listener: OutboxListener) {
    this.cluster = cluster
    const { clock, random } = cluster
    this.waits = new OutboxWaits(cluster, listener.report)
    this.table = new LimitedTable(table, clock, settings.timeoutMs, (fault, inMs) => {
      this.waits.waiting(fault, inMs)
    })
    this.settings = settings
    this.listener = listener
    this.owner = [clock.wallTime(), Math.floor(random() * 2 ** 32), ++runs].map((part) => part.toString(36)).join('-')
  }

  /** Resolves when the reader has ended and its listener was notified. */
  async run(): Promise<void> {
    let failure: { readonly error: unknown } | null = null
    while (!this.isOver()) {
      let pauseMs: number
      try {
        pauseMs = await this.round()
        this.waits.over()
      } catch (error) {
        const fault = faultOfError(error) ?? this.faultOf(error)
        const ms = await this.restAfter(fault)
        if (ms === null) {
          failure = { error }
          break
        }
        pauseMs = ms
      }
      if (pauseMs > 0 && !this.isOver()) await this.pause(pauseMs)
    }
    await this.leave()
    this.table.ended()
    if (failure === null || this.ending === 'stop') this.listener.complete()
    else this.listener.error(failure.error)
  }

  /** Finishes the current batch and begins no other. */
  drain(): void {
    if (this.ending === 'no') this.ending = 'drain'
    this.wake?.()
  }

  /** Waits for no answer of the cluster any more, and for the database at most so long. */
  stop(databaseMs: number): void {
    this.ending = 'stop'
    this.wake?.()
    this.publisher?.close()
    this.table.giveUpIn(databaseMs)
  }

  // A method, since the state changes while others run, which the compiler does not know.
  private isOver(): boolean {
    return this.ending !== 'no'
  }

  /** Runs one round; returns the ms until the next. */
  private async round(): Promise<number> {
    const { table, settings } = this
    await this.mark()
    if (!(await table.lease(this.owner, settings.leaseMs))) {
      this.standBy()
      return settings.pollMs
    }
    const publisher = this.publishing()
    const rows = await table.read(settings.records)
    if (rows.length === 0) return settings.pollMs
    if (this.isOver()) return 0
    const outcomes = await this.whileLeased(() => publisher.publish(rows))
    const confirmed = confirmedRows(rows, outcomes, (fault) => settings.onFailure === 'fail' || !isRefusal(fault))
    const published = confirmed.map(({ row: { id, messageId }, at }) => ({ id, messageId, ...at }))
    if (published.length > 0) this.role = 'publishing'
    this.unmarked = confirmed.map(({ row }) => row)
    await this.mark()
    if (published.length > 0 && this.ending !== 'stop') this.listener.next(published)
    await this.handleFailures(outcomes)
    return 0
  }

  private async mark(): Promise<void> {
    if (this.unmarked.length === 0) return
    await this.table.mark(this.unmarked.map(({ id }) => id))
    this.unmarked = []
  }

  private async handleFailures(outcomes: readonly RowOutcome[]): Promise<void> {
    let other: Fault | null = null
    for (const { row, outcome } of outcomes) {
      if (!isLeft(outcome)) continue
      const fault = outcome.left
      if (isRefusal(fault)) {
        const { id, messageId, topic } = row
        this.listener.report({ _tag: 'refused', id, messageId, topic, fault })
        if (this.settings.onFailure === 'fail') throw new ConsumerError(fault)
        await this.table.setAside(id, reasonOf(new ConsumerError(fault)))
      } else other ??= fault
    }
    if (other !== null) throw new ConsumerError(other)
  }

  /** Renews the lease during `work`. */
  private async whileLeased<A>(work: () => Promise<A>): Promise<A> {
    const { cluster, table, owner, settings } = this
    let cancel = (): void => undefined
    let renewal: Promise<unknown> = Promise.resolve()
    const renew = (): void => {
      // If it fails, so does the next batch, which reports it.
      renewal = renewal.then(() => table.lease(owner, settings.leaseMs)).catch(() => undefined)
      arm()
    }
    const arm = (): void => {
      cancel = cluster.clock.schedule(settings.leaseMs / 3, renew)
    }
    arm()
    try {
      return await work()
    } finally {
      cancel()
      // Awaited, since a renewal after `release` would take the lease again.
      await renewal
    }
  }

  private publishing(): RowPublisher {
    if (this.publisher !== null) return this.publisher
    const { cluster, settings, listener } = this
    this.publisher = rowPublisher(cluster, settings.producer, (event) => {
      listener.report({ _tag: 'producer', event })
    })
    if (this.role !== 'replacing') {
      this.role = 'publishing'
      listener.report({ _tag: 'publishing' })
    }
    return this.publisher
  }

  private standBy(): void {
    this.publisher?.close()
    this.publisher = null
    if (this.role !== 'standing by') this.listener.report({ _tag: 'standing by' })
    this.role = 'standing by'
  }

  /** The ms until the next round; null if no retry can help. */
  private async restAfter(fault: Fault): Promise<number | null> {
    if (isFenced(fault)) return this.replaceFenced()
    return faultClass(fault) === 'retriable' ? this.waits.failed(fault) : null
  }

  /**
   * A fenced producer is not an error: another reader had the lease for a while, or the broker ended a transaction that took
   * longer than `transaction.timeout.ms`. A reader with the lease continues with a new producer. If that one is fenced before
   * it has published a batch, a program without the lease uses the transactional ID, and the reader errors.
   */
  private async replaceFenced(): Promise<number | null> {
    let hasLease = false
    try {
      hasLease = await this.table.lease(this.owner, this.settings.leaseMs)
    } catch {
      // The next round requests the lease again, and begins with a new producer.
    }
    if (!hasLease) {
      this.standBy()
      return this.settings.pollMs
    }
    if (this.role === 'replacing') return null
    this.publisher?.close()
    this.publisher = null
    this.role = 'replacing'
    return 0
  }

  private faultOf(cause: unknown): Fault {
    return { _tag: 'SinkFault', sink: this.table.name, reason: reasonOf(cause), cause }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.cluster.clock.schedule(ms, () => {
        this.wake = null
        resolve()
      })
      this.wake = () => {
        this.wake = null
        cancel()
        resolve()
      }
    })
  }

  private async leave(): Promise<void> {
    this.publisher?.close()
    const isOwner = this.publisher !== null || this.role === 'replacing'
    this.publisher = null
    try {
      await this.mark()
      if (isOwner) await this.table.release(this.owner)
    } catch {
      // The rows are published again, and the lease expires by itself.
    }
  }
}
