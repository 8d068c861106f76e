import { RecordSlots } from './record-slots.js'

const settledBit = 1
const parkedBit = 2
const oneHold = 4

/**
 * The records delivered from one partition under one assignment, and their states: the committed offset is read from
 * it. Deliveries are numbered densely from 0; offsets are not dense (compaction, transaction markers), so they are kept
 * beside the number, relative to `base` to fit a double.
 *
 * Two frontiers run through the numbers: before `frontier` everything is settled (the commit follows it); before `tail`
 * everything is settled and not held either (its credit is back and its slot is free). All operations are O(1),
 * settling amortised.
 */
export class Ledger {
  readonly base: bigint
  /** of the records from `tail` on; bit 0 of a state: settled; bit 1: parked; the other bits count holds */
  private readonly slots = new RecordSlots()
  private end = 0
  private next = 0
  private frontier = 0
  private tail = 0
  private settled = 0
  private taken = 0
  private held = 0
  private aside = 0

  /** @param base the position at which the assignment begins */
  constructor(base: bigint) {
    this.base = base
  }

  /** Records that use credit: not settled, or held, and not parked. */
  get inFlight(): number {
    return this.taken
  }

  /** Records that wait or run in an operator. */
  get heldCount(): number {
    return this.held
  }

  /** Records that are parked, without credit. */
  get parkedCount(): number {
    return this.aside
  }

  /** Records delivered so far. */
  get delivered(): number {
    return this.next
  }

  /** Records settled so far, in any order. */
  get settledCount(): number {
    return this.settled
  }

  /** Delivered records that are not settled. */
  get unsettled(): number {
    return this.next - this.settled
  }

  /** The number of slots from the oldest unsettled or held record to the newest: grows behind a record that hangs. */
  get span(): number {
    return this.next - this.tail
  }

  /** The number of settled records behind the first unsettled one. */
  get overtaking(): number {
    return this.settled - this.frontier
  }

  /** The number of the first unsettled record; equal to `delivered` if there is none. */
  get firstUnsettled(): number {
    return this.frontier
  }

  /** The offset to commit: that of the first unsettled record, or the position if everything is settled. */
  get committable(): bigint {
    return this.frontier < this.next ? this.offsetOf(this.frontier) : this.position
  }

  /** The next offset that has not been delivered. */
  get position(): bigint {
    return this.base + BigInt(this.end)
  }

  /** Enters a delivery. `offset` is relative to `base`; returns the record's number. */
  deliver(offset: number, now: number): number {
    const seq = this.next
    const { slots } = this
    if (seq - this.tail > slots.mask) slots.grow(this.tail, seq)
    slots.enter(seq, offset, now)
    this.end = offset + 1
    this.next = seq + 1
    this.taken++
    return seq
  }

  /** Everything below the position was seen, though its last offsets may hold no record. False if that was known already. */
  advanceTo(position: bigint): boolean {
    const end = Number(position - this.base)
    if (end <= this.end) return false
    this.end = end
    return true
  }

  /** Acknowledges. False if it was settled before, or was never delivered. */
  settle(seq: number): boolean {
    if (seq < this.frontier || seq >= this.next) return false
    const { states, mask } = this.slots
    const slot = seq & mask
    const state = states[slot] ?? 0
    if ((state & settledBit) !== 0) return false
    states[slot] = state | settledBit
    this.settled++
    if (state === 0) this.taken--
    if (seq === this.frontier) this.advanceFrontier()
    if (seq === this.tail) this.advanceTail()
    return true
  }

  /** One more operator holds the record: it waits or runs there. */
  hold(seq: number): void {
    if (seq < this.tail || seq >= this.next) return
    const { states, mask } = this.slots
    const slot = seq & mask
    const state = states[slot] ?? 0
    if (state === settledBit) this.taken++
    if (state < oneHold) this.held++
    states[slot] = state + oneHold
  }

  /** Ends one hold. */
  release(seq: number): void {
    if (seq < this.tail || seq >= this.next) return
    const { states, mask } = this.slots
    const slot = seq & mask
    const state = states[slot] ?? 0
    if (state < oneHold) return
    states[slot] = state - oneHold
    if (state >= 2 * oneHold) return
    this.held--
    if (state === oneHold + settledBit) {
      this.taken--
      if (seq === this.tail) this.advanceTail()
    }
  }

  /** Returns the record's credit while it is parked. It stays unsettled and keeps its place. Only for held records. */
  park(seq: number): void {
    if (!this.isHeld(seq) || this.isParked(seq)) return
    const { states, mask } = this.slots
    const slot = seq & mask
    states[slot] = (states[slot] ?? 0) | parkedBit
    this.aside++
    this.taken--
  }

  /** Takes the record's credit again, even if none is left. */
  unpark(seq: number): void {
    if (!this.isParked(seq)) return
    const { states, mask } = this.slots
    const slot = seq & mask
    const state = (states[slot] ?? 0) & ~parkedBit
    states[slot] = state
    this.aside--
    if (state !== settledBit) this.taken++
    else if (seq === this.tail) this.advanceTail()
  }

  /** Whether any of these records is unsettled or held. Parked records do not count: they keep bytes of their own. */
  isAnyNeeded(from: number, to: number): boolean {
    for (let seq = Math.max(from, this.tail); seq < to; seq++) {
      const state = this.slots.stateOf(seq)
      if (state !== settledBit && (state & parkedBit) === 0) return true
    }
    return false
  }

  isSettled(seq: number): boolean {
    return seq < this.frontier || (seq < this.next && (this.slots.stateOf(seq) & settledBit) !== 0)
  }

  isHeld(seq: number): boolean {
    return seq >= this.tail && seq < this.next && this.slots.stateOf(seq) >= oneHold
  }

  private isParked(seq: number): boolean {
    return seq >= this.tail && seq < this.next && (this.slots.stateOf(seq) & parkedBit) !== 0
  }

  /** Remembers the last operator that passed the record on. */
  pass(seq: number, operator: number): void {
    if (seq >= this.tail && seq < this.next) this.slots.operators[seq & this.slots.mask] = operator
  }

  /** Only for unsettled records. */
  offsetOf(seq: number): bigint {
    return this.base + BigInt(this.slots.offsetOf(seq))
  }

  /** Only for unsettled records. */
  deliveredAt(seq: number): number {
    return this.slots.timeOf(seq)
  }

  /** Only for unsettled records. */
  lastOperator(seq: number): number {
    return this.slots.operatorOf(seq)
  }

  private advanceFrontier(): void {
    const { states, mask } = this.slots
    while (this.frontier < this.next && ((states[this.frontier & mask] ?? 0) & settledBit) !== 0) this.frontier++
  }

  private advanceTail(): void {
    const { states, mask } = this.slots
    while (this.tail < this.next && states[this.tail & mask] === settledBit) this.tail++
  }
}
