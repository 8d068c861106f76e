import type { Bytes } from '../model/bytes.js'
import type { Header } from '../model/header.js'
import type { Committed } from '../model/committed.js'
import type { Step } from './step.js'

/** A record on its way to Kafka, in bytes. */
export interface OutgoingRecord {
  readonly topic: string
  /** left out: chosen by the key as Java's client does, without a key one partition at a time */
  readonly partition?: number
  readonly key: Bytes
  readonly value: Bytes
  readonly headers: readonly Header[]
  /** ms since 1970; left out: now */
  readonly timestamp?: number
}

/** Where a record was written; the offset is -1 with `acks` 0. */
export type WrittenRecord = Committed

/** One producer. Shared by all who ask for the same settings of the same cluster. */
export interface ProducerSession {
  /** Writes all of them, in order per partition; each is confirmed as `acks` says, or the whole step is a fault. */
  send(records: readonly OutgoingRecord[]): Step<readonly WrittenRecord[]>
  /** Ends one use of it; the last one closes it when what was sent is done. */
  close(): Step<void>
}
