import type { TopicPartition } from '../../../model/topic-partition.js'

/** One partition moves from one member to another. */
export interface Movement {
  readonly place: TopicPartition
  readonly from: string
  readonly to: string
}

/**
 * Remembers movements, so that two members never exchange partitions of one topic: Java's `PartitionMovements`. If a partition
 * moves more than once, only its first and its current owner count.
 */
export class PartitionMovements {
  private readonly sources = new Map<TopicPartition, string>()
  private readonly byRoute = new Map<string, Set<TopicPartition>>()

  /**
   * The movements that take one partition from `from` to `to`: this one, or one of the same topic that came from `to`.
   *
   * If the partition itself came from a third member that has one of `to`, both return to their origins. Java returns
   * only the latter, which takes a partition from the third member instead, however few it has.
   */
  moving(place: TopicPartition, from: string, to: string): readonly Movement[] {
    const source = this.sources.get(place) ?? from
    const [back] = this.byRoute.get(route(place.topic, to, source)) ?? []
    if (back === undefined) return [{ place, from, to }]
    const returned = { place: back, from: source, to }
    return source === from ? [returned] : [returned, { place, from, to: source }]
  }

  moved({ place, from, to }: Movement): void {
    const source = this.sources.get(place) ?? from
    this.byRoute.get(route(place.topic, source, from))?.delete(place)
    if (source === to) {
      this.sources.delete(place)
      return
    }
    this.sources.set(place, source)
    const key = route(place.topic, source, to)
    const same = this.byRoute.get(key)
    if (same === undefined) this.byRoute.set(key, new Set([place]))
    else same.add(place)
  }
}

/** A member id may contain any character. */
const route = (topic: string, from: string, to: string): string => JSON.stringify([topic, from, to])
