/** One of those who share the slots of a limit: the handlers of one partition. */
export interface SlotUser {
  /** Slots it has; kept by `SharedSlots`. */
  taken: number
  /** It was refused a slot, and may have one now. */
  wake(): void
}

/** What handlers of several partitions share: who may begin. */
export interface Slots {
  readonly size: number
  enter(user: SlotUser): void
  /** It gives back whatever it has. */
  leave(user: SlotUser): void
  /** False if there is none for it now; then it is woken when there may be. */
  take(user: SlotUser): boolean
  /** What the slot that was just taken is for. */
  began?(work: object, user: SlotUser): void
  /** `work` null: nothing was begun with it. */
  give(user: SlotUser, work: object | null, outcome: 'succeeded' | 'refused' | 'failed' | 'given up'): void
}

/**
 * So many slots for all who share them. Half of each one's equal share is kept for it: one that hangs with all that it could
 * get leaves the others that much, and what is free beyond it goes to the one that has waited longest.
 */
export class SharedSlots implements Slots {
  readonly size: number
  private readonly users = new Set<SlotUser>()
  private readonly waiting = new Set<SlotUser>()
  private taken = 0
  /** kept for each user */
  private reserve = 0
  /** what all users together lack to their reserves */
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

  /** It gives back whatever it has. */
  leave(user: SlotUser): void {
    if (!this.users.delete(user)) return
    this.waiting.delete(user)
    this.taken -= user.taken
    user.taken = 0
    this.share()
    this.wakeNext()
  }

  /** False if there is none for it now; then it is woken when there may be. */
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
    // More users than slots: nothing can be kept for everyone.
    if (this.reserve * this.users.size > this.size) this.reserve = 0
    this.unfilled = 0
    for (const { taken } of this.users) this.unfilled += Math.max(0, this.reserve - taken)
  }

  private wakeNext(): void {
    // Who is woken may give back at once: then the round begins anew, instead of nesting.
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
