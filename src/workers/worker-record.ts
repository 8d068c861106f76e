import type { Bytes } from '../model/bytes.js'
import type { Header } from '../model/header.js'
import type { RecordPlace } from '../model/record-place.js'

/** A record as a worker thread gets it: its data, without the acknowledgement, which stays where the pipeline is. */
export interface WorkerRecord<out K = Bytes, out V = Bytes> extends RecordPlace {
  /** Milliseconds since 1970, as given: -1 where there is none. */
  readonly timestamp: number
  readonly key: K
  readonly value: V
  readonly headers: readonly Header[]
}
