import { BadCompression, BoundedOutput } from './bounded-output.js'

/** What Java's stream begins with: 0x82 "SNAPPY" 0, then two versions. */
const xerialMagic = [0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]
const xerialHeader = 16
const xerialBlock = 32_768

/**
 * Decompresses snappy as Kafka's clients write it: Java's as a stream of blocks (xerial), librdkafka's as one block.
 *
 * @throws BadCompression
 */
export const snappyDecompress = (input: Uint8Array, limit: number): Uint8Array => {
  const output = new BoundedOutput(input.length, limit)
  if (!isXerial(input, 0)) {
    block(input, 0, input.length, output)
    return output.done()
  }
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  // Less than the length of a block is passed over, as by Java's stream. Streams may follow one another.
  for (let at = xerialHeader; at + 4 <= input.length;) {
    if (isXerial(input, at)) {
      at += xerialHeader
      continue
    }
    const length = view.getInt32(at)
    if (length < 0 || at + 4 + length > input.length) throw new BadCompression('a block that does not fit')
    block(input, at + 4, at + 4 + length, output)
    at += 4 + length
    output.passed(at)
  }
  return output.done()
}

const isXerial = (input: Uint8Array, from: number): boolean =>
  from + xerialHeader <= input.length && xerialMagic.every((byte, at) => input[from + at] === byte)

/** Frames what a compressor of single blocks makes, as Java's clients do. */
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

const block = (input: Uint8Array, from: number, end: number, output: BoundedOutput): void => {
  let at = from
  const byte = (): number => {
    if (at >= end) throw new BadCompression('it ends in the middle')
    return input[at++] as number
  }
  const little = (count: number): number => {
    let value = 0
    for (let shift = 0; shift < count; shift++) value += byte() * 2 ** (8 * shift)
    return value
  }
  // The length that it has uncompressed is not trusted: the output grows as it comes. But it has to be true in the end.
  const start = output.size
  let claimed = 0
  for (let scale = 1, more = 0x80; more >= 0x80; scale *= 0x80) {
    more = byte()
    claimed += (more & 0x7f) * scale
  }
  while (at < end) {
    const tag = byte()
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >>> 2
      const count = (short < 60 ? short : little(short - 59)) + 1
      if (at + count > end) throw new BadCompression('it ends in the middle')
      output.literal(input, at, count)
      at += count
    } else if (kind === 1) {
      const high = (tag >>> 5) << 8
      output.match(high | byte(), ((tag >>> 2) & 7) + 4)
    } else output.match(little(kind === 2 ? 2 : 4), (tag >>> 2) + 1)
  }
  if (output.size - start !== claimed) throw new BadCompression('it is not as long as it says')
}
