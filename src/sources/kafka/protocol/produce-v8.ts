import type { ProducedBatch, ProduceRequest } from '../../../ports/kafka-calls.js'
import type { Api } from './api.js'
import { producedBatch, produceV7 } from './produce-v7.js'

/** Version 8: a batch that is refused because of some of its records is answered with which, and why (KIP-467). */
export const produceV8: Api<ProduceRequest, readonly ProducedBatch[] | undefined> = {
  ...produceV7,
  version: 8,
  older: produceV7,
  read: (reader) => {
    const value = reader.byTopic((topic) => {
      const produced = producedBatch(reader, topic)
      const refused = reader.array(() => ({ index: reader.int32(), message: reader.nullableString() }))
      return { ...produced, refused, message: reader.nullableString() }
    })
    return { value, throttleMs: reader.int32() }
  }
}
