import type { HeldOfPartition } from '../../core/sinks/held-records.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { MovesUnderWay } from './moves-under-way.js'
import type { RetryIndex } from './retry-index.js'

/** What was found out about an epoch: records of its partition are free unless something is held that concerns them. */
interface Looked {
  readonly origin: AckOrigin
  readonly index: RetryIndex
  readonly records: RetryIndex['records']
  readonly moving: HeldOfPartition
  readonly waiting: HeldOfPartition
}

/**
 * Tells of nearly every record that its turn has come, in a fraction of the time of a whole answer. It knows the epoch of the
 * last records: a pipeline nearly always has those of one partition.
 */
export class QuickTurns {
  private readonly moves: MovesUnderWay
  private readonly indexOf: (origin: AckOrigin) => RetryIndex
  private last: Looked | null = null

  constructor(moves: MovesUnderWay, indexOf: (origin: AckOrigin) => RetryIndex) {
    this.moves = moves
    this.indexOf = indexOf
  }

  /** The content of the retry topics is known as of this epoch, which is not that of a retry topic. */
  known(origin: AckOrigin, partition: TopicPartition, index: RetryIndex): void {
    const { records } = index
    if (this.last?.origin === origin && this.last.records === records) return
    this.last = { origin, index, records, moving: this.moves.held.of(partition), waiting: records.held.of(partition) }
  }

  /** Whether nothing is held that could concern a record of this epoch. */
  isIdle(origin: AckOrigin): boolean {
    const found = this.find(origin)
    return found !== null && found.moving.isEmpty && found.waiting.isEmpty
  }

  /** True if its turn has come; false if only a whole answer can tell. */
  isFree(origin: AckOrigin, offset: bigint, order: number | null): boolean {
    const found = this.find(origin)
    return found !== null && !found.moving.mayConcern(offset, order) && !found.waiting.mayConcern(offset, order)
  }

  private find(origin: AckOrigin): Looked | null {
    const { last } = this
    if (last === null || last.origin !== origin) return null
    // A policy may have got another index since, and an index may have begun anew.
    const isValid =
      this.indexOf(origin) === last.index && last.index.records === last.records && last.index.fault === null
    return isValid ? last : null
  }
}
