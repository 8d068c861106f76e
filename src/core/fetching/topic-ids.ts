/** What an answer that describes a topic is about: the topic that is known, one before it, or another that was made later. */
export type DescribedTopic = 'the same' | 'a former one' | 'made again'

/**
 * Which topic a name means. A topic that is deleted and made again is another: its offsets and leader epochs begin anew, and
 * may be lower than the former one's. Ids tell (KIP-516); they say nothing of order, so that an id which was given up is
 * remembered: a broker that lags behind may still name it.
 */
export class TopicIds {
  private readonly current = new Map<string, string>()
  private readonly former = new Set<string>()

  /** null where none is known: brokers before Kafka 2.8 have none */
  of(topic: string): string | null {
    return this.current.get(topic) ?? null
  }

  /** What each id means. */
  get names(): ReadonlyMap<string, string> {
    return new Map([...this.current].map(([topic, id]) => [id, topic]))
  }

  learn(topic: string, id: string | null): DescribedTopic {
    if (id === null) return 'the same'
    if (this.former.has(id)) return 'a former one'
    const known = this.current.get(topic)
    this.current.set(topic, id)
    if (known === undefined || known === id) return 'the same'
    this.former.add(known)
    return 'made again'
  }
}
