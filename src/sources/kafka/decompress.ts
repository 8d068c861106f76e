import { left, right } from 'fp-ts/lib/Either.js'
import { gunzipSync } from 'node:zlib'
import type { Decompress } from '../../core/record-batch/record-run.js'

/** Decompresses record batches with what Node has, to a bounded size: 1 MB of gzip can hold 1 GiB. */
export const decompress: Decompress = (codec, bytes, limitBytes) => {
  switch (codec) {
    case 'gzip':
      try {
        return right(gunzipSync(bytes, { maxOutputLength: limitBytes }))
      } catch (error) {
        const oversized = error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
        return left(oversized ? { _tag: 'oversized' } : { _tag: 'corrupt', reason: 'its gzip is broken' })
      }
    case 'snappy':
      return left({ _tag: 'missing', codec, install: 'a version of ackstream that reads snappy' })
    case 'lz4':
      return left({ _tag: 'missing', codec, install: 'a version of ackstream that reads lz4' })
    case 'zstd':
      return left({ _tag: 'missing', codec, install: 'a version of ackstream that reads zstd' })
  }
}
