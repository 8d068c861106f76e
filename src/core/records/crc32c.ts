/** CRC-32C (Castagnoli) of the bytes from `start` to `end`: the checksum of Kafka's record batches. */
export type Checksum = (bytes: Uint8Array, start: number, end: number) => number

/**
 * The checksum in plain JavaScript: sixteen tables and sixteen bytes in each step, read as four words. Eight tables and single
 * bytes took more than twice as long.
 */
export const crc32c: Checksum = (bytes, start, end) => {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let crc = -1
  let at = start
  for (const last = end - 16; at <= last; at += 16) {
    const a = crc ^ words.getInt32(at, true)
    const b = words.getInt32(at + 4, true)
    const c = words.getInt32(at + 8, true)
    const d = words.getInt32(at + 12, true)
    crc =
      entry(0xf00 | (a & 0xff)) ^
      entry(0xe00 | ((a >>> 8) & 0xff)) ^
      entry(0xd00 | ((a >>> 16) & 0xff)) ^
      entry(0xc00 | (a >>> 24)) ^
      entry(0xb00 | (b & 0xff)) ^
      entry(0xa00 | ((b >>> 8) & 0xff)) ^
      entry(0x900 | ((b >>> 16) & 0xff)) ^
      entry(0x800 | (b >>> 24)) ^
      entry(0x700 | (c & 0xff)) ^
      entry(0x600 | ((c >>> 8) & 0xff)) ^
      entry(0x500 | ((c >>> 16) & 0xff)) ^
      entry(0x400 | (c >>> 24)) ^
      entry(0x300 | (d & 0xff)) ^
      entry(0x200 | ((d >>> 8) & 0xff)) ^
      entry(0x100 | ((d >>> 16) & 0xff)) ^
      entry(d >>> 24)
  }
  while (at < end) crc = entry((crc ^ byte(bytes, at++)) & 0xff) ^ (crc >>> 8)
  return ~crc >>> 0
}

const tableCount = 16

const makeTables = (): Int32Array => {
  const tables = new Int32Array(tableCount * 256)
  for (let value = 0; value < 256; value++) {
    let crc = value
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
    tables[value] = crc
  }
  for (let value = 0; value < 256; value++) {
    let crc = tables[value] ?? 0
    for (let table = 1; table < tableCount; table++) {
      crc = (tables[crc & 0xff] ?? 0) ^ (crc >>> 8)
      tables[table * 256 + value] = crc
    }
  }
  return tables
}

const tables = /*#__PURE__*/ makeTables()

// The index is always in range; the assertion saves the hot loop a check.
const entry = (index: number): number => tables[index] as number
const byte = (bytes: Uint8Array, at: number): number => bytes[at] as number
