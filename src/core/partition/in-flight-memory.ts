import type { BatchRoom } from '../../model/batch-room.js'
import type { Ledger } from './ledger.js'

interface BatchInFlight {
  /** the number of its first record in the ledger */
  readonly first: number
  bytes: number
}

/** Small batches count together: there may be one per record. */
const smallBytes = 65_536

/**
 * The memory of records in flight, of all partitions together: batches with a delivered record that is unsettled or held. A
 * record keeps the whole of its decompressed batch in memory.
 *
 * Any partition may use the first half of `limit`. The second half is divided into equal shares for partitions that have
 * nothing in flight, so that partitions with hanging handlers do not keep others from being read. So at most `limit` and one
 * batch are in flight: the size of a batch is unknown before it is decompressed. Batches that were never compressed are in
 * memory anyway; a partition with nothing else in flight may always read them.
 */
export class InFlightMemory {
  private readonly limit: number
  private readonly partitions: () => number
  private readonly later: (run: () => void) => void
  private readonly users = new Set<PartitionMemory>()
  private readonly waiting = new Map<PartitionMemory, () => void>()
  private isWaking = false
  private taken = 0

  /** `partitions`: how many share the limit; `later` runs a callback on a later turn. */
  constructor(limit: number, partitions: () => number, later: (run: () => void) => void) {
    this.limit = limit
    this.partitions = partitions
    this.later = later
  }

  /** The bytes in flight as of the last check. */
  get bytes(): number {
    return this.taken
  }

  /** Whether a partition waits for memory. */
  get isAwaited(): boolean {
    return this.waiting.size > 0
  }

  /** How many bytes a partition with this much in flight may take. */
  roomOf(user: PartitionMemory): number {
    // Checks which batches are still needed only when memory is short, so that single records cost nothing.
    if (this.taken >= this.limit / 2) for (const one of this.users) one.look()
    if (this.taken < this.limit / 2) return Infinity
    return user.bytes === 0 ? Math.ceil(this.limit / 2 / Math.max(1, this.partitions())) : 0
  }

  /** Memory was released: waiting partitions check again, once per turn. Those with nothing in flight come first. */
  released(): void {
    if (this.isWaking || this.waiting.size === 0) return
    this.isWaking = true
    this.later(() => {
      this.isWaking = false
      const all = [...this.waiting].sort(([one], [other]) => Math.sign(one.bytes) - Math.sign(other.bytes))
      this.waiting.clear()
      for (const [, go] of all) go()
    })
  }

  wait(user: PartitionMemory, go: () => void): void {
    this.waiting.set(user, go)
  }

  forget(user: PartitionMemory): void {
    this.users.delete(user)
    this.waiting.delete(user)
  }

  count(user: PartitionMemory, bytes: number): void {
    this.users.add(user)
    this.taken += bytes
    if (bytes < 0) this.released()
  }
}

/** The memory that one partition has in flight. */
export class PartitionMemory implements BatchRoom {
  private readonly all: InFlightMemory
  private ledger: Ledger | null = null
  private batches: BatchInFlight[] = []
  private isReading = false
  private taken = 0

  constructor(all: InFlightMemory) {
    this.all = all
  }

  get bytes(): number {
    return this.taken
  }

  released(): void {
    if (this.all.isAwaited) this.all.released()
  }

  /** Deliveries are entered in this ledger from now on; earlier records in flight do not count any more. */
  begin(ledger: Ledger | null): void {
    const bytes = this.taken
    this.batches = []
    this.taken = 0
    this.isReading = false
    this.ledger = ledger
    if (bytes > 0) this.all.count(this, -bytes)
    this.all.forget(this)
  }

  mayRead(): boolean {
    return this.mostBytes() > 0
  }

  mostBytes(): number {
    // A reader requests the next batch when it has read all of the last one.
    this.isReading = false
    return this.all.roomOf(this)
  }

  entered(bytes: number): void {
    this.isReading = true
    const last = this.batches.at(-1)
    if (last !== undefined && last.bytes + bytes <= smallBytes) last.bytes += bytes
    else this.batches.push({ first: this.ledger?.delivered ?? 0, bytes })
    this.taken += bytes
    this.all.count(this, bytes)
  }

  /** The reader has left the last batch. */
  left(): void {
    this.isReading = false
  }

  /** Calls `go` once there may be room. */
  wait(go: () => void): void {
    this.all.wait(this, go)
  }

  /** Forgets the batches whose records are all settled and no longer held. */
  look(): void {
    const { ledger, batches } = this
    if (ledger === null || batches.length === 0) return
    const last = batches.length - 1
    const kept = batches.filter(({ first }, index) => {
      const isRead = index === last && this.isReading
      return isRead || ledger.isAnyNeeded(first, batches[index + 1]?.first ?? ledger.delivered)
    })
    const bytes = kept.reduce((sum, batch) => sum + batch.bytes, 0)
    this.batches = kept
    const less = bytes - this.taken
    this.taken = bytes
    if (less < 0) this.all.count(this, less)
  }
}
