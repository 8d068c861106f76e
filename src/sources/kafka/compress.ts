import * as zlib from 'node:zlib'
import type { CompressionType } from '../../config/producer-config.js'
import { snappyFrames } from '../../core/compression/snappy.js'
import type { Compressor } from '../../core/record-batch/batch-builder.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { type Lz4, type NodeZstd, optionalPackage, type Snappy } from './optional-package.js'

/**
 * What compresses batches; null for `none`.
 *
 * @throws ConsumerError with a `ConfigFault` that says what to install, before anything is connected
 */
export const compressorOf = (compression: CompressionType): Compressor | null => {
  switch (compression) {
    case 'none':
      return null
    case 'gzip':
      return { codec: 1, run: (records) => zlib.gzipSync(records) }
    case 'snappy': {
      const { compressSync } = optionalPackage<Snappy>('snappy') ?? missing(compression, 'the package snappy installed')
      return { codec: 2, run: (records) => snappyFrames(records, compressSync) }
    }
    case 'lz4': {
      const { compressFrameSync } =
        optionalPackage<Lz4>('lz4-napi') ?? missing(compression, 'the package lz4-napi installed')
      const view = ({ buffer, byteOffset, length }: Uint8Array): Buffer => Buffer.from(buffer, byteOffset, length)
      return { codec: 3, run: (records) => compressFrameSync(view(records)) }
    }
    case 'zstd': {
      const run = (zlib as NodeZstd).zstdCompressSync ?? missing(compression, 'Node 22.15 or later')
      return { codec: 4, run: (records) => run(records) }
    }
  }
}

const missing = (compression: CompressionType, needed: string): never => {
  throw new ConsumerError({
    _tag: 'ConfigFault',
    problems: [
      { property: 'compression.type', given: JSON.stringify(compression), allowed: `another one, or ${needed}` }
    ]
  })
}
