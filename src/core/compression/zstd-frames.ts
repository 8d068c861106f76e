import { BadCompression } from './bounded-output.js'

/** A zstd frame (RFC 8878), with what its header says about the content. */
export interface ZstdFrame {
  readonly bytes: Uint8Array
  /** of its content; null if the header does not say */
  readonly size: number | null
  /** the lower half of its content's XXH64 hash; null if it has none */
  readonly checksum: number | null
  /** where its blocks begin */
  readonly blocks: number
  /** the maximum content of all its blocks */
  readonly mostBytes: number
}

const magic = 0xfd2fb528
/** The last four bits vary. */
const skippableMagic = 0x184d2a50
const flags = { dictionary: 0x03, checksum: 0x04, reserved: 0x08, singleSegment: 0x20 } as const
/** By the upper two bits of the descriptor; 0 means no field, or one byte in a single segment. */
const contentSizeBytes = [0, 2, 4, 8] as const
/** The maximum content of a block, compressed or not; less in a smaller window. */
export const mostOfBlock = 131_072
/** The largest window that Java's client and Node accept: 2^27 bytes. */
const mostWindow = 2 ** 27

/**
 * The frames of compressed bytes, one after the other, without the skippable ones. Decoders disagree about several frames:
 * Node's stops after the first, and accepts a truncated one.
 *
 * @throws BadCompression if the bytes are not whole frames to the last byte, or Java's client would refuse them
 */
export const zstdFrames = (input: Uint8Array, limit: number): readonly ZstdFrame[] => {
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  const frames: ZstdFrame[] = []
  for (let at = 0; at < input.length;) {
    if (at + 8 > input.length) throw cutOff()
    const begin = at
    const kind = view.getUint32(at, true)
    if ((kind & ~0xf) === skippableMagic) at += 8 + view.getUint32(at + 4, true)
    else if (kind === magic) {
      const header = readHeader(view, at, limit)
      const passed = passBlocks(view, header.end)
      at = passed.end + (header.hasChecksum ? 4 : 0)
      if (at > input.length) throw cutOff()
      const checksum = header.hasChecksum ? view.getUint32(at - 4, true) : null
      const { mostBytes } = passed
      frames.push({
        bytes: input.subarray(begin, at),
        size: header.size,
        checksum,
        blocks: header.end - begin,
        mostBytes
      })
    } else throw new BadCompression('it is not a zstd frame')
    if (at > input.length) throw cutOff()
  }
  return frames
}

const cutOff = (): BadCompression => new BadCompression('it ends in the middle')

interface Header {
  readonly end: number
  readonly size: number | null
  readonly hasChecksum: boolean
}

const readHeader = (view: DataView, start: number, limit: number): Header => {
  const flag = view.getUint8(start + 4)
  const isSingle = (flag & flags.singleSegment) !== 0
  if ((flag & flags.reserved) !== 0) throw new BadCompression('a frame of an unknown kind')
  // A dictionary ID takes 1, 2 or 4 bytes; no Kafka client has dictionaries.
  if ((flag & flags.dictionary) !== 0) throw new BadCompression('it needs a dictionary')
  let at = start + 5
  if (!isSingle && windowOf(view.getUint8(at++)) > mostWindow) throw new BadCompression('its window is too large')
  const bytes = flag >>> 6 === 0 && isSingle ? 1 : (contentSizeBytes[flag >>> 6] ?? 0)
  if (at + bytes > view.byteLength) throw cutOff()
  const size = contentSize(view, at, bytes)
  if (size !== null && size > limit) throw new BadCompression('it holds too much', true)
  return { end: at + bytes, size, hasChecksum: (flag & flags.checksum) !== 0 }
}

const windowOf = (descriptor: number): number => {
  const base = 2 ** (10 + (descriptor >>> 3))
  return base + (base / 8) * (descriptor & 7)
}

const contentSize = (view: DataView, at: number, bytes: number): number | null => {
  switch (bytes) {
    case 1:
      return view.getUint8(at)
    case 2:
      return view.getUint16(at, true) + 256
    case 4:
      return view.getUint32(at, true)
    case 8:
      return Number(view.getBigUint64(at, true))
    default:
      return null
  }
}

/** Finds the end of a frame's blocks, and the maximum of their content. */
const passBlocks = (view: DataView, start: number): { readonly end: number; readonly mostBytes: number } => {
  let at = start
  let mostBytes = 0
  for (let isLast = false; !isLast;) {
    if (at + 3 > view.byteLength) throw cutOff()
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
    const type = (header >>> 1) & 3
    if (type === 3) throw new BadCompression('a block of an unknown type')
    // RFC 8878, 3.1.1.2.4; Java's client refuses it too.
    if (header >>> 3 > mostOfBlock) throw new BadCompression('a block that is too large')
    isLast = (header & 1) !== 0
    // A block of one repeated byte states the number of repetitions as its size.
    at += 3 + (type === 1 ? 1 : header >>> 3)
    mostBytes += type === 2 ? mostOfBlock : header >>> 3
  }
  return { end: at, mostBytes }
}
