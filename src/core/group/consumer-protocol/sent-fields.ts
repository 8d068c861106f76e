import type { RemoteSubscription } from './consumer-membership-messages.js'
import type { ConsumerGroupHeartbeatRequest } from './heartbeat-messages.js'
import { idKeyOf, type TopicIdPartition } from './topic-id-partition.js'

/** The fields of a heartbeat that change during a membership. */
export interface MemberFields {
  readonly subscription: RemoteSubscription
  readonly owned: readonly TopicIdPartition[]
  /** Some owned partitions are being released; the member reports them as released when all are. */
  readonly isDraining: boolean
}

type Changing = Pick<ConsumerGroupHeartbeatRequest, 'topics' | 'pattern' | 'owned'>

/**
 * The fields that the coordinator has confirmed, as Java's `HeartbeatState.SentFields`. A heartbeat contains only changed fields; after
 * a lost answer, all of them.
 */
export class SentFields {
  /** null: the coordinator may have received anything or nothing */
  private confirmed: { readonly topics: string; readonly pattern: string | null; readonly owned: string } | null = null
  private inFlight: typeof this.confirmed = null
  private hadPattern = false

  /** The next heartbeat contains all fields: the coordinator may not have received any. */
  reset(): void {
    this.confirmed = this.inFlight = null
  }

  /** Whether the next heartbeat contains all fields. */
  get isFull(): boolean {
    return this.confirmed === null
  }

  /** Whether any field has changed. */
  hasChanged(present: MemberFields): boolean {
    const { topics, pattern, owned } = this.changesOf(present)
    return topics !== null || pattern !== null || owned !== null
  }

  /** The changed fields, for the next heartbeat. */
  next(present: MemberFields): Changing {
    const changed = this.changesOf(present)
    const now = keysOf(present)
    this.inFlight = { ...now, owned: changed.owned === null ? (this.confirmed?.owned ?? '') : now.owned }
    this.hadPattern ||= present.subscription.pattern !== null
    return changed
  }

  /** The coordinator has accepted the last heartbeat. */
  confirm(): void {
    this.confirmed = this.inFlight
  }

  private changesOf(present: MemberFields): Changing {
    const { confirmed } = this
    const { subscription, owned, isDraining } = present
    const now = keysOf(present)
    const isNew = (key: keyof typeof now): boolean => confirmed === null || confirmed[key] !== now[key]
    return {
      topics: isNew('topics') ? subscription.topics : null,
      // A pattern that was sent before has to be removed.
      pattern: isNew('pattern') ? (subscription.pattern ?? (this.hadPattern ? '' : null)) : null,
      owned: confirmed === null || (!isDraining && isNew('owned')) ? owned : null
    }
  }
}

const keysOf = ({ subscription, owned }: MemberFields): { topics: string; pattern: string | null; owned: string } => ({
  topics: [...subscription.topics].sort().join(),
  pattern: subscription.pattern,
  owned: owned.map(idKeyOf).sort().join()
})
