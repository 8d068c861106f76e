/** A topic's configuration as far as it concerns accepted records. */
export interface TopicRules {
  /** Records without a key are refused. */
  readonly compacted: boolean
  /** `message.timestamp.type=LogAppendTime`: the log's time replaces that of the producer. */
  readonly logAppendTime: boolean
  /** How far a producer's timestamp may be behind the log's time, and ahead of it, in ms. */
  readonly beforeMaxMs: number
  readonly afterMaxMs: number
  /** The largest batch, in bytes. */
  readonly maxMessageBytes: number
}

/**
 * Reads a topic's configuration by Kafka's names. Unlike on a real broker, omitted settings have no limit: an embedded cluster
 * often uses virtual time, compared with which real timestamps would be far ahead. Other names are accepted and ignored.
 */
export const topicRules = (config: Readonly<Record<string, string>>): TopicRules => ({
  compacted: (config['cleanup.policy'] ?? '').split(',').some((policy) => policy.trim() === 'compact'),
  logAppendTime: config['message.timestamp.type'] === 'LogAppendTime',
  beforeMaxMs: Number(config['message.timestamp.before.max.ms'] ?? Infinity),
  afterMaxMs: Number(config['message.timestamp.after.max.ms'] ?? Infinity),
  maxMessageBytes: Number(config['max.message.bytes'] ?? Infinity)
})
