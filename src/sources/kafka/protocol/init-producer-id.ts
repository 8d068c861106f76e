import type { InitProducerIdRequest, InitProducerIdResponse } from '../../../ports/kafka-calls.js'
import { describedApi } from './described-api.js'
import { int16, int32, int64, nullable, string } from './message.js'

/**
 * From version 4 on it sends the producer's current ID and epoch: a producer that was replaced receives PRODUCER_FENCED.
 * Version 6 is for two-phase commits (KIP-939), and still unstable in Kafka 4.3.
 */
export const initProducerId = describedApi({
  name: 'InitProducerId',
  key: 22,
  versions: '4-5',
  flexibleFrom: 2,
  request: {
    transactionalId: nullable(string('0+')),
    transactionTimeoutMs: int32('0+'),
    producerId: int64('3+', -1n),
    producerEpoch: int16('3+', -1)
  },
  response: {
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerId: int64('0+', -1n),
    producerEpoch: int16('0+')
  },
  toMessage: ({ epoch, ...request }: InitProducerIdRequest) => ({ ...request, producerEpoch: epoch }),
  fromMessage: ({ errorCode, producerId, producerEpoch }): InitProducerIdResponse => ({
    code: errorCode,
    producerId,
    epoch: producerEpoch
  })
})
