import { Observable, Subject } from 'rxjs'
import { refuseWrong } from '../model/check-arguments.js'
import type { PartitionStream } from '../model/partition-stream.js'
import { problemsWithAssignment, problemsWithGain } from './arguments/problems-with-record.js'
import { testPartition, type TestPartition, type TestPartitionOptions } from './test-partition.js'

/** The settings of a test's assignment. */
export interface TestAssignmentOptions extends Omit<TestPartitionOptions, 'partition' | 'offset'> {
  /** How many partitions are assigned initially, numbered from 0. @default 1 */
  readonly partitions?: number
}

/** Partitions as a consumer emits them, with a control for each. */
export interface TestAssignment {
  /** Use it in place of a consumer: emits the assigned partitions, then each partition that is gained. */
  readonly streams: Observable<PartitionStream>
  /** The partitions, in the order of their assignment; `drain()` or `lose()` one to revoke it. */
  readonly partitions: readonly TestPartition[]
  /** Assigns one more partition, by default with the next number. */
  gain(options?: Pick<TestPartitionOptions, 'partition' | 'offset'>): TestPartition
  /** Ends the consumer: drains every partition, and completes `streams`. */
  end(): void
}

/**
 * Partitions without a cluster, to test a pipeline for all of them, such as one with `eachPartition`.
 *
 * @example
 * const { streams, partitions } = testAssignment({ topic: 'orders', partitions: 2 })
 * streams.pipe(eachPartition((partition) => partition.pipe(handle(charge), commit({ every: 1 })))).subscribe()
 * partitions[1]?.deliver({ value: '{"amount":12}' })
 * partitions[1]?.stored // [1n]
 */
export const testAssignment = (given: TestAssignmentOptions = {}): TestAssignment => {
  refuseWrong(problemsWithAssignment(given))
  const { partitions: count = 1, ...options } = given
  const partitions: TestPartition[] = []
  const gained = new Subject<PartitionStream>()
  const gain: TestAssignment['gain'] = (place = {}) => {
    refuseWrong(problemsWithGain(place))
    const partition = testPartition({ ...options, partition: partitions.length, ...place })
    partitions.push(partition)
    gained.next(partition.stream)
    return partition
  }
  while (partitions.length < count) gain()
  return {
    streams: new Observable((subscriber) => {
      for (const { stream } of [...partitions]) subscriber.next(stream)
      return gained.subscribe(subscriber)
    }),
    partitions,
    gain,
    end: () => {
      for (const partition of partitions) partition.drain()
      gained.complete()
    }
  }
}
