import { retryDelay } from '../scheduling/backoff-delay.js'
import { groupedBy } from '../protocol/grouped-by.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'

/** An offset that is due to be committed. */
export interface DueOffset extends TopicPartition {
  readonly offset: bigint
  readonly leaderEpoch: number
  readonly metadata: string
  /** Requested by the user: it is committed even if a higher offset is committed already. */
  readonly isExplicit?: boolean
}

/** An offset with its place in the order in which offsets became due. */
export interface NumberedOffset extends DueOffset {
  readonly number: number
}

/** The result of a commit for one partition. */
export interface CommitResult extends TopicPartition {
  readonly offset: bigint
  readonly outcome: 'committed' | 'retry' | 'dropped'
  readonly fault: Fault | null
}

/**
 * A result with the offset that was sent; null if that offset was given up or moved back meanwhile, which makes the result
 * meaningless.
 */
export interface AnsweredOffset extends CommitResult {
  readonly sent: NumberedOffset | null
}

/** The effects of the committer. */
export type CommitEffect =
  | { readonly _tag: 'send'; readonly offsets: readonly DueOffset[] }
  | { readonly _tag: 'committed'; readonly offsets: readonly AnsweredOffset[] }
  /** The committer does not send these again by itself. Whatever is due should not be sent within `inMs`. */
  | {
      readonly _tag: 'dropped'
      readonly offsets: readonly AnsweredOffset[]
      readonly fault: Fault
      readonly inMs: number
    }
  | {
      readonly _tag: 'retry'
      readonly offsets: readonly AnsweredOffset[]
      readonly fault: Fault
      readonly inMs: number
    }

export interface CommitterOptions {
  readonly retryBackoffMs: number
  readonly retryBackoffMaxMs: number
  /** 0 to 1, for the jitter */
  readonly random: () => number
}

/**
 * The committer of a consumer, as a state machine: due offsets and answers in, effects out.
 *
 * - One commit is in flight; what becomes due meanwhile is folded into the next, the newest of a partition wins.
 * - A partition's offset goes back only if a lower one is requested explicitly. That changes the committed offset and nothing
 *   else: the next implicit commit commits the higher one again, as with Java's client.
 * - What may succeed later is sent again after a jittered backoff, with the newest offsets by then; what is refused is
 *   dropped and reported. It stays due, since `isCommitted` compares with what the group has confirmed, not with what was sent.
 */
export class Committer {
  private readonly options: CommitterOptions
  private readonly waiting = new Map<string, NumberedOffset>()
  private readonly committedOffsets = new Map<string, bigint>()
  /** Offsets up to this one need no commit: reading began here, or one offset later if the start itself has to be committed. */
  private readonly noNews = new Map<string, bigint>()
  /** The commit in flight, without offsets that were given up or moved back since: answers about those are ignored. */
  private readonly inFlight = new Map<string, NumberedOffset>()
  private underWay = false
  private backingOff = false
  private attempts = 0
  private numbers = 0

  constructor(options: CommitterOptions) {
    this.options = options
  }

  /**
   * Reading begins, after an assignment or a seek. No offset up to `noNews` is sent unless it is requested explicitly.
   * `committed` is what the group has committed, null if unknown. It replaces what was known before, and may be lower.
   */
  track(partition: TopicPartition, noNews: bigint, committed: bigint | null): void {
    const key = keyOf(partition)
    this.noNews.set(key, noNews)
    if (committed === null) this.committedOffsets.delete(key)
    else this.committedOffsets.set(key, committed)
  }

  /** The offset that waits to be sent (again); null if there is none. */
  waitingOffset(partition: TopicPartition): bigint | null {
    return this.waiting.get(keyOf(partition))?.offset ?? null
  }

  /** The member lost the partition, or reads it from elsewhere: none of its offsets so far is sent again. */
  forget(partition: TopicPartition): void {
    const key = keyOf(partition)
    this.waiting.delete(key)
    this.inFlight.delete(key)
    this.committedOffsets.delete(key)
    this.noNews.delete(key)
  }

  /** The last offset known to be committed. */
  committed(partition: TopicPartition): bigint | null {
    return this.committedOffsets.get(keyOf(partition)) ?? null
  }

  /** True when no offset up to this one has to be committed. */
  isCommitted(partition: TopicPartition, offset: bigint): boolean {
    const key = keyOf(partition)
    const newest = this.committedOffsets.get(key) ?? this.noNews.get(key)
    return newest === undefined || offset <= newest
  }

  /** The partition's newest offset that waits or is in flight; null if there is none. */
  newest(partition: TopicPartition): NumberedOffset | null {
    const key = keyOf(partition)
    return this.waiting.get(key) ?? this.inFlight.get(key) ?? null
  }

  /** True while an offset of the partition waits or is in flight. */
  isBusy(partition: TopicPartition): boolean {
    return this.newest(partition) !== null
  }

  due(offsets: readonly DueOffset[]): readonly CommitEffect[] {
    for (const offset of offsets) this.fold(offset)
    return this.send()
  }

  /** False if the offset in flight was given up or moved back since it was sent. */
  isCurrent(offset: DueOffset): boolean {
    return this.inFlight.get(keyOf(offset)) === offset
  }

  answered(results: readonly CommitResult[]): readonly CommitEffect[] {
    const sent = new Map(this.inFlight)
    this.inFlight.clear()
    this.underWay = false
    const answered = results.map((result): AnsweredOffset => ({ ...result, sent: sent.get(keyOf(result)) ?? null }))
    const committed = answered.filter((result) => result.outcome === 'committed')
    const dropped = answered.filter((result) => result.outcome === 'dropped')
    const retried = answered.filter((result) => result.outcome === 'retry')
    for (const result of committed) if (result.sent !== null) this.committedOffsets.set(keyOf(result), result.offset)
    for (const { sent } of retried)
      if (sent !== null && !this.waiting.has(keyOf(sent))) this.waiting.set(keyOf(sent), sent)
    const effects: CommitEffect[] = []
    if (committed.length > 0) effects.push({ _tag: 'committed', offsets: committed })
    const inMs = dropped.length + retried.length > 0 ? this.backoff() : 0
    for (const [fault, offsets] of byFault(dropped)) effects.push({ _tag: 'dropped', offsets, fault, inMs })
    if (retried.length > 0) {
      this.backingOff = true
      for (const [fault, offsets] of byFault(retried)) effects.push({ _tag: 'retry', offsets, fault, inMs })
      return effects
    }
    if (dropped.length === 0) this.attempts = 0
    return [...effects, ...this.send()]
  }

  retryDue(): readonly CommitEffect[] {
    this.backingOff = false
    return this.send()
  }

  private fold(offset: DueOffset): void {
    const key = keyOf(offset)
    const newest = this.newest(offset)?.offset ?? this.committedOffsets.get(key) ?? this.noNews.get(key)
    if (offset.isExplicit !== true && newest !== undefined && offset.offset <= newest) return
    this.waiting.set(key, { ...offset, number: ++this.numbers })
  }

  private send(): readonly CommitEffect[] {
    if (this.backingOff || this.underWay || this.waiting.size === 0) return []
    for (const [key, offset] of this.waiting) this.inFlight.set(key, offset)
    this.waiting.clear()
    this.underWay = true
    return [{ _tag: 'send', offsets: [...this.inFlight.values()] }]
  }

  private backoff(): number {
    this.attempts++
    return retryDelay(this.attempts, this.options, this.options.random)
  }
}

/** Results grouped by fault, each group with the first of its faults. */
const byFault = (results: readonly AnsweredOffset[]): readonly (readonly [Fault, readonly AnsweredOffset[]])[] =>
  [...groupedBy(results, ({ fault }) => fault && `${fault._tag}/${'code' in fault ? String(fault.code) : ''}`)].flatMap(
    ([, alike]) => {
      const fault = alike[0]?.fault
      return fault == null ? [] : [[fault, alike] as const]
    }
  )
