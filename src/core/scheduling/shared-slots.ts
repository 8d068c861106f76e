/** A user of shared slots: the handlers of one partition. */
export interface SlotUser {
  /** Slots that it has; `SharedSlots` updates it. */
  taken: number
  /** Called after a refusal when a slot may be available. */
  wake(): void
}

/** Slots that handlers of several partitions share: decides which handler may begin. */
export interface Slots {
  readonly size: number
  enter(user: SlotUser): void
  /** The user gives back all its slots. */
  leave(user: SlotUser): void
  /** False if no slot is available for the user; `wake` is called when one may be. */
  take(user: SlotUser): boolean
  /** Reports the work that the slot just taken is for. */
  began?(work: object, user: SlotUser): void
  /** `work` null: nothing began with the slot. */
  give(user: SlotUser, work: object | null, outcome: 'succeeded' | 'refused' | 'failed' | 'given up'): void
}

/**
 * Slots that several users share. Half of each user's equal share is reserved for it, so a user whose
 * handlers all hang cannot take every slot from the others. Further free slots go to the user that has waited longest.
 */
export class SharedSlots implements Slots {
  readonly size: number
  private readonly users = new Set<SlotUser>()
  private readonly waiting = new Set<SlotUser>()
  private taken = 0
  /** reserved for each user */
  private reserve = 0
  /** reserved slots that are not taken */
  private unfilled = 0
  private waking = false
  private changed = false

  constructor(size: number) {
    this.size = size
  }

  /** Slots in use. */
  get active(): number {
    return this.taken
  }

  enter(user: SlotUser): void {
    this.users.add(user)
    this.share()
  }

  leave(user: SlotUser): void {
    if (!this.users.delete(user)) return
    this.waiting.delete(user)
    this.taken -= user.taken
    user.taken = 0
    this.share()
    this.wakeNext()
  }

  take(user: SlotUser): boolean {
    if (!this.mayTake(user)) {
      this.waiting.add(user)
      return false
    }
    if (user.taken < this.reserve) this.unfilled--
    user.taken++
    this.taken++
    return true
  }

  give(user: SlotUser): void {
    if (!this.users.has(user)) return
    user.taken--
    this.taken--
    if (user.taken < this.reserve) this.unfilled++
    this.wakeNext()
  }

  private mayTake(user: SlotUser): boolean {
    const free = this.size - this.taken
    return user.taken < this.reserve ? free > 0 : free > this.unfilled
  }

  private share(): void {
    this.reserve = this.users.size === 0 ? 0 : Math.max(1, Math.floor(this.size / this.users.size / 2))
    // With more users than slots, none can be reserved for each.
    if (this.reserve * this.users.size > this.size) this.reserve = 0
    this.unfilled = 0
    for (const { taken } of this.users) this.unfilled += Math.max(0, this.reserve - taken)
  }

  private wakeNext(): void {
    // A woken user may give back its slot at once: then the loop starts again instead of nesting.
    this.changed = true
    if (this.waking) return
    this.waking = true
    while (this.changed) {
      this.changed = false
      for (const user of this.waiting) {
        if (this.taken >= this.size) break
        if (!this.mayTake(user)) continue
        this.waiting.delete(user)
        user.wake()
      }
    }
    this.waking = false
  }
}
