/** A topic to be created. */
export interface NewTopic {
  readonly topic: string
  readonly partitions: number
  /** @default the broker's own default */
  readonly replicationFactor?: number
  /** the topic's configuration by Kafka's names, e.g. `cleanup.policy` */
  readonly config?: Readonly<Record<string, string>>
}
