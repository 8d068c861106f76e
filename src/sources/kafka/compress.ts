import * as zlib from 'node:zlib'
import type { CompressionType } from '../../config/producer-config.js'
import { snappyFrames } from '../../core/compression/snappy.js'
import type { Compressor } from '../../core/records/batch-builder.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConfigFault } from '../../model/fault.js'
import { WireError } from './network/wire-error.js'
import { type Lz4, type NodeZstd, optionalPackage, type Snappy, type ZstdWasm } from './optional-package.js'

/** A compressor of a package that has to be loaded first. */
export interface PackagedCompressor extends Compressor {
  readonly load?: () => Promise<void>
}

/**
 * The compressor of batches; null for `none`.
 *
 * @throws ConsumerError with a `ConfigFault` that says what to install, before anything is connected
 */
export const compressorOf = (compression: CompressionType): PackagedCompressor | null => {
  switch (compression) {
    case 'none':
      return null
    case 'gzip':
      return { codec: 1, run: (records) => zlib.gzipSync(records) }
    case 'snappy': {
      const { compressSync } = optionalPackage<Snappy>('snappy') ?? missing(compression, 'the package snappy installed')
      return { codec: 2, run: (records) => snappyFrames(records, (block) => compressSync(bufferOf(block))) }
    }
    case 'lz4': {
      const { compressFrameSync } =
        optionalPackage<Lz4>('lz4-napi') ?? missing(compression, 'the package lz4-napi installed')
      return { codec: 3, run: (records) => compressFrameSync(bufferOf(records)) }
    }
    case 'zstd': {
      const { zstdCompressSync } = zlib as NodeZstd
      if (zstdCompressSync !== undefined) return { codec: 4, run: (records) => zstdCompressSync(records) }
      const wasm =
        optionalPackage<ZstdWasm>('@bokuweb/zstd-wasm') ??
        missing(compression, 'Node 22.15 or later, or the package @bokuweb/zstd-wasm installed')
      return { codec: 4, run: (records) => wasm.compress(records), load: () => loaded(wasm) }
    }
  }
}

/** The same bytes as a Buffer: lz4-napi and snappy 6 accept nothing else. */
const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)

let loading: Promise<void> | undefined

/** Once for all producers: a second load would replace the memory that others use. */
const loaded = (wasm: ZstdWasm): Promise<void> =>
  (loading ??= wasm.init().catch(() => {
    throw new WireError(unusable('zstd', 'Node 22.15 or later: @bokuweb/zstd-wasm cannot be loaded'), false)
  }))

const missing = (compression: CompressionType, needed: string): never => {
  throw new ConsumerError(unusable(compression, needed))
}

const unusable = (compression: CompressionType, needed: string): ConfigFault => ({
  _tag: 'ConfigFault',
  problems: [{ property: 'compression.type', given: JSON.stringify(compression), allowed: `another one, or ${needed}` }]
})
