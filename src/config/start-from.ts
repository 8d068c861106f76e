import type { ObservableInput } from 'rxjs'
import type { StartPosition } from '../model/position.js'
import type { TopicPartition } from '../model/topic-partition.js'

/**
 * The hook on assignment, for offsets that are kept elsewhere: it returns the positions of the gained partitions,
 * before any of them is fetched. A partition that it leaves out begins at its committed offset. It has
 * `request.timeout.ms` to answer.
 */
export type StartFrom = (gained: readonly TopicPartition[]) => ObservableInput<readonly StartPosition[]>
