import type { EndTxnRequest, EndTxnResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { bool, int16, int32, int64, string } from './message.js'

/** Up to version 4 the producer keeps its identity; from 5 on the answer has its next one. */
export const endTxn = describedApi({
  name: 'EndTxn',
  key: 26,
  versions: '2-5',
  flexibleFrom: 3,
  request: {
    transactionalId: string('0+'),
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    committed: bool('0+')
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerId: int64('5+', -1n),
    producerEpoch: int16('5+', -1)
  },
  toMessage: ({ transactionalId, producerId, epoch, commit }: EndTxnRequest) => ({
    transactionalId,
    producerId,
    producerEpoch: epoch,
    committed: commit
  }),
  fromMessage: ({ errorCode, producerId, producerEpoch }): EndTxnResponse => ({
    code: errorCode,
    identity: producerId < 0n ? null : { producerId, epoch: producerEpoch }
  })
})
