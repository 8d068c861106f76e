/** Whether an answer describes the known topic, an earlier one of the same name, or a later one. */
export type DescribedTopic = 'the same' | 'a former one' | 'recreated'

/**
 * Which topic a name means. A topic that is deleted and created again is a different topic: its offsets and leader epochs start
 * over, and may be lower. IDs distinguish topics (KIP-516) but have no order, so abandoned IDs are remembered: a broker that
 * lags behind may still return one.
 */
export class TopicIds {
  private readonly current = new Map<string, string>()
  private readonly former = new Set<string>()
  /** Topics that no longer exist, in the order in which they disappeared. */
  private readonly gone = new Set<string>()

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
    this.gone.delete(topic)
    if (known === undefined || known === id) return 'the same'
    this.former.add(known)
    forgetFirst(this.former)
    return 'recreated'
  }

  /**
   * The topic no longer exists. Its ID is kept for a while, to recognize a new topic under the same name; not for ever, since a
   * pattern may match new names every day.
   */
  left(topic: string): void {
    if (!this.current.has(topic)) return
    this.gone.delete(topic)
    this.gone.add(topic)
    const first = forgetFirst(this.gone)
    if (first !== undefined) this.current.delete(first)
  }
}

/** How many abandoned IDs, and how many deleted topics, are remembered. */
const mostKept = 10_000

/** Removes the one that was added first, if there are too many. */
const forgetFirst = (kept: Set<string>): string | undefined => {
  if (kept.size <= mostKept) return undefined
  const [first] = kept
  if (first !== undefined) kept.delete(first)
  return first
}
