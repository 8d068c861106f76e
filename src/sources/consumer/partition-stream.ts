import { Observable, type Subscriber } from 'rxjs'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import type { TopicPartition } from '../../model/topic-partition.js'

/** The public stream of a partition. */
export const partitionStream = (
  { topic, partition }: TopicPartition,
  signal: AbortSignal,
  subscribe: (subscriber: Subscriber<ConsumerRecord>) => void
): PartitionStream =>
  Object.assign(new Observable<ConsumerRecord>(subscribe), { topic, partition, key: { topic, partition }, signal })
