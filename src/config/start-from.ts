import type { ObservableInput } from 'rxjs'
import type { StartPosition } from '../model/position.js'
import type { TopicPartition } from '../model/topic-partition.js'

/**
 * The hook on assignment, for offsets that are held elsewhere: gives the positions of what was gained, before anything of it
 * is fetched. A partition it leaves out begins at its committed offset. It has `request.timeout.ms` to answer.
 */
export type StartFrom = (gained: readonly TopicPartition[]) => ObservableInput<readonly StartPosition[]>
