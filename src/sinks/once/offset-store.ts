import { defer, finalize, from } from 'rxjs'
import type { StartFrom } from '../../config/start-from.js'
import { withMethods } from '../../model/check-arguments.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { printableValue } from '../../model/printable.js'
import type { StartPosition } from '../../model/position.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import { aFunction, checkOptions, name, needed, type OptionRule } from '../../operators/handling/operator-options.js'

/** A store's entry for one partition. */
export interface StoredOffset {
  /** counts the takeovers of the partition */
  readonly epoch: bigint
  /** the next offset to read; null while nothing was written */
  readonly next: bigint | null
}

/**
 * What `offsetStore` needs of a database. `Tx` is what its statements run on within a transaction: a connection, a
 * session.
 */
export interface OffsetTable<Tx> {
  /** The group that the offsets belong to: several groups may share a table. */
  readonly group: string
  /**
   * Takes the partition over: adds 1 to its epoch, which begins at 1, and returns what is stored. Once it has answered,
   * no transaction that names an older epoch may be committed. Once the signal aborts, nobody waits for it.
   */
  readonly claim: (partition: TopicPartition, signal?: AbortSignal) => PromiseLike<StoredOffset>
  /**
   * Within the transaction: sets the next offset to `to`, if the epoch is still this one and the next offset is null or
   * at most `from`. Returns whether it did.
   */
  readonly advance: (
    tx: Tx,
    partition: TopicPartition,
    change: { readonly epoch: bigint; readonly from: bigint; readonly to: bigint }
  ) => PromiseLike<boolean>
  /** Within the transaction: reads the entry; null if there is none. */
  readonly read: (tx: Tx, partition: TopicPartition) => PromiseLike<StoredOffset | null>
}

/** The next offset of each partition, beside what was made of the records below it. Use one for each consumer. */
export interface OffsetStore<Tx> {
  /**
   * The value for the consumer's property of the same name. It takes over the assigned partitions, which fences their
   * former owner, and starts reading at the stored offsets. A partition without one starts as the consumer is
   * configured.
   */
  readonly startFrom: StartFrom
  /** The stored offset, as far as this consumer's claim knows; null if there is none yet. */
  readonly next: (partition: TopicPartition) => bigint | null
  /**
   * Advances the offset within the caller's transaction. `'behind'`: a commit whose answer was lost took place, and
   * `next` knows it now. Rejects with a `FencedFault` once another consumer has taken the partition over: the
   * transaction must be rolled back.
   */
  readonly save: (tx: Tx, partition: TopicPartition, from: bigint, to: bigint) => Promise<'saved' | 'behind'>
  /** After the commit. */
  readonly saved: (partition: TopicPartition, to: bigint) => void
}

/** An `OffsetStore` as an option. */
export const anOffsetStore: OptionRule = /*#__PURE__*/ withMethods(
  'postgresOffsets(…), sqliteOffsets(…), or offsetStore(…)',
  'startFrom',
  'save'
)

/**
 * Keeps offsets in a store of your own, beside what was made of the records, so that each record takes effect exactly
 * once: write both in one transaction (`writeOnce` does). Only the consumer that took a partition over last may write.
 * `offsetStoreContract` of `ackstream/testing` checks what you give it. For PostgreSQL and SQLite there are
 * `postgresOffsets` and `sqliteOffsets`.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * const offsets = offsetStore<ClientSession>({ group: 'billing', claim, advance, read })
 * const orders = consumer(cluster, { 'group.id': 'billing', 'enable.auto.commit': false, startFrom: offsets.startFrom, subscription: subscribe('orders') })
 */
export const offsetStore = <Tx>(table: OffsetTable<Tx>): OffsetStore<Tx> => {
  checkOptions('offsetStore', table, {
    group: needed(name),
    claim: needed(aFunction),
    advance: needed(aFunction),
    read: needed(aFunction)
  })
  const claims = new Map<string, StoredOffset>()
  const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)

  const claim = async (gained: readonly TopicPartition[], signal: AbortSignal): Promise<readonly StartPosition[]> => {
    const positions: StartPosition[] = []
    for (const { topic, partition } of gained) {
      const answer: unknown = await table.claim({ topic, partition }, signal)
      const claimed = isStored(answer) ? answer : refuse('claim', answer, 'the stored epoch and next offset')
      // A later claim may have been answered before: its epoch counts.
      if (signal.aborted) break
      claims.set(keyOf({ topic, partition }), claimed)
      if (claimed.next !== null) positions.push({ topic, partition, from: { offset: claimed.next } })
    }
    return positions
  }

  return {
    // The consumer gives up after `request.timeout.ms`: a connection that hangs is not kept for it.
    startFrom: (gained) =>
      defer(() => {
        const abort = new AbortController()
        return from(claim(gained, abort.signal)).pipe(
          finalize(() => {
            abort.abort()
          })
        )
      }),
    next: (place) => claims.get(keyOf(place))?.next ?? null,
    save: async (tx, place, from, to) => {
      const claimed = claims.get(keyOf(place))
      const described = `${place.topic}/${String(place.partition)}`
      if (claimed === undefined) throw notClaimed(described)
      const { epoch } = claimed
      const advanced: unknown = await table.advance(tx, place, { epoch, from, to })
      // A driver's result is true to JavaScript even if it changed no row: the fence would be open.
      if (typeof advanced !== 'boolean') refuse('advance', advanced, 'whether it changed the row: true or false')
      if (advanced) return 'saved'
      const stored = storedOrNull(await table.read(tx, place))
      if (stored?.epoch !== epoch)
        throw new ConsumerError({ _tag: 'FencedFault', what: 'partition', id: `${described} of ${table.group}` })
      // Otherwise the same records would be written again without end.
      if (stored.next === null || stored.next <= from) throw standsStill(described, from)
      claims.set(keyOf(place), stored)
      return 'behind'
    },
    saved: (place, to) => {
      const claimed = claims.get(keyOf(place))
      if (claimed !== undefined) claims.set(keyOf(place), { ...claimed, next: to })
    }
  }
}

const notClaimed = (described: string): ConsumerError => {
  const reason = `${described} was not claimed: give startFrom of the offsets to the consumer`
  return new ConsumerError({ _tag: 'UsageFault', reason })
}

const storedOrNull = (answer: unknown): StoredOffset | null =>
  answer === null || isStored(answer) ? answer : refuse('read', answer, 'the stored epoch and next offset, or null')

const isStored = (given: unknown): given is StoredOffset =>
  typeof given === 'object' &&
  given !== null &&
  'epoch' in given &&
  typeof given.epoch === 'bigint' &&
  'next' in given &&
  (given.next === null || typeof given.next === 'bigint')

const standsStill = (place: string, from: bigint): ConsumerError => {
  const reason = `offsetStore: advance of ${place} gave false, though read gives the epoch of this consumer and a next offset that is not beyond ${String(from)}: it has to set the next offset if it is null or at most \`from\``
  return new ConsumerError({ _tag: 'UsageFault', reason })
}

/** Drivers have numbers and texts for int8: they would be compared with offsets, or taken for another owner's epoch. */
const refuse = (method: string, given: unknown, allowed: string): never => {
  const reason = `offsetStore: ${method} gave ${printableValue(given)}; it has to give ${allowed}${method === 'advance' ? '' : ', as bigints: { epoch: 1n, next: 5n }, with next: null while nothing was written'}`
  throw new ConsumerError({ _tag: 'UsageFault', reason })
}
