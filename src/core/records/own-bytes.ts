/** What is copied however many partitions an answer is of: less than a fetch request costs. */
const smallBytes = 65_536

/**
 * A small part of a large answer, as bytes of their own. Records are views of what they came in, and those of a partition of
 * which little comes may be worked on for long: they would keep one large answer each.
 */
export const ownBytes = (bytes: Uint8Array): Uint8Array =>
  bytes.length <= smallBytes && bytes.length * 4 <= bytes.buffer.byteLength ? new Uint8Array(bytes) : bytes
