import { groupedBy } from '../../../core/protocol/grouped-by.js'
import type { PartitionOfTopic } from '../../../ports/kafka-calls.js'
import type { RequestWriter } from './request-writer.js'

/** Items grouped by topic, in the flexible encoding: by topic ID, or by name. */
export const writeTopics = <A extends PartitionOfTopic>(
  writer: RequestWriter,
  items: readonly A[],
  by: 'id' | 'name',
  write: (item: A) => void
): RequestWriter => {
  const topics = groupedBy(items, ({ topic, topicId }) => (by === 'id' ? (topicId ?? '') : topic))
  return writer.compactArray([...topics], ([name, those]) => {
    if (by === 'id') writer.uuid(name)
    else writer.compactString(name)
    writer.compactArray(those, write).noTags()
  })
}
