import type { Bytes } from './bytes.js'

/** One header of a record. Names may repeat, so headers are a list in the order of the wire, never an object. */
export interface Header {
  readonly name: string
  readonly value: Bytes
}
