import { BadCompression, BoundedOutput } from './bounded-output.js'

const frameMagic = 0x184d2204
/** The last four bits may be any. */
const skippableMagic = 0x184d2a50
const flags = { dictionary: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 } as const
const stored = 0x80000000

/**
 * Decompresses LZ4 frames, of which Java's client reads the first. Those that are to be skipped are, and so is whatever
 * comes behind a frame and is none. Checksums are not looked at: a record batch has one of its own.
 *
 * @throws BadCompression
 */
export const lz4Decompress = (input: Uint8Array, limit: number): Uint8Array => {
  const output = new BoundedOutput(input.length, limit)
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const uint32 = (at: number): number => {
    if (at + 4 > input.length) throw new BadCompression('it ends in the middle')
    return view.getUint32(at, true)
  }
  let at = 0
  let frames = 0
  for (;;) {
    while (at + 8 <= input.length && (view.getUint32(at, true) & ~0xf) === skippableMagic)
      at += 8 + view.getUint32(at + 4, true)
    if (at + 4 > input.length || view.getUint32(at, true) !== frameMagic) {
      if (frames === 0) throw new BadCompression('it is no LZ4 frame')
      return output.done()
    }
    frames++
    const flag = input[at + 4] ?? 0
    // Magic, flags, block size and header checksum, and what the flags announce.
    at += 7 + ((flag & flags.contentSize) !== 0 ? 8 : 0) + ((flag & flags.dictionary) !== 0 ? 4 : 0)
    for (let size = uint32(at); size !== 0; size = uint32(at)) {
      const length = size & ~stored
      at += 4
      if (at + length > input.length) throw new BadCompression('a block that does not fit')
      if ((size & stored) !== 0) output.literal(input, at, length)
      else block(input, at, at + length, output)
      at += length + ((flag & flags.blockChecksum) !== 0 ? 4 : 0)
      output.passed(at)
    }
    at += 4 + ((flag & flags.contentChecksum) !== 0 ? 4 : 0)
    if (at > input.length) throw new BadCompression('it ends in the middle')
  }
}

const block = (input: Uint8Array, start: number, end: number, output: BoundedOutput): void => {
  let at = start
  const byte = (): number => {
    if (at >= end) throw new BadCompression('it ends in the middle')
    return input[at++] as number
  }
  /** A length of four bits, continued in bytes of 255. */
  const length = (short: number): number => {
    let value = short
    if (short !== 15) return value
    let more
    do {
      more = byte()
      value += more
    } while (more === 255)
    return value
  }
  while (at < end) {
    const token = byte()
    const literals = length(token >>> 4)
    if (at + literals > end) throw new BadCompression('it ends in the middle')
    output.literal(input, at, literals)
    at += literals
    // The last sequence of a block has no match.
    if (at === end) return
    const distance = byte() | (byte() << 8)
    output.match(distance, length(token & 15) + 4)
  }
}
