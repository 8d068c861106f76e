import type { RecordPlace } from '../../model/record-place.js'
import { keyOf } from '../../model/topic-partition.js'

/** A record by its place. */
export const placeText = (place: RecordPlace): string => `${keyOf(place)}@${String(place.offset)}`

/** The records that are handled in order with it: of its partition, those with the same name of their order. */
export const laneOf = (place: RecordPlace, order: string | null): string =>
  order === null ? placeText(place) : `${keyOf(place)} ${order}`
