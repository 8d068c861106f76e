import type { ProducerEpoch } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { int16, int32, int64, string } from './message.js'

/** Adds the group to the transaction, so that its offsets may be committed in it. */
export const addOffsetsToTxn = describedApi({
  name: 'AddOffsetsToTxn',
  key: 25,
  versions: '2-4',
  flexibleFrom: 3,
  request: {
    transactionalId: string('0+'),
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    groupId: string('0+')
  },
  response: { throttleTimeMs: int32('0+'), errorCode: int16('0+') },
  toMessage: ({ transactionalId, producerId, epoch, groupId }: ProducerEpoch & { readonly groupId: string }) => ({
    transactionalId,
    producerId,
    producerEpoch: epoch,
    groupId
  }),
  fromMessage: ({ errorCode }): number => errorCode
})
