import type { AssignableMember, Assignor } from '../../src/core/group/assignors/assignor.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'
import { partitionsOf, type TopicShape } from './partitions.js'

/** Reads `topic-partition` after `topic-partition`. */
export const places = (text: string): readonly TopicPartition[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map((name) => {
      const at = name.lastIndexOf('-')
      return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) }
    })

/** Each member's partitions as such a text, sorted. */
export const sharesOf =
  ({ assign }: Assignor) =>
  (
    members: readonly AssignableMember[],
    topics: Readonly<Record<string, TopicShape>>
  ): Readonly<Record<string, string>> =>
    Object.fromEntries(
      [...assign(members, partitionsOf(topics))].map(([memberId, share]) => [
        memberId,
        share
          .map(({ topic, partition }) => `${topic}-${String(partition)}`)
          .sort()
          .join(' ')
      ])
    )
