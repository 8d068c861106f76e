import type { RemoteSubscription } from './consumer-membership-messages.js'
import type { ConsumerGroupHeartbeatRequest } from './heartbeat-messages.js'
import { idKeyOf, type TopicIdPartition } from './topic-id-partition.js'

/** What a member has to say of itself that may change. */
export interface ToSay {
  readonly subscription: RemoteSubscription
  readonly owned: readonly TopicIdPartition[]
  /** Something of what is owned is being given up: the group hears of that when it is done. */
  readonly isDraining: boolean
}

type Changing = Pick<ConsumerGroupHeartbeatRequest, 'topics' | 'pattern' | 'owned'>

/** What the group has been told, and has answered. Only what is different is said; after a lost answer, all of it. */
export class SaidToGroup {
  /** null: nothing that it may count on */
  private told: { readonly topics: string; readonly pattern: string | null; readonly owned: string } | null = null
  private underWay: typeof this.told = null
  private hadPattern = false

  /** Nothing is known to have arrived. */
  forget(): void {
    this.told = this.underWay = null
  }

  /** Whether everything has to be said. */
  get isAll(): boolean {
    return this.told === null
  }

  /** Whether there is something to be said. */
  isNews(present: ToSay): boolean {
    const { topics, pattern, owned } = this.differing(present)
    return topics !== null || pattern !== null || owned !== null
  }

  /** What the next heartbeat says. */
  say(present: ToSay): Changing {
    const said = this.differing(present)
    const now = keysOf(present)
    this.underWay = { ...now, owned: said.owned === null ? (this.told?.owned ?? '') : now.owned }
    this.hadPattern ||= present.subscription.pattern !== null
    return said
  }

  /** The heartbeat that said it was answered. */
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
      // One that was said before has to be taken back.
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
