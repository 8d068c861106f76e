import type { Accumulator } from '../../core/producing/accumulator.js'
import { recordBound } from '../../core/records/batch-builder.js'
import { noticeMs } from '../../core/scheduling/waits.js'
import type { Fault } from '../../model/fault.js'
import { sending } from '../../internal/trace-channels.js'
import { PartitionChooser } from './partition-chooser.js'
import type { ProducerContext } from './producer-context.js'
import type { ProducerNotices } from './producer-notices.js'
import type { RecordOutcomes } from './record-outcomes.js'
import type { KnownTopic, TopicLeaders } from './topic-leaders.js'
import { lateFault } from './late-faults.js'
import { type Placed, type UnplacedRecord, WaitingRecords } from './waiting-records.js'

interface Moment {
  readonly now: number
  readonly wall: number
}

/** Puts records into batches, or makes them wait for their topic, their partition, or memory. */
export class RecordPlacement {
  private readonly context: ProducerContext
  private readonly accumulator: Accumulator
  private readonly choice: PartitionChooser
  private readonly leaders: TopicLeaders
  private readonly notices: ProducerNotices
  private readonly outcomes: RecordOutcomes
  private readonly waiting = new WaitingRecords()
  /** The time of the turn: all records of one turn have the same time. */
  private moment: Moment | null = null

  constructor(
    context: ProducerContext,
    accumulator: Accumulator,
    leaders: TopicLeaders,
    notices: ProducerNotices,
    outcomes: RecordOutcomes
  ) {
    this.context = context
    this.accumulator = accumulator
    this.choice = new PartitionChooser(context, accumulator)
    this.leaders = leaders
    this.notices = notices
    this.outcomes = outcomes
  }

  /** The arrival time of this turn's records. */
  get now(): number {
    return this.present().now
  }

  /** Whether records wait for memory. */
  get waitsForMemory(): boolean {
    return this.waiting.waitForMemory
  }

  endTurn(): void {
    this.moment = null
  }

  take(record: UnplacedRecord): void {
    const { topic } = record.content
    const known = this.leaders.of(topic, this.now)
    if (known === undefined) this.waiting.forTopic(record, 'topic')
    else if (this.waiting.waitForMemory || !this.place(record, known)) this.waiting.forMemory([record])
  }

  /** Topics were learned: places the records that waited for them. */
  takeLearned(): void {
    for (const topic of [...this.waiting.topics]) {
      if (this.leaders.of(topic) === undefined) continue
      this.notices.topicFound(topic)
      const records = this.waiting.takeTopic(topic).filter((record) => !this.hasChanged(record))
      // Placed before records that came later and already wait for memory.
      if (this.waiting.waitForMemory) this.waiting.forMemory(records)
      else for (const record of records) this.take(record)
    }
  }

  /** Places records that wait for memory as far as there is memory, and fails those that have waited for `max.block.ms`. */
  placeWaiting(now: number): void {
    const place = (record: UnplacedRecord): Placed => {
      if (this.hasChanged(record)) return 'placed'
      const known = this.leaders.of(record.content.topic)
      if (known === undefined) return 'topic unknown'
      return this.place(record, known) ? 'placed' : 'no memory'
    }
    this.waiting.placeAll(now, place, (topic) => this.leaders.of(topic) !== undefined)
    const late = this.waiting.takeLate(now, this.context.settings.maxBlockMs)
    for (const record of late) this.outcomes.fail(record, this.lateFault(record))
    this.endWaitsOf(late)
    this.notices.memoryUsedUp(this.waiting.stuckFor(now))
  }

  /** When waiting records have to be checked again. */
  get lateAt(): number {
    return Math.min(this.waiting.lateAt(this.context.settings.maxBlockMs), this.waiting.lateAt(noticeMs))
  }

  waitsFor(topic: string): boolean {
    return this.waiting.has(topic)
  }

  failTopic(topic: string, fault: Fault): void {
    for (const record of this.waiting.takeTopic(topic)) this.outcomes.fail(record, fault)
  }

  failAll(fault: Fault): void {
    for (const record of this.waiting.takeAll()) this.outcomes.fail(record, fault)
  }

  private present(): Moment {
    const { clock } = this.context
    if (this.moment === null) {
      sending.look()
      this.moment = { now: clock.now(), wall: clock.wallTime() }
    }
    return this.moment
  }

  /** False if there is no memory for the record. If no partition accepts it, it fails. */
  private place(record: UnplacedRecord, known: KnownTopic): boolean {
    const { content } = record
    const { topic, timestamp } = content
    if (record.partition < 0) {
      const partition = this.choice.of(content, known)
      if (typeof partition !== 'number') {
        // The named partition may still be created.
        if (content.partition === undefined) this.outcomes.refuse(record, partition)
        else {
          this.waiting.forTopic(record, 'partition')
          this.leaders.refreshLater(topic)
          this.notices.partitionMissing(topic, content.partition, known.leaders.length)
        }
        return true
      }
      record.partition = partition
      if (record.waitsFor !== null && content.partition !== undefined) this.notices.partitionFound(topic, partition)
    }
    const moment = this.present()
    // `delivery.timeout.ms` begins here; until now the limit was `max.block.ms`.
    const entered = record.waitsFor === null ? record : { ...record, acceptedAt: moment.now }
    const added = this.accumulator.add(topic, record.partition, timestamp ?? moment.wall, entered)
    if (added === 'full') return false
    this.choice.placed(content, record.bound, added, known)
    return true
  }

  /** Ends the reported wait for a partition if all records for it were late. */
  private endWaitsOf(late: readonly UnplacedRecord[]): void {
    for (const { content, waitsFor } of late) {
      const { topic, partition } = content
      if (waitsFor !== 'partition' || partition === undefined) continue
      if (!this.waiting.isAwaited(topic, partition)) this.notices.partitionFound(topic, partition)
    }
  }

  /** Whether the record's bytes were transferred elsewhere while it waited, e.g. to a worker: then it fails. */
  private hasChanged(record: UnplacedRecord): boolean {
    if (recordBound(record.content) === record.bound) return false
    const reason = 'the bytes of a record were transferred before it was written'
    this.outcomes.refuse(record, { _tag: 'UsageFault', reason })
    return true
  }

  private lateFault(record: UnplacedRecord): Fault {
    const { topic } = record.content
    const partitions = this.leaders.of(topic)?.leaders.length ?? 0
    return lateFault(this.context.settings, record, partitions, this.leaders.troubleOf(topic))
  }
}
