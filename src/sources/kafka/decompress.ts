import { type Either, left, right } from 'fp-ts/lib/Either.js'
import * as zlib from 'node:zlib'
import { BadCompression, BoundedOutput } from '../../core/compression/bounded-output.js'
import { lz4Decompress } from '../../core/compression/lz4.js'
import { snappyDecompress } from '../../core/compression/snappy.js'
import { xxhash64 } from '../../core/compression/xxhash64.js'
import { type ZstdFrame, zstdFrames } from '../../core/compression/zstd-frames.js'
import type { Decompress, DecompressFault } from '../../core/record-batch/record-run.js'
import { type Fzstd, type NodeZstd, optionalPackage } from './optional-package.js'

/** Decompresses record batches to a bounded size: 1 MB of gzip can hold 1 GiB. */
export const decompress: Decompress = (codec, bytes, limitBytes) => {
  switch (codec) {
    case 'gzip':
      return bounded(codec, () => zlib.gunzipSync(bytes, { maxOutputLength: limitBytes }))
    case 'snappy':
      return bounded(codec, () => snappyDecompress(bytes, limitBytes))
    case 'lz4':
      return bounded(codec, () => lz4Decompress(bytes, limitBytes))
    case 'zstd': {
      const decode = zstdDecoder()
      if (decode === null) return left({ _tag: 'missing', codec, install: 'the package fzstd, or Node 22.15 or later' })
      return bounded(codec, () => throughFrames(decode, bytes, limitBytes))
    }
  }
}

const bounded = (codec: string, run: () => Uint8Array): Either<DecompressFault, Uint8Array> => {
  try {
    return right(run())
  } catch (error) {
    const tooMuch = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    const oversized = tooMuch || (error instanceof BadCompression && error.oversized)
    return left(oversized ? { _tag: 'oversized' } : { _tag: 'corrupt', reason: `its ${codec} is broken` })
  }
}

/** Decodes one frame, to at most so many bytes. */
type FrameDecoder = (frame: ZstdFrame, limitBytes: number) => Uint8Array

const zstdDecoder = (): FrameDecoder | null => {
  const { zstdDecompressSync } = zlib as NodeZstd
  if (zstdDecompressSync !== undefined)
    return ({ bytes }, limitBytes) => zstdDecompressSync(bytes, { maxOutputLength: Math.max(1, limitBytes) })
  const fzstd = optionalPackage<Fzstd>('fzstd')
  return fzstd === null ? null : (frame, limitBytes) => throughFzstd(fzstd, frame, limitBytes)
}

/** Frame by frame, since Node decodes the first and says nothing of the others. */
const throughFrames = (decode: FrameDecoder, bytes: Uint8Array, limitBytes: number): Uint8Array => {
  const frames = zstdFrames(bytes, limitBytes)
  const [only] = frames
  if (frames.length === 1 && only !== undefined) return decode(only, limitBytes)
  const output = new BoundedOutput(bytes.length * 3, limitBytes)
  for (const frame of frames) {
    const content = decode(frame, limitBytes - output.size)
    output.literal(content, 0, content.length)
  }
  return output.done()
}

/** As a stream: what comes out is counted before there is too much of it. What a frame says of its content is left to us. */
const throughFzstd = ({ Decompress }: Fzstd, { bytes, size, checksum }: ZstdFrame, limitBytes: number): Uint8Array => {
  const output = new BoundedOutput(bytes.length * 3, limitBytes)
  const stream = new Decompress((chunk) => {
    output.literal(chunk, 0, chunk.length)
  })
  stream.push(bytes, true)
  const content = output.done()
  if (size !== null && content.length !== size) throw new BadCompression('it is not as long as it says')
  if (checksum !== null && xxhash64(content) !== checksum) throw new BadCompression('its checksum is wrong')
  return content
}
