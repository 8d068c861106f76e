import { errorCode as code } from '../../core/protocol/error-code.js'
import { acknowledgeType, type AcknowledgementBatch, type AcquiredOffsets } from '../../core/share/share-messages.js'
import type { ErrorCode } from '../../ports/kafka-calls.js'
import type { PartitionLog } from './partition-log.js'

/** A record that the share group has not completed yet. */
export interface SharedRecord {
  readonly offset: bigint
  readonly state: 'available' | 'acquired' | 'acknowledged' | 'archived'
  readonly deliveryCount: number
  /** the member that has locked it */
  readonly memberId: string | null
}

/** A record that is locked, by whom, and until when. */
export interface HeldLock {
  readonly offset: bigint
  readonly memberId: string | null
  readonly until: number
}

/** The state of a share partition: everything before `start` is acknowledged or archived. */
export interface SharePartitionState {
  readonly start: bigint
  readonly records: readonly SharedRecord[]
}

type State = { -readonly [K in keyof SharedRecord]: SharedRecord[K] } & { deadline: number }

/** A group's settings for its share partitions, with Kafka's defaults. */
export interface SharePartitionRules {
  readonly lockMs: number
  readonly deliveryLimit: number
  readonly maxLocks: number
  /** whether locks may be renewed */
  readonly renews: boolean
  /** `share.isolation.level` */
  readonly isolation: 'read_committed' | 'read_uncommitted'
}

/** The changes of a record's lock. */
export type LockChange =
  | 'renewed'
  | 'accepted'
  | 'rejected'
  /** By its member, or by the end of its session. */
  | 'released'
  /** The lock expired. */
  | 'expired'
  /** After a release or expiry: the record was delivered as often as the group allows, and is given up. */
  | 'archived'

/** Called for each change of a lock in a partition. */
export type LockListener = (offset: bigint, memberId: string | null, change: LockChange) => void

const unheard = (): void => undefined

/** A member's request to acquire records. */
export interface Acquisition {
  readonly memberId: string
  readonly maxRecords: number
  /** whether to acquire whole record batches, even if they exceed the limit */
  readonly wholeBatches: boolean
  readonly now: number
}

/**
 * A partition of a share group: which records are locked by which member, until when, and their delivery counts. The rules are
 * those of Kafka's `SharePartition`.
 */
export class SharePartition {
  private readonly log: PartitionLog
  private readonly rules: () => SharePartitionRules
  private readonly changed: LockListener
  /** of offsets from `start` on; an offset without a state was never acquired */
  private readonly states = new Map<bigint, State>()
  private first: bigint
  private lockedCount = 0

  constructor(log: PartitionLog, first: bigint, rules: () => SharePartitionRules, changed: LockListener = unheard) {
    this.log = log
    this.changed = changed
    this.first = first
    this.rules = rules
  }

  /** Everything before this offset is acknowledged or archived. */
  get start(): bigint {
    return this.first
  }
  /** The number of records that are neither acknowledged nor archived. */
  get lag(): bigint {
    const { logEnd, logStart } = this.log
    const start = logStart > this.first ? logStart : this.first
    const isDone = ({ offset, state }: State): boolean =>
      offset >= start && (state === 'acknowledged' || state === 'archived')
    return logEnd - start - BigInt([...this.states.values()].filter(isDone).length)
  }
  get locked(): number {
    return this.lockedCount
  }
  /** When the first lock expires; Infinity if nothing is locked. */
  get nextDeadline(): number {
    let next = Infinity
    for (const { state, deadline } of this.states.values()) if (state === 'acquired' && deadline < next) next = deadline
    return next
  }
  /** The records that are locked, in their order. */
  get locks(): readonly HeldLock[] {
    return [...this.states.values()]
      .filter(({ state }) => state === 'acquired')
      .map(({ offset, memberId, deadline }) => ({ offset, memberId, until: deadline }))
      .sort((a, b) => (a.offset < b.offset ? -1 : 1))
  }
  get records(): readonly SharedRecord[] {
    return [...this.states.values()]
      .map(({ offset, state, deliveryCount, memberId }) => ({ offset, state, deliveryCount, memberId }))
      .sort((a, b) => (a.offset < b.offset ? -1 : 1))
  }

  /** Locks the next available records for the member. */
  acquire({ memberId, maxRecords, wholeBatches, now }: Acquisition): readonly AcquiredOffsets[] {
    this.passRetention()
    const { lockMs, maxLocks, isolation } = this.rules()
    const isCommitted = isolation === 'read_committed'
    const acquired: AcquiredOffsets[] = []
    let left = maxRecords
    let batchEnd = -1n
    const readable = isCommitted ? this.log.lastStable : this.log.logEnd
    const end = readable < this.first + BigInt(maxLocks) ? readable : this.first + BigInt(maxLocks)
    for (let offset = this.first; offset < end; offset++) {
      if (left <= 0 && offset > batchEnd) break
      const known = this.states.get(offset)
      if (known !== undefined && known.state !== 'available') continue
      if (wholeBatches && offset > batchEnd) batchEnd = this.log.lastOfBatch(offset)
      const deliveryCount = (known?.deliveryCount ?? 0) + 1
      // Nobody gets it (`SharePartition.filterAbortedTransactionalAcquiredRecords`).
      if (isCommitted && this.log.isAborted(offset)) {
        this.states.set(offset, { offset, state: 'archived', deliveryCount, memberId: null, deadline: 0 })
        continue
      }
      this.states.set(offset, { offset, state: 'acquired', deliveryCount, memberId, deadline: now + lockMs })
      this.lockedCount++
      left--
      const last = acquired.at(-1)
      if (last?.lastOffset === offset - 1n && last.deliveryCount === deliveryCount)
        acquired[acquired.length - 1] = { ...last, lastOffset: offset }
      else acquired.push({ firstOffset: offset, lastOffset: offset, deliveryCount })
    }
    this.moveOn()
    return acquired
  }

  /**
   * Acknowledges all records or none: one that the member has not locked refuses the request, unless it is completed already.
   */
  acknowledge(memberId: string, batches: readonly AcknowledgementBatch[], now: number): ErrorCode {
    const changes: (readonly [State, number])[] = []
    let before = -1n
    for (const { firstOffset, lastOffset, types } of batches) {
      const count = Number(lastOffset - firstOffset) + 1
      const isInOrder = firstOffset > before && count >= 1
      if (!isInOrder || (types.length !== 1 && types.length !== count)) return code.INVALID_REQUEST
      before = lastOffset
      for (let index = 0; index < count; index++) {
        const offset = firstOffset + BigInt(index)
        const type = types[types.length === 1 ? 0 : index] ?? 0
        if (type === acknowledgeType.renew && !this.rules().renews) return code.INVALID_RECORD_STATE
        if (offset < this.first) continue
        const state = this.states.get(offset)
        if (state?.state !== 'acquired' || state.memberId !== memberId) return code.INVALID_RECORD_STATE
        changes.push([state, type])
      }
    }
    for (const [state, type] of changes) this.apply(state, type, now)
    this.moveOn()
    return code.NONE
  }

  /** Ends matching locks; a lock that was held counts as a delivery. Returns whether there were any. */
  release(isOver: (record: { readonly memberId: string | null; readonly deadline: number }) => boolean): boolean {
    return this.giveAllBack(isOver, 'released')
  }

  /** Ends expired locks. Returns whether there were any. */
  expire(now: number): boolean {
    return this.giveAllBack(({ deadline }) => deadline <= now, 'expired')
  }

  private giveAllBack(isOver: (state: State) => boolean, as: 'released' | 'expired'): boolean {
    const over = [...this.states.values()].filter((state) => state.state === 'acquired' && isOver(state))
    for (const state of over) this.giveBack(state, as)
    this.moveOn()
    return over.length > 0
  }

  private apply(state: State, type: number, now: number): void {
    if (type === acknowledgeType.renew) {
      state.deadline = now + this.rules().lockMs
      this.changed(state.offset, state.memberId, 'renewed')
    } else if (type === acknowledgeType.release) this.giveBack(state, 'released')
    else {
      if (type !== acknowledgeType.gap)
        this.changed(state.offset, state.memberId, type === acknowledgeType.accept ? 'accepted' : 'rejected')
      state.state = type === acknowledgeType.accept ? 'acknowledged' : 'archived'
      this.unlock(state)
    }
  }

  private giveBack(state: State, as: 'released' | 'expired'): void {
    this.changed(state.offset, state.memberId, as)
    state.state = state.deliveryCount >= this.rules().deliveryLimit ? 'archived' : 'available'
    if (state.state === 'archived') this.changed(state.offset, state.memberId, 'archived')
    this.unlock(state)
  }

  private unlock(state: State): void {
    state.memberId = null
    this.lockedCount--
  }

  private moveOn(): void {
    for (let state = this.states.get(this.first); state !== undefined; state = this.states.get(this.first)) {
      if (state.state === 'available' || state.state === 'acquired') return
      this.states.delete(this.first)
      this.first++
    }
  }

  /** Records deleted by retention are archived. */
  private passRetention(): void {
    for (; this.first < this.log.logStart; this.first++) {
      if (this.states.get(this.first)?.state === 'acquired') this.lockedCount--
      this.states.delete(this.first)
    }
    this.moveOn()
  }
}
