/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A text that names the partition uniquely: topic names cannot hold a slash. */
export const partitionKey = (topic: string, partition: number): string => `${topic}/${String(partition)}`

/** The same key for a value that names its partition. */
export const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)

/** Names the partition of a value, without the value's other fields. */
export const placeOf = ({ topic, partition }: TopicPartition): TopicPartition => ({ topic, partition })

/** Sorts by topic, then by partition. */
export const byPlace = (one: TopicPartition, other: TopicPartition): number =>
  one.topic === other.topic ? one.partition - other.partition : one.topic < other.topic ? -1 : 1
