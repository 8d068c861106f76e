import type { WaitingRecord } from '../../core/retries/behind.js'
import type { RecordPlace } from '../../model/record-place.js'
import { keyOf } from '../../model/topic-partition.js'
import type { Retry } from './retry-headers.js'

/** A record by its place. */
export const placeText = (place: RecordPlace): string => `${keyOf(place)}@${String(place.offset)}`

/** The records that are handled in order with it: of its partition, those with the same name of their order. */
export const laneOf = (place: RecordPlace, order: string | null): string =>
  order === null ? placeText(place) : `${keyOf(place)} ${order}`

/** What is known of a waiting record by what it says of itself. */
export const waitingAs = ({
  place,
  order,
  due
}: Retry): Omit<WaitingRecord, 'topic' | 'partition' | 'tier' | 'offset'> => ({
  lane: laneOf(place, order),
  from: placeText(place),
  first: place,
  due
})
