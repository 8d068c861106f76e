import { BadCompression, BoundedOutput, type Memory } from './bounded-output.js'
import { copyLiterals, copyMatch } from './copy-bytes.js'

const frameMagic = 0x184d2204
/** The last four bits vary. */
const skippableMagic = 0x184d2a50
const flags = { dictionary: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 } as const
const stored = 0x80000000

/**
 * Decompresses LZ4 frames (Java's client reads only the first). Skips skippable frames, and trailing bytes that are not a
 * frame. Does not verify checksums: a record batch has its own.
 *
 * @throws BadCompression
 */
export const lz4Decompress = (input: Uint8Array, limit: number, memory?: Memory): Uint8Array => {
  const output = new BoundedOutput(input.length, limit, memory)
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
      if (frames === 0) throw new BadCompression('it is not an LZ4 frame')
      return output.done()
    }
    frames++
    const flag = input[at + 4] ?? 0
    // Magic, flags, block size and header checksum, and the optional fields that the flags announce.
    at += 7 + ((flag & flags.contentSize) !== 0 ? 8 : 0) + ((flag & flags.dictionary) !== 0 ? 4 : 0)
    for (let size = uint32(at); size !== 0; size = uint32(at)) {
      const length = size & ~stored
      at += 4
      if (at + length > input.length) throw new BadCompression('a block that does not fit')
      if ((size & stored) !== 0) output.literal(input, at, length)
      else block(input, view, at, at + length, output)
      at += length + ((flag & flags.blockChecksum) !== 0 ? 4 : 0)
      output.passed(at)
    }
    at += 4 + ((flag & flags.contentChecksum) !== 0 ? 4 : 0)
    if (at > input.length) throw new BadCompression('it ends in the middle')
  }
}

/** One loop over local numbers: calls or closures would take twice as long. */
const block = (input: Uint8Array, view: DataView, start: number, end: number, output: BoundedOutput): void => {
  let at = start
  let to = output.size
  let { bytes: target, view: targetView, capacity } = output
  while (at < end) {
    const token = input[at++] as number
    // A length of four bits, continued in bytes of 255.
    let count = token >>> 4
    if (count === 15)
      for (let more = 255; more === 255; count += more) {
        if (at >= end) throw new BadCompression('it ends in the middle')
        more = input[at++] as number
      }
    if (count > end - at) throw new BadCompression('it ends in the middle')
    if (to + count > capacity) {
      output.size = to
      output.reserve(count)
      ;({ bytes: target, view: targetView, capacity } = output)
    }
    copyLiterals(view, at, target, targetView, to, count)
    at += count
    to += count
    // The last sequence of a block has no match.
    if (at === end) break
    if (at + 2 > end) throw new BadCompression('it ends in the middle')
    const distance = (input[at] as number) | ((input[at + 1] as number) << 8)
    at += 2
    count = (token & 15) + 4
    if (count === 19)
      for (let more = 255; more === 255; count += more) {
        if (at >= end) throw new BadCompression('it ends in the middle')
        more = input[at++] as number
      }
    if (distance === 0 || distance > to) throw new BadCompression('it refers to bytes that are not there')
    if (to + count > capacity) {
      output.size = to
      output.reserve(count)
      ;({ bytes: target, view: targetView, capacity } = output)
    }
    copyMatch(target, targetView, to, distance, count)
    to += count
  }
  output.size = to
}
