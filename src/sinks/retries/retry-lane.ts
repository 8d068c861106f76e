import { hashOfName } from '../../core/scheduling/name-hash.js'
import type { WaitingRecord } from '../../core/sinks/waiting-retries.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { RecordPlace } from '../../model/record-place.js'
import { keyOf } from '../../model/topic-partition.js'
import type { Retry } from './retry-headers.js'

/** The place of a record in its first topic. */
export const placeOf = ({ topic, partition, offset }: ConsumerRecord, retry: Retry | null): RecordPlace =>
  retry?.place ?? { topic, partition, offset }

/** The place of a record as text. */
export const recordPlaceText = (place: RecordPlace): string => `${keyOf(place)}@${String(place.offset)}`

/** The lane of a record: its partition, and the name of its order. */
export const laneOf = (place: RecordPlace, order: string | null): string =>
  order === null ? recordPlaceText(place) : `${keyOf(place)} ${order}`

/** The number of an order's name. */
export const hashOfOrder = (order: string | null): number | null => (order === null ? null : hashOfName(order))

/** A waiting record by its headers. */
export const waitingAs = ({
  place,
  order,
  due
}: Retry): Omit<WaitingRecord, 'topic' | 'partition' | 'tier' | 'offset'> => ({
  lane: laneOf(place, order),
  order: hashOfOrder(order),
  from: recordPlaceText(place),
  first: place,
  due
})
