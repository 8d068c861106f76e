/** The initial number of slots; always a power of two. */
const firstSlots = 64

/**
 * What a ledger keeps of each record, in a ring of slots by the record's number. The ring grows when a needed record keeps its
 * slot for long. The columns are typed arrays, which the ledger reads and writes in place: an object for each record would cost
 * more than all work on it.
 */
export class RecordSlots {
  /** `seq & mask` is the slot of a record */
  mask = firstSlots - 1
  states = new Uint32Array(firstSlots)
  /** of the last operator that passed the record on */
  operators = new Uint8Array(firstSlots)
  /** relative to the ledger's base */
  private offsets = new Float64Array(firstSlots)
  /** times of delivery */
  private times = new Float64Array(firstSlots)

  enter(seq: number, offset: number, now: number): void {
    const slot = seq & this.mask
    this.offsets[slot] = offset
    this.times[slot] = now
    this.states[slot] = 0
    this.operators[slot] = 0
  }

  stateOf(seq: number): number {
    return this.states[seq & this.mask] ?? 0
  }

  offsetOf(seq: number): number {
    return this.offsets[seq & this.mask] ?? 0
  }

  timeOf(seq: number): number {
    return this.times[seq & this.mask] ?? 0
  }

  operatorOf(seq: number): number {
    return this.operators[seq & this.mask] ?? 0
  }

  /** Doubles the slots and moves those of the records from `first` up to `next`. */
  grow(first: number, next: number): void {
    const { mask, states, operators, offsets, times } = this
    const size = 2 * (mask + 1)
    this.mask = size - 1
    this.states = new Uint32Array(size)
    this.operators = new Uint8Array(size)
    this.offsets = new Float64Array(size)
    this.times = new Float64Array(size)
    for (let seq = first; seq < next; seq++) {
      const from = seq & mask
      const to = seq & this.mask
      this.states[to] = states[from] ?? 0
      this.operators[to] = operators[from] ?? 0
      this.offsets[to] = offsets[from] ?? 0
      this.times[to] = times[from] ?? 0
    }
  }
}
