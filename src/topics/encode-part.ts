import type { Codec } from '../codecs/codec.js'
import { ConsumerError } from '../model/consumer-error.js'
import { reasonOf } from '../model/printable.js'
import type { Wire } from '../model/producer-record.js'

/** @throws ConsumerError with a `UsageFault` that names the topic and the part */
export const encodePart = (codec: Codec<unknown>, value: unknown, topic: string, part: 'key' | 'value'): Wire => {
  if (codec.encode === undefined)
    throw refused(
      `the codec of the ${part} of ${topic} only decodes: give it encode, { ...codec, encode: (${part}) => … }`
    )
  try {
    return codec.encode(value)
  } catch (error) {
    throw refused(`the ${part} for ${topic} cannot be encoded: ${reasonOf(error)}`)
  }
}

const refused = (reason: string): ConsumerError => new ConsumerError({ _tag: 'UsageFault', reason })
