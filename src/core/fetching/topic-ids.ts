/** Whether an answer describes the known topic, an earlier one of the same name, or a later one. */
export type DescribedTopic = 'the same' | 'a former one' | 'made again'

/**
 * Which topic a name means. A topic that is deleted and created again is a different topic: its offsets and leader epochs start
 * over, and may be lower. IDs distinguish topics (KIP-516) but have no order, so abandoned IDs are remembered: a broker that
 * lags behind may still return one.
 */
export class TopicIds {
  private readonly current = new Map<string, string>()
  private readonly former = new Set<string>()

  /** null if none is known: brokers before Kafka 2.8 have none */
  of(topic: string): string | null {
    return this.current.get(topic) ?? null
  }

  /** The name of each id. */
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
