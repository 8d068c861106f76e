import { isLeft, right } from 'fp-ts/lib/Either.js'
import lz4 from 'lz4-napi'
import { map } from 'rxjs'
import snappy from 'snappy'
import { gzipSync } from 'node:zlib'
import * as zlib from 'node:zlib'
import type { CompressionCodec } from '../../src/core/records/batch-header.js'
import { snappyFrames } from '../../src/core/compression/snappy.js'
import { encodeBatch, type RecordToEncode } from '../../src/core/records/encode-batch.js'
import type { FetchedPartition } from '../../src/ports/kafka-calls.js'
import { decompress } from '../../src/sources/kafka/decompress.js'
import { plainRecord } from './record-runs.js'
import { type TappedCluster, tappedCluster } from './tapped-cluster.js'

export interface CompressedCluster extends TappedCluster {
  /** Appends a batch as these bytes, by this codec; they need not be what they say. */
  readonly append: (partition: number, batch: Batch) => void
}

export interface Batch {
  readonly records: readonly RecordToEncode[]
  readonly codec?: CompressionCodec
  /** left out: as the codec does */
  readonly compress?: (records: Uint8Array) => Uint8Array
  /** makes something else of the batch's bytes */
  readonly spoil?: (bytes: Uint8Array) => Uint8Array
}

/** The codecs as Kafka numbers them. */
const numbers = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const

const zstd = (bytes: Uint8Array): Uint8Array => {
  const { zstdCompressSync } = zlib as { readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array }
  return zstdCompressSync === undefined ? inRuns(bytes) : zstdCompressSync(bytes)
}

/** A frame of zstd without a compressor: equal bytes are blocks of one, others stand as they are. */
const inRuns = (bytes: Uint8Array): Uint8Array => {
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58)]
  for (let at = 0; at < bytes.length;) {
    let end = at + 1
    while (end < bytes.length && end - at < 131_072 && bytes[end] === bytes[at]) end++
    const isRun = end - at > 8
    // What does not repeat goes on to where something does.
    while (!isRun && end < bytes.length && end - at < 131_072 && bytes[end] !== bytes[end - 1]) end++
    const header = ((end - at) << 3) | (isRun ? 2 : 0) | (end === bytes.length ? 1 : 0)
    const content = isRun ? bytes.subarray(at, at + 1) : bytes.subarray(at, end)
    parts.push(Uint8Array.of(header & 255, (header >> 8) & 255, header >> 16), content)
    at = end
  }
  return Buffer.concat(parts)
}

export const compressedBy = (codec: Exclude<CompressionCodec, 'none'>, bytes: Uint8Array): Uint8Array => {
  switch (codec) {
    case 'gzip':
      return gzipSync(bytes)
    case 'snappy':
      return snappyFrames(bytes, (block) => snappy.compressSync(Buffer.from(block)))
    case 'lz4':
      return lz4.compressFrameSync(Buffer.from(bytes))
    case 'zstd':
      return zstd(bytes)
  }
}

/** A cluster in virtual time whose logs hold compressed batches, or what somebody else has made of them. */
export const compressedCluster = (partitions: number): CompressedCluster => {
  const batches = Array.from({ length: partitions }, () => new Map<bigint, Uint8Array>())
  /** The model has a batch of plain records for each, whose place the compressed one takes. */
  const inPlace = ({ partition, records }: FetchedPartition): Uint8Array | null => {
    if (records === null || records.length === 0) return records
    const view = new DataView(records.buffer, records.byteOffset, records.length)
    const parts: Uint8Array[] = []
    for (let at = 0; at < records.length; at += 12 + view.getInt32(at + 8)) {
      const own = batches[partition]?.get(view.getBigInt64(at))
      parts.push(own ?? records.subarray(at, at + 12 + view.getInt32(at + 8)))
    }
    return Buffer.concat(parts)
  }
  const tapped = tappedCluster(
    partitions,
    (calls) => ({
      fetch: (node, request) =>
        calls.fetch(node, request).pipe(
          map((answer) => {
            if (isLeft(answer)) return answer
            const { right: response } = answer
            return right({
              ...response,
              partitions: response.partitions.map((one) => ({ ...one, records: inPlace(one) }))
            })
          })
        )
    }),
    decompress
  )
  const append = (partition: number, { records, codec = 'none', compress, spoil = (bytes) => bytes }: Batch): void => {
    const plain = records.map(() => plainRecord(''))
    const baseOffset = tapped.model.append({ topic: 'orders', partition }, plain) ?? 0n
    const batch = { baseOffset, records }
    const run = compress ?? ((bytes: Uint8Array) => (codec === 'none' ? bytes : compressedBy(codec, bytes)))
    const bytes = encodeBatch(codec === 'none' ? batch : { ...batch, compress: { codec: numbers[codec], run } })
    batches[partition]?.set(baseOffset, spoil(bytes))
  }
  return { ...tapped, append }
}
