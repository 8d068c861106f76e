import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'

/** The partitions whose reading begins now, and those whose reading continues. */
export interface Begun {
  readonly gained: readonly TopicPartition[]
  readonly kept: readonly TopicPartition[]
}

/**
 * Manually assigned partitions, which can be replaced while they are read. A partition that is no longer chosen is held until
 * it is released. If it is chosen again before that, it begins again after its release, so that its readings never overlap.
 */
export class ChosenPartitions {
  private readonly chosen = new Map<string, TopicPartition>()
  private readonly held = new Map<string, TopicPartition>()
  private readonly revoked = new Set<string>()

  /** Chooses other partitions; returns those that have to be released for that. */
  choose(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
    this.chosen.clear()
    for (const place of partitions) this.chosen.set(partitionKey(place.topic, place.partition), place)
    const gone = [...this.held].filter(([key]) => !this.chosen.has(key) && !this.revoked.has(key))
    for (const [key] of gone) this.revoked.add(key)
    return gone.map(([, place]) => place)
  }

  /** Takes all partitions that are chosen and not held. */
  begin(): Begun {
    const kept = [...this.chosen].filter(([key]) => this.held.has(key) && !this.revoked.has(key))
    const gained = [...this.chosen].filter(([key]) => !this.held.has(key))
    for (const [key, place] of gained) this.held.set(key, place)
    return { gained: gained.map(([, place]) => place), kept: kept.map(([, place]) => place) }
  }

  release(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      this.held.delete(key)
      this.revoked.delete(key)
    }
  }
}
