/** A partition as the consumer group protocol names it: by the id of its topic, as Kafka prints ids. */
export interface TopicIdPartition {
  readonly topicId: string
  readonly partition: number
}

/** The key of a partition: topic id and number. */
export const idKeyOf = ({ topicId, partition }: TopicIdPartition): string => `${topicId}/${String(partition)}`
