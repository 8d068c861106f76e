import { BadCompression, BoundedOutput, type Memory } from './bounded-output.js'
import { copyLiterals, copyMatch } from './copy-bytes.js'

/** The beginning of the stream of Java's client: 0x82 "SNAPPY" 0, then two versions. */
const xerialMagic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const xerialHeader = 16
const xerialBlock = 32_768

/**
 * Decompresses snappy as Kafka's clients write it: Java's as a stream of blocks (xerial), librdkafka's as one block.
 *
 * @throws BadCompression
 */
export const snappyDecompress = (input: Uint8Array, limit: number, memory?: Memory): Uint8Array => {
  const output = new BoundedOutput(input.length, limit, memory)
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  if (!isXerial(input, 0)) {
    block(input, view, 0, input.length, output)
    return output.done()
  }
  // Trailing bytes shorter than a block length are skipped, as in Java's stream. Streams may follow one another.
  for (let at = xerialHeader; at + 4 <= input.length;) {
    if (isXerial(input, at)) {
      at += xerialHeader
      continue
    }
    const length = view.getInt32(at)
    if (length < 0 || at + 4 + length > input.length) throw new BadCompression('a block that does not fit')
    block(input, view, at + 4, at + 4 + length, output)
    at += 4 + length
    output.passed(at)
  }
  return output.done()
}

const isXerial = (input: Uint8Array, from: number): boolean =>
  from + xerialHeader <= input.length && xerialMagic.every((byte, at) => input[from + at] === byte)

/** Compresses blocks and frames them as Java's client does. */
export const snappyFrames = (input: Uint8Array, compress: (block: Uint8Array) => Uint8Array): Uint8Array => {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < input.length; at += xerialBlock) blocks.push(compress(input.subarray(at, at + xerialBlock)))
  const framed = new Uint8Array(blocks.reduce((sum, { length }) => sum + 4 + length, xerialHeader))
  const view = new DataView(framed.buffer)
  framed.set(xerialMagic)
  view.setInt32(8, 1)
  view.setInt32(12, 1)
  let at = xerialHeader
  for (const compressed of blocks) {
    view.setInt32(at, compressed.length)
    framed.set(compressed, at + 4)
    at += 4 + compressed.length
  }
  return framed
}

/** One loop over local numbers, as in LZ4. */
const block = (input: Uint8Array, view: DataView, from: number, end: number, output: BoundedOutput): void => {
  let at = from
  // The claimed length may be false, so it allocates no memory: the output grows with the content, and is compared at the end.
  const start = output.size
  let claimed = 0
  for (let scale = 1, more = 0x80; more >= 0x80; scale *= 0x80) {
    if (at >= end) throw new BadCompression('it ends in the middle')
    more = input[at++] as number
    claimed += (more & 0x7f) * scale
  }
  let to = start
  let { bytes: target, view: targetView, capacity } = output
  while (at < end) {
    const tag = input[at++] as number
    const kind = tag & 3
    // The number of length or distance bytes that follow the tag.
    const wide = kind === 3 ? 4 : kind > 0 ? kind : tag >= 240 ? (tag >>> 2) - 59 : 0
    if (wide > end - at) throw new BadCompression('it ends in the middle')
    let value = 0
    if (wide > 0) {
      value = input[at] as number
      if (wide > 1) value |= (input[at + 1] as number) << 8
      if (wide > 2) value += (input[at + 2] as number) * 65_536
      if (wide > 3) value += (input[at + 3] as number) * 16_777_216
      at += wide
    }
    const count = kind === 0 ? (wide > 0 ? value : tag >>> 2) + 1 : kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    if (kind === 0 && count > end - at) throw new BadCompression('it ends in the middle')
    if (to + count > capacity) {
      output.size = to
      output.reserve(count)
      ;({ bytes: target, view: targetView, capacity } = output)
    }
    if (kind === 0) {
      copyLiterals(view, at, target, targetView, to, count)
      at += count
    } else {
      const distance = kind === 1 ? ((tag >>> 5) << 8) | value : value
      if (distance === 0 || distance > to) throw new BadCompression('it refers to bytes that are not there')
      copyMatch(target, targetView, to, distance, count)
    }
    to += count
  }
  output.size = to
  if (to - start !== claimed) throw new BadCompression('its length differs from the stated one')
}
