import { Partitioner } from '../../core/producing/partitioner.js'
import type { Accumulator, Added } from '../../core/producing/accumulator.js'
import type { OutgoingRecord } from '../../core/producing/outgoing-record.js'
import { produceFault } from '../../core/producing/produce-verdict.js'
import type { Fault } from '../../model/fault.js'
import { printableValue, reasonOf } from '../../model/printable.js'
import { wireBytes } from '../../model/producer-record.js'
import type { ProducerContext } from './producer-context.js'
import type { KnownTopic } from './topic-leaders.js'

/** Chooses a record's partition: the given one, the result of a custom function, or the choice of Java's client. */
export class PartitionChooser {
  private readonly context: ProducerContext
  private readonly accumulator: Accumulator
  private readonly partitioner: Partitioner

  constructor(context: ProducerContext, accumulator: Accumulator) {
    this.context = context
    this.accumulator = accumulator
    this.partitioner = new Partitioner(context.random, context.settings.batchSize)
  }

  of({ topic, partition, key, value }: OutgoingRecord, known: KnownTopic): number | Fault {
    const count = known.leaders.length
    const { partitioner } = this.context.settings
    let chosen = partition
    if (chosen === undefined && partitioner !== null)
      try {
        chosen = partitioner({
          topic,
          key: wireBytes(key),
          value: wireBytes(value),
          partitions: count,
          available: known.available
        })
      } catch (error) {
        return produceFault({ topic }, 'unknown partition', `the partitioner threw: ${reasonOf(error)}`, {
          permanent: true
        })
      }
    chosen ??= this.partitioner.choose(topic, wireBytes(key), { count, available: known.available })
    if (Number.isInteger(chosen) && chosen >= 0 && chosen < count) return chosen
    return produceFault(
      { topic },
      'unknown partition',
      `there is no partition ${printableValue(chosen)}, the topic has ${String(count)}`,
      { permanent: true }
    )
  }

  /** The record went to the chosen partition: the next records without a key may go to another. */
  placed(
    { topic, key, partition }: OutgoingRecord,
    bound: number,
    added: Added,
    { leaders, available }: KnownTopic
  ): void {
    if (key !== null || partition !== undefined || this.context.settings.partitioner !== null) return
    if (this.partitioner.placed(topic, bound, added === 'batch full'))
      this.partitioner.moveOn(topic, {
        count: leaders.length,
        available,
        queued: this.accumulator.queued(topic, available)
      })
  }
}
