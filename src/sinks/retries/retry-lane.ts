import type { WaitingRecord } from '../../core/sinks/waiting-retries.js'
import type { RecordPlace } from '../../model/record-place.js'
import { keyOf } from '../../model/topic-partition.js'
import type { Retry } from './retry-headers.js'

/** The place of a record as text. */
export const recordPlaceText = (place: RecordPlace): string => `${keyOf(place)}@${String(place.offset)}`

/** The lane of a record: its partition, and the name of its order. */
export const laneOf = (place: RecordPlace, order: string | null): string =>
  order === null ? recordPlaceText(place) : `${keyOf(place)} ${order}`

/** A waiting record by its headers. */
export const waitingAs = ({
  place,
  order,
  due
}: Retry): Omit<WaitingRecord, 'topic' | 'partition' | 'tier' | 'offset'> => ({
  lane: laneOf(place, order),
  from: recordPlaceText(place),
  first: place,
  due
})
