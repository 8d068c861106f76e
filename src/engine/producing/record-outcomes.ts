import type { Accumulator } from '../../core/producing/accumulator.js'
import type { ProducerBatch } from '../../core/producing/producer-batch.js'
import type { Settled } from '../../core/producing/settled.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerStatus } from '../../model/producer-status.js'
import { ProducerFlushes } from './producer-flushes.js'
import type { ProducerContext } from './producer-context.js'
import { ProducerCounts } from './producer-counts.js'
import type { UnplacedRecord } from './waiting-records.js'

/** The part of a record that reports its result to the sender. */
export type Delivery = Pick<UnplacedRecord, 'callbacks' | 'index' | 'generation'>

/** Reports the results of records to their senders, counts them, and tracks which records a flush still waits for. */
export class RecordOutcomes {
  private readonly context: ProducerContext
  private readonly flushes = new ProducerFlushes()
  private readonly counts = new ProducerCounts()

  constructor(context: ProducerContext) {
    this.context = context
  }

  /** A record was accepted. Returns the generation for flushes. */
  entered(): number {
    this.counts.entered()
    return this.flushes.enter()
  }

  sent(batches: readonly ProducerBatch[]): void {
    this.counts.sent(batches)
  }

  /** Calls `run` once the results of all earlier records are known. */
  whenKnown(run: () => void): void {
    this.flushes.begin(run)
  }

  /** Whether a flush waits for records. */
  get areAwaited(): boolean {
    return this.flushes.areWaiting
  }

  settle(settled: readonly Settled[]): void {
    for (const one of settled) {
      const { count } = one.batch
      const failed = one._tag === 'written' ? 0 : count
      this.counts.written(count - failed)
      this.counts.refused(failed)
      switch (one._tag) {
        case 'written':
          one.batch.callbacks.written(one.batch, one.baseOffset)
          break
        case 'failed':
          one.batch.callbacks.failed(one.fault)
          break
        case 'refused':
          one.batch.callbacks.failedEach(one.faults)
      }
      this.flushes.leave(one.batch.generation, count)
    }
  }

  /** Fails the record on a later turn, since this may be called within `send`. */
  refuse(record: Delivery, fault: Fault): void {
    this.context.clock.turn(() => this.fail(record, fault))
  }

  fail({ callbacks, index, generation }: Delivery, fault: Fault): void {
    callbacks.failed(index, fault)
    this.counts.refused(1)
    this.flushes.leave(generation, 1)
  }

  status(accumulator: Accumulator, waits: ProducerStatus['waits']): ProducerStatus {
    const { clock, settings } = this.context
    return this.counts.status(accumulator, settings.bufferMemory, waits, clock.now())
  }
}
