import { type Either, left, right } from 'fp-ts/lib/Either.js'
import * as zlib from 'node:zlib'
import { BadCompression, BoundedOutput } from '../../core/compression/bounded-output.js'
import { lz4Decompress } from '../../core/compression/lz4.js'
import { snappyDecompress } from '../../core/compression/snappy.js'
import { zstdDecompress } from '../../core/compression/zstd.js'
import { zstdFrames } from '../../core/compression/zstd-frames.js'
import type { Decompress, DecompressFault } from '../../core/records/record-run.js'
import type { NodeZstd } from './optional-package.js'

/** Decompresses record batches to a bounded size: 1 MB of gzip can hold 1 GiB. */
export const decompress: Decompress = (codec, bytes, limitBytes) => {
  switch (codec) {
    case 'gzip':
      return bounded(codec, () => zlib.gunzipSync(bytes, { maxOutputLength: limitBytes }))
    case 'snappy':
      return bounded(codec, () => snappyDecompress(bytes, limitBytes))
    case 'lz4':
      return bounded(codec, () => lz4Decompress(bytes, limitBytes))
    case 'zstd':
      return bounded(codec, () =>
        native === undefined ? zstdDecompress(bytes, limitBytes) : throughFrames(native, bytes, limitBytes)
      )
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

/** What Node has from 22.15 on, and is faster: ten times. */
const { zstdDecompressSync: native } = zlib as NodeZstd

type Native = NonNullable<typeof native>

/** Frame by frame, since Node decodes the first and says nothing of the others. */
const throughFrames = (decode: Native, bytes: Uint8Array, limitBytes: number): Uint8Array => {
  const frames = zstdFrames(bytes, limitBytes)
  const [only] = frames
  if (frames.length === 1 && only !== undefined) return decode(only.bytes, atMost(limitBytes))
  const output = new BoundedOutput(bytes.length * 3, limitBytes)
  for (const frame of frames) {
    const content = decode(frame.bytes, atMost(limitBytes - output.size))
    output.literal(content, 0, content.length)
  }
  return output.done()
}

const atMost = (bytes: number): { readonly maxOutputLength: number } => ({ maxOutputLength: Math.max(1, bytes) })
