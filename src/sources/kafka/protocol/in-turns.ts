import { partitionKey, type TopicPartition } from '../../../model/topic-partition.js'
import type { Slices } from './message-codec.js'

/** So many are made in one turn: some milliseconds. */
const aTurn = 4_096

/** Counts what is made, of lists in lists too, and says when others have their turn. */
export class Turns {
  private made = 0

  isOver(): boolean {
    return ++this.made % aTurn === 0
  }
}

/** Makes something of each item. */
export function* eachInTurn<A, B>(
  items: readonly A[],
  make: (item: A) => B,
  turns = new Turns()
): Slices<readonly B[]> {
  const made: B[] = []
  for (const item of items) {
    if (turns.isOver()) yield
    made.push(make(item))
  }
  return made
}

/** An answer's partitions, by topic. */
type ByTopic<P> = readonly { readonly name: string; readonly partitions: readonly P[] }[]

/**
 * What an answer says of the partitions that were asked for, in its order. A broker that says more, or says it again, makes
 * nobody work on that.
 */
export function* ofAsked<P extends { readonly partitionIndex: number } | { readonly partition: number }, A>(
  topics: ByTopic<P>,
  asked: readonly TopicPartition[] | 'all',
  make: (place: TopicPartition, said: P) => A
): Slices<readonly A[]> {
  const wanted = asked === 'all' ? null : new Set(asked.map(({ topic, partition }) => partitionKey(topic, partition)))
  const made: A[] = []
  const turns = new Turns()
  for (const { name: topic, partitions } of topics) {
    if (turns.isOver()) yield
    for (const said of partitions) {
      if (turns.isOver()) yield
      const partition = 'partition' in said ? said.partition : said.partitionIndex
      if (wanted === null || wanted.delete(partitionKey(topic, partition))) made.push(make({ topic, partition }, said))
    }
  }
  return made
}

/** All of it now. */
export const atOnce = <A>(slices: Slices<A>): A => {
  for (;;) {
    const slice = slices.next()
    if (slice.done === true) return slice.value
  }
}
