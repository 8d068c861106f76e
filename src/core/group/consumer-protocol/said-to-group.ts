import type { RemoteSubscription } from './consumer-membership-messages.js'
import type { ConsumerGroupHeartbeatRequest } from './heartbeat-messages.js'
import { idKeyOf, type TopicIdPartition } from './topic-id-partition.js'

/** What a member reports about itself and may change. */
export interface ToSay {
  readonly subscription: RemoteSubscription
  readonly owned: readonly TopicIdPartition[]
  /** Some owned partitions are being released; the member reports them as released when all are. */
  readonly isDraining: boolean
}

type Changing = Pick<ConsumerGroupHeartbeatRequest, 'topics' | 'pattern' | 'owned'>

/** What the group has received and answered. Only changes are sent; after a lost answer, everything. */
export class SaidToGroup {
  /** null: nothing is known for certain */
  private told: { readonly topics: string; readonly pattern: string | null; readonly owned: string } | null = null
  private underWay: typeof this.told = null
  private hadPattern = false

  /** The group may not have received anything. */
  forget(): void {
    this.told = this.underWay = null
  }

  /** Whether everything has to be sent. */
  get isAll(): boolean {
    return this.told === null
  }

  /** Whether there is a change to send. */
  isNews(present: ToSay): boolean {
    const { topics, pattern, owned } = this.differing(present)
    return topics !== null || pattern !== null || owned !== null
  }

  /** The content of the next heartbeat. */
  say(present: ToSay): Changing {
    const said = this.differing(present)
    const now = keysOf(present)
    this.underWay = { ...now, owned: said.owned === null ? (this.told?.owned ?? '') : now.owned }
    this.hadPattern ||= present.subscription.pattern !== null
    return said
  }

  /** The heartbeat with this content was answered. */
  answered(): void {
    this.told = this.underWay
  }

  private differing(present: ToSay): Changing {
    const { told } = this
    const { subscription, owned, isDraining } = present
    const now = keysOf(present)
    const isNew = (key: keyof typeof now): boolean => told === null || told[key] !== now[key]
    return {
      topics: isNew('topics') ? subscription.topics : null,
      // A pattern that was sent before has to be removed.
      pattern: isNew('pattern') ? (subscription.pattern ?? (this.hadPattern ? '' : null)) : null,
      owned: told === null || (!isDraining && isNew('owned')) ? owned : null
    }
  }
}

const keysOf = ({ subscription, owned }: ToSay): { topics: string; pattern: string | null; owned: string } => ({
  topics: [...subscription.topics].sort().join(),
  pattern: subscription.pattern,
  owned: owned.map(idKeyOf).sort().join()
})
