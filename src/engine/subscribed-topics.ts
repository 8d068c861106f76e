import type { ConsumerSettings } from '../config/consumer-config.js'
import type { Subscription } from '../config/subscription.js'
import type { KnownTopics } from './known-topics.js'

const none: readonly string[] = []

/**
 * The topics of a subscription, which may change. Both lists are cached: they are read for each topic of an answer, and
 * there may be very many of both.
 */
export class SubscribedTopics {
  private readonly settings: Pick<ConsumerSettings, 'subscription'>
  private readonly known: KnownTopics
  private named: { readonly by: Subscription; readonly topics: ReadonlySet<string> } | null = null
  private present: {
    readonly by: Subscription
    readonly matched: readonly string[]
    readonly topics: readonly string[]
  } | null = null

  constructor(settings: Pick<ConsumerSettings, 'subscription'>, known: KnownTopics) {
    this.settings = settings
    this.known = known
  }

  /** All named ones, and those that are known to match a pattern. */
  get all(): readonly string[] {
    const { subscription } = this.settings
    const matched = subscription._tag === 'topics' ? this.known.matching(subscription.patterns) : none
    if (this.present?.by !== subscription || this.present.matched !== matched) {
      const named =
        subscription._tag === 'topics' ? subscription.topics : subscription.partitions.map(({ topic }) => topic)
      this.present = { by: subscription, matched, topics: [...new Set([...named, ...matched])] }
    }
    return this.present.topics
  }

  /** Topics that match one of them are subscribed to as well. */
  get patterns(): readonly RegExp[] {
    const { subscription } = this.settings
    return subscription._tag === 'topics' ? subscription.patterns : []
  }

  isNamed(topic: string): boolean {
    const { subscription } = this.settings
    if (subscription._tag === 'partitions') return true
    if (this.named?.by !== subscription) this.named = { by: subscription, topics: new Set(subscription.topics) }
    return this.named.topics.has(topic)
  }
}
