import { isLeft } from 'fp-ts/lib/Either.js'
import { type Observable, ReplaySubject, take } from 'rxjs'
import { decodeConsumerConfig } from '../../config/consumer-config.js'
import { NoopAckTarget } from './noop-ack-target.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { ConsumerSession, FetchedRecords } from '../../ports/consumer-session.js'

/** Receives the records of the retry topics, and the progress of reading. */
export interface RetryLogsHost {
  read(record: ConsumerRecord): void
  /** A part of the requested records is read. */
  progressed(): void
  event(event: ConsumerEvent): void
  /** A log has lost records, or was replaced: what was read of it is invalid. */
  changed(): void
  /** The topics cannot be read any more. */
  failed(fault: Fault): void
}

const enoughBytes = 1_048_576
const noAcks = new NoopAckTarget()

/** Reads the logs of retry topics to know what waits in them. Not a member of the group; commits nothing. */
export class RetryLogs {
  private readonly host: RetryLogsHost
  private readonly session: ConsumerSession
  private readonly positions = new Map<string, bigint>()
  private readonly cursors = new Map<string, number>()
  private readonly isAssigned = new Set<string>()
  private readonly begun = new ReplaySubject<void>(1)
  private cursor = 0
  private isClosed = false

  constructor(cluster: Cluster, groupId: string, partitions: readonly TopicPartition[], given: RetryLogsHost) {
    const host = whileOpen(given, () => !this.isClosed)
    this.host = host
    const settings = decodeConsumerConfig({
      'group.id': groupId,
      'enable.auto.commit': false,
      subscription: { _tag: 'Assigned', partitions: partitions.map((one) => ({ ...one, from: 'beginning' })) }
    })
    if (isLeft(settings)) throw new ConsumerError(settings.left)
    this.session = cluster.openConsumer(settings.right, {
      assigned: (_generation, gained) => {
        for (const partition of gained) {
          this.isAssigned.add(keyOf(partition))
          const from = this.positions.get(keyOf(partition))
          if (from !== undefined) this.fetch(partition, from)
        }
        this.begun.next()
      },
      revoking: (gone) => {
        this.session.release(gone)
      },
      lost: () => undefined,
      records: (fetched) => {
        this.take(fetched)
      },
      backlog: () => ({ bytes: 0, isMoving: false }),
      outOfRange: () => {
        host.changed()
      },
      truncated: () => {
        host.changed()
      },
      recreated: () => {
        host.changed()
      },
      refused: (_partition, _cursor, fault) => {
        host.failed(fault)
      },
      event: (event) => {
        host.event(event)
      },
      fault: (fault) => {
        host.failed(fault)
      }
    })
  }

  /** Emits once the topics are known, and completes. */
  get ready(): Observable<void> {
    return this.begun.pipe(take(1))
  }

  /** Whether the partition is read. */
  follows(partition: TopicPartition): boolean {
    return this.positions.has(keyOf(partition))
  }

  /** The offset below which everything was read. */
  positionOf(partition: TopicPartition): bigint {
    return this.positions.get(keyOf(partition)) ?? 0n
  }

  /** Reads the partition from this offset on. */
  follow(partition: TopicPartition, from: bigint): void {
    this.positions.set(keyOf(partition), from)
    if (this.isAssigned.has(keyOf(partition))) this.fetch(partition, from)
  }

  get offsets(): Pick<ConsumerSession, 'committed' | 'listOffsets'> {
    return this.session
  }

  close(): void {
    this.isClosed = true
    this.begun.complete()
    this.session.leave(false).subscribe()
  }

  private fetch(partition: TopicPartition, from: bigint): void {
    this.cursors.set(keyOf(partition), ++this.cursor)
    this.session.fetchFrom(partition, this.cursor, from, -1)
    this.session.demand(partition, enoughBytes)
  }

  private take({ run, cursor }: FetchedRecords): void {
    const key = keyOf(run)
    if (this.cursors.get(key) !== cursor) return
    while (run.advance()) this.host.read(run.record(noAcks, 0))
    if (run.fault !== null) {
      this.host.failed(run.fault)
      return
    }
    this.positions.set(key, run.nextOffset)
    this.session.demand(run, enoughBytes)
    this.session.delivered()
    this.host.progressed()
  }
}

/** Ignores reports of a session after its end. */
const whileOpen = (host: RetryLogsHost, isOpen: () => boolean): RetryLogsHost => ({
  read: (record) => {
    if (isOpen()) host.read(record)
  },
  progressed: () => {
    if (isOpen()) host.progressed()
  },
  event: (event) => {
    if (isOpen()) host.event(event)
  },
  changed: () => {
    if (isOpen()) host.changed()
  },
  failed: (fault) => {
    if (isOpen()) host.failed(fault)
  }
})
