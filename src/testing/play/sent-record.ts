import type { OutgoingRecord } from '../../ports/producer-session.js'

/** A record that a pipeline has written. */
export interface SentRecord {
  /** the record as the pipeline has given it, with the topic's name on the cluster */
  readonly record: OutgoingRecord
  /** where it was written */
  readonly partition: number
  /** what its producer waited for */
  readonly acks: 0 | 1 | 'all'
}
