import type { Header } from './header.js'

/**
 * What is sent: bytes unchanged, text as UTF-8 (half of a surrogate pair becomes U+FFFD), null as Kafka's null. Bytes
 * are not copied at once: leave them unchanged until the record is confirmed.
 */
export type Wire = Uint8Array | string | null

/** A record to be produced. */
export interface ProducerRecord {
  /** @default the sink's topic */
  readonly topic?: string
  /** @default chosen by the key, as Java's client does */
  readonly partition?: number
  /** @default null */
  readonly key?: Wire
  readonly value: Wire
  readonly headers?: readonly (Omit<Header, 'value'> & { readonly value: Wire })[]
  /** ms since 1970. @default now */
  readonly timestamp?: number
}

const encoder = /*#__PURE__*/ new TextEncoder()

/** Its bytes. */
export const wireBytes = (wire: Wire | undefined): Uint8Array | null =>
  wire === undefined || wire === null ? null : typeof wire === 'string' ? encoder.encode(wire) : wire
