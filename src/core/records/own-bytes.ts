/** Parts below this size are copied: that costs less than a fetch request. */
const smallBytes = 65_536

/**
 * Copies a small part of a large answer. Records are views of the answer, and handlers may work on the few records of a
 * partition for long: each partition would keep a whole answer in memory.
 */
export const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.length <= smallBytes && bytes.length * 4 <= bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes
