import { recordsOf } from '../../model/aggregate.js'
import type { Carried } from '../../model/carried.js'

/** The size of its records as received: keys, values and headers, in bytes. */
export const sizeOf = (carried: Carried<unknown>): number => {
  let bytes = 0
  for (const { source } of recordsOf(carried)) {
    bytes += (source.key?.length ?? 0) + (source.value?.length ?? 0)
    for (const { name, value } of source.headers) bytes += name.length + (value?.length ?? 0)
  }
  return bytes
}
