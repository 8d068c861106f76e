import type { InitProducerIdRequest, InitProducerIdResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { bool, int16, int32, int64, nullable, string } from './message.js'

/** Version 4: with who it was until now, so that a producer whose place was taken is told so (PRODUCER_FENCED). */
export const initProducerId = describedApi({
  name: 'InitProducerId',
  key: 22,
  versions: '4-6',
  flexibleFrom: 2,
  request: {
    transactionalId: nullable(string('0+')),
    transactionTimeoutMs: int32('0+'),
    producerId: int64('3+', -1n),
    producerEpoch: int16('3+', -1),
    enable2Pc: bool('6+'),
    keepPreparedTxn: bool('6+')
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerId: int64('0+', -1n),
    producerEpoch: int16('0+'),
    ongoingTxnProducerId: int64('6+', -1n),
    ongoingTxnProducerEpoch: int16('6+', -1)
  },
  toMessage: ({ epoch, ...request }: InitProducerIdRequest) => ({
    ...request,
    producerEpoch: epoch,
    enable2Pc: false,
    keepPreparedTxn: false
  }),
  fromMessage: ({ errorCode, producerId, producerEpoch }): InitProducerIdResponse => ({
    code: errorCode,
    producerId,
    epoch: producerEpoch
  })
})
