/** A key or a value as it is on the wire; `null` is Kafka's null: no key, or a tombstone. */
export type Bytes = Uint8Array | null
