/** What a topic's configuration says of the records that it takes. */
export interface TopicRules {
  /** Records without a key are refused. */
  readonly compacted: boolean
  /** `message.timestamp.type=LogAppendTime`: the log's time replaces that of the producer. */
  readonly logAppendTime: boolean
  /** How far a producer's time may lie behind the log's, and ahead of it, in ms. */
  readonly beforeMaxMs: number
  readonly afterMaxMs: number
  /** The largest batch, in bytes. */
  readonly maxMessageBytes: number
}

/**
 * Reads a topic's configuration by Kafka's names. What is left out has no bound, other than on a real broker: an embedded one
 * often goes by virtual time, beside which times of the calendar would be far ahead. Other names are taken, and do nothing.
 */
export const topicRules = (config: Readonly<Record<string, string>>): TopicRules => ({
  compacted: (config['cleanup.policy'] ?? '').split(',').some((policy) => policy.trim() === 'compact'),
  logAppendTime: config['message.timestamp.type'] === 'LogAppendTime',
  beforeMaxMs: Number(config['message.timestamp.before.max.ms'] ?? Infinity),
  afterMaxMs: Number(config['message.timestamp.after.max.ms'] ?? Infinity),
  maxMessageBytes: Number(config['max.message.bytes'] ?? Infinity)
})
