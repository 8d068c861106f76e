import { BadCompression, BoundedOutput, type Memory } from './bounded-output.js'
import { xxhash64 } from './xxhash64.js'
import type { FrameState } from './zstd-frame-state.js'
import { type ZstdFrame, zstdFrames } from './zstd-frames.js'
import { decodeLiterals, type Literals } from './zstd-literals.js'
import { decodeSequences } from './zstd-sequences.js'

/**
 * Decompresses zstd frames (RFC 8878), one after the other. The output grows with the decoded bytes and is the window at the
 * same time, so the window that a frame claims allocates nothing. Decoding ends at a block that holds too much or refers to
 * bytes that do not exist.
 *
 * @throws BadCompression
 */
export const zstdDecompress = (input: Uint8Array, limit: number, memory?: Memory): Uint8Array => {
  const output = new BoundedOutput(input.length, limit, memory)
  let passed = 0
  for (const frame of zstdFrames(input, limit)) {
    decodeFrame(frame, output, passed)
    passed += frame.bytes.length
  }
  return output.done()
}

/** `passed`: the bytes of input in earlier frames. */
const decodeFrame = ({ bytes, size, checksum, blocks }: ZstdFrame, output: BoundedOutput, passed: number): void => {
  const state: FrameState = { start: output.size, huffman: null, tables: null, distances: [1, 4, 8] }
  for (let at = blocks, isLast = false; !isLast;) {
    const header = (bytes[at] as number) | ((bytes[at + 1] as number) << 8) | ((bytes[at + 2] as number) << 16)
    const length = header >>> 3
    isLast = (header & 1) !== 0
    at += 3
    switch ((header >>> 1) & 3) {
      case 0:
        output.literal(bytes, at, length)
        at += length
        break
      case 1:
        output.fill(bytes[at] as number, length)
        at++
        break
      default:
        decodeBlock(bytes, at, at + length, state, output)
        at += length
    }
    output.passed(passed + at)
  }
  const length = output.size - state.start
  if (size !== null && length !== size) throw new BadCompression('its length differs from the stated one')
  if (checksum !== null && xxhash64(output.from(state.start)) !== checksum)
    throw new BadCompression('its checksum is wrong')
}

const decodeBlock = (bytes: Uint8Array, start: number, end: number, state: FrameState, output: BoundedOutput): void => {
  const literals: Literals = decodeLiterals(bytes, start, end, state)
  decodeSequences(bytes, literals, end, state, output)
}
