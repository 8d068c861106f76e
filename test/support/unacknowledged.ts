import type { ObservableInput, OperatorFunction } from 'rxjs'
import type { PartitionStream } from '../../src/model/partition-stream.js'
import { eachPartition, type EachPartitionOptions } from '../../src/operators/each-partition.js'

/** `eachPartition` for pipelines that nobody acknowledges, or the test does: the compiler does not ask. */
export const eachUnacknowledged = eachPartition as <R>(
  project: (partition: PartitionStream) => ObservableInput<R>,
  options?: EachPartitionOptions
) => OperatorFunction<PartitionStream, R>
