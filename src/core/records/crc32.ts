import type { Checksum } from './crc32c.js'

/** CRC-32 (that of zlib): the checksum of messages before Kafka 0.11. They are rare, so one table is fast enough. */
export const crc32: Checksum = (bytes, start, end) => {
  let crc = -1
  for (let at = start; at < end; at++) crc = (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8)
  return ~crc >>> 0
}

const table = /*#__PURE__*/ Int32Array.from({ length: 256 }, (_, value) => {
  let crc = value
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})
