import type { EitherAdmin } from '../../../ports/admin.js'
import { alterShareGroupOffsets } from '../protocol/alter-share-group-offsets.js'
import { deleteShareGroupOffsets } from '../protocol/delete-share-group-offsets.js'
import type { AdminClients } from './admin-clients.js'
import { changeShareOffsets, shareOffsetsOf } from './share-offsets.js'

type ShareAdmin = Pick<EitherAdmin, 'fetchShareOffsets' | 'setShareOffsets' | 'deleteShareOffsets'>

/** Offsets of share groups, by our own requests: kafkajs has none for them. */
export const kafkaShareAdmin = ({ step, own }: AdminClients): ShareAdmin => ({
  fetchShareOffsets: (groupId) =>
    step({ api: 'DescribeShareGroupOffsets', about: groupId }, () =>
      own.withLinks((links, { timeoutMs }) => shareOffsetsOf(links, timeoutMs, groupId))
    ),
  setShareOffsets: (groupId, offsets) =>
    step({ api: 'AlterShareGroupOffsets', about: groupId, mutates: true }, async () => {
      if (offsets.length === 0) return
      await own.withLinks((links, { timeoutMs }) =>
        changeShareOffsets(links, timeoutMs, alterShareGroupOffsets, { groupId, offsets })
      )
    }),
  deleteShareOffsets: (groupId, topics) =>
    step({ api: 'DeleteShareGroupOffsets', about: groupId, mutates: true }, async () => {
      if (topics.length === 0) return
      await own.withLinks((links, { timeoutMs }) =>
        changeShareOffsets(links, timeoutMs, deleteShareGroupOffsets, { groupId, topics })
      )
    })
})
