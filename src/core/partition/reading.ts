import type { UnreadableFault } from '../../model/record-run.js'
import { LeaderEpochs } from '../fetching/leader-epochs.js'
import { Ledger } from './ledger.js'
import type { OffsetAndEpoch } from './offset-and-epoch.js'
import type { PartitionEffect, ReadingEvent } from './partition-messages.js'
import type { ReadingStart } from './reading-start.js'

/**
 * Where a partition is read. Each lookup of a position, and each start of reading, has a number, the cursor. Answers with an
 * older cursor, offsets or records, do not count any more.
 */
export class Reading {
  /** Why the batch at the position cannot be read, until a new position or another fetch. */
  unreadable: UnreadableFault | null = null
  /** where the current reading began or will begin; null until known */
  private start: OffsetAndEpoch | null = null
  private latest = 0
  private book: Ledger | null = null
  private epochs: LeaderEpochs | null = null
  private fetches = false

  get cursor(): number {
    return this.latest
  }
  /** Whether fetched records continue from the position. False once records were dropped: later ones would leave a gap. */
  get isFetching(): boolean {
    return this.fetches
  }
  /** The ledger of the current subscription; null before the first, and while the offset is unknown. */
  get ledger(): Ledger | null {
    return this.book
  }
  get leaderEpochs(): LeaderEpochs | null {
    return this.epochs
  }
  /** The next offset to deliver; null until the start is known. */
  get position(): bigint | null {
    return this.book?.position ?? this.start?.offset ?? null
  }
  /** The offset below which everything is settled; null until the start is known. */
  get committable(): OffsetAndEpoch | null {
    if (this.book === null || this.epochs === null) return this.start
    return { offset: this.book.committable, leaderEpoch: this.epochs.before(this.book.firstUnsettled) }
  }
  get inFlight(): number {
    return this.book?.inFlight ?? 0
  }
  get unsettled(): number {
    return this.book?.unsettled ?? 0
  }
  get parked(): number {
    return this.book?.parkedCount ?? 0
  }

  /** Reading moves elsewhere, which requires a new lookup. */
  discard(): Effects {
    this.start = null
    this.book = null
    this.epochs = null
    this.unreadable = null
    this.stop()
    this.latest++
    return [{ _tag: 'discard' }]
  }

  /** The lookup was answered. Deliveries begin there if there is a subscriber. */
  beginAt(start: ReadingStart, isSubscribed: boolean): Effects {
    this.start = { offset: start.offset, leaderEpoch: start.leaderEpoch }
    const effects = isSubscribed ? this.beginEpoch() : []
    return [{ _tag: 'begin at', cursor: this.latest, start }, ...effects]
  }

  /** Deliveries begin again at the first unsettled record, in a new ledger. */
  beginEpoch(): Effects {
    const from = this.committable
    if (from === null) return []
    this.unreadable = null
    this.book = new Ledger(from.offset)
    this.epochs = new LeaderEpochs(from.leaderEpoch)
    return [{ _tag: 'begin epoch', cursor: this.latest + 1 }, ...this.fetchFrom(from)]
  }

  /** Fetches again from the position; earlier deliveries still count. */
  refetch(): Effects {
    if (this.book === null || this.epochs === null) return []
    return this.fetchFrom({ offset: this.book.position, leaderEpoch: this.epochs.last })
  }

  /** Everything below the offset was seen; perhaps nothing is left to settle it. */
  skipTo({ to, leaderEpoch, startCommit }: Skipped): Effects {
    if (this.book?.advanceTo(to) !== true) return []
    this.epochs?.passedOver(this.book.delivered, leaderEpoch)
    return this.book.unsettled === 0 ? [{ _tag: 'passed over', startCommit }] : []
  }

  /** Records that were fetched and not delivered are dropped. */
  stop(): void {
    this.fetches = false
  }

  private fetchFrom({ offset, leaderEpoch }: OffsetAndEpoch): Effects {
    this.fetches = true
    this.latest++
    return [{ _tag: 'fetch from', cursor: this.latest, offset, leaderEpoch }, { _tag: 'demand' }]
  }
}

type Effects = readonly PartitionEffect[]
type Skipped = ReadingEvent & { readonly _tag: 'skipped' }
