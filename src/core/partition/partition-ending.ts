import type { PartitionDrainReport } from '../../model/rebalance-event.js'
import type { EndTrigger } from './partition-messages.js'

/** The share of the time until a deadline that is reserved for the last commit. */
const commitShare = 0.1
const commitShareMaxMs = 1_000

/** Why and by when an assignment has to end. */
export class PartitionEnding {
  private requested: EndTrigger | null = null
  private revoked = false
  private begun = false
  private drains = false
  private deadline = Infinity
  private outcome: PartitionDrainReport['outcome'] | null = null
  private aborted = false

  /** Null while no end is requested. */
  get trigger(): EndTrigger | null {
    return this.requested
  }
  /** Whether the group waits for the partition. */
  get isRevoked(): boolean {
    return this.revoked
  }
  /** Whether the partition waits for delivered records. */
  get isDraining(): boolean {
    return this.drains
  }
  /** Why the end was forced; null if it is regular. */
  get forced(): PartitionDrainReport['outcome'] | null {
    return this.outcome
  }

  /** The first of several triggers is the reason, but a revocation by the group always has to be answered. */
  ask(trigger: EndTrigger): void {
    this.requested ??= trigger
    if (trigger === 'revocation') this.revoked = true
  }

  /** How long to wait for the pipeline, and for the last commit; null if an earlier deadline is set. */
  tighten(deadline: number, now: number): { readonly abortInMs: number; readonly endInMs: number } | null {
    if (deadline >= this.deadline) return null
    this.deadline = deadline
    const left = Math.max(0, deadline - now)
    return { abortInMs: left - Math.min(commitShareMaxMs, left * commitShare), endInMs: left }
  }

  /** True on the first call. */
  begin(): boolean {
    const first = !this.begun
    this.begun = true
    return first
  }

  drain(): void {
    this.drains = true
  }

  drained(): void {
    this.drains = false
  }

  /** False if the end was forced before. */
  force(outcome: 'timed out' | 'aborted', trigger: EndTrigger | null = this.requested): boolean {
    if (this.outcome !== null) return false
    this.outcome = outcome
    this.requested = trigger
    return true
  }

  /** True on the first call. */
  abort(): boolean {
    const first = !this.aborted
    this.aborted = true
    return first
  }
}
