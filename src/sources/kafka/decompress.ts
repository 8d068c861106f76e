import { type Either, left, right } from 'fp-ts/lib/Either.js'
import * as zlib from 'node:zlib'
import { BadCompression, BoundedOutput } from '../../core/compression/bounded-output.js'
import { lz4Decompress } from '../../core/compression/lz4.js'
import { snappyDecompress } from '../../core/compression/snappy.js'
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
      const { zstdDecompressSync } = zlib as NodeZstd
      if (zstdDecompressSync !== undefined)
        return bounded(codec, () => zstdDecompressSync(bytes, { maxOutputLength: limitBytes }))
      const fzstd = optionalPackage<Fzstd>('fzstd')
      if (fzstd === null) return left({ _tag: 'missing', codec, install: 'the package fzstd, or Node 22.15 or later' })
      return bounded(codec, () => throughFzstd(fzstd, bytes, limitBytes))
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

/** As a stream: what comes out is counted before there is too much of it. */
const throughFzstd = ({ Decompress }: Fzstd, bytes: Uint8Array, limitBytes: number): Uint8Array => {
  const output = new BoundedOutput(bytes.length * 3, limitBytes)
  const stream = new Decompress((chunk) => {
    output.literal(chunk, 0, chunk.length)
  })
  stream.push(bytes, true)
  return output.done()
}
