/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

/** A text that names the partition uniquely: topic names cannot hold a slash. */
export const partitionKey = (topic: string, partition: number): string => `${topic}/${String(partition)}`

/** The same key for a value that names its partition. */
export const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)
