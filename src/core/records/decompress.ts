import type { Either } from 'fp-ts/lib/Either.js'
import type { CompressionCodec } from './batch-header.js'

/** Why bytes could not be decompressed. */
export type DecompressFault =
  | { readonly _tag: 'corrupt'; readonly reason: string }
  | { readonly _tag: 'oversized' }
  | { readonly _tag: 'missing'; readonly codec: 'snappy' | 'lz4' | 'zstd'; readonly install: string }

/** Decompresses the records of a batch, to at most `limitBytes`. */
export type Decompress = (
  codec: Exclude<CompressionCodec, 'none'>,
  bytes: Uint8Array,
  limitBytes: number
) => Either<DecompressFault, Uint8Array>
