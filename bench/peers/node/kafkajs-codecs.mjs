// What kafkajs lacks: snappy and lz4 by the native packages that ackstream compresses with, zstd by Node's own or by WebAssembly.
import kafkajs from 'kafkajs'
import lz4 from 'lz4-napi'
import * as snappy from 'snappy'
import * as zlib from 'node:zlib'

const { CompressionCodecs, CompressionTypes } = kafkajs
const xerialMagic = Buffer.from('82534e4150505900', 'hex')
const xerialHeader = Buffer.concat([xerialMagic, Buffer.from('0000000100000001', 'hex')])

const snappyBlocks = (bytes) => {
  if (!bytes.subarray(0, 8).equals(xerialMagic)) return snappy.uncompressSync(bytes)
  const blocks = []
  for (let at = 16; at < bytes.length;) {
    const end = at + 4 + bytes.readInt32BE(at)
    blocks.push(snappy.uncompressSync(bytes.subarray(at + 4, end)))
    at = end
  }
  return Buffer.concat(blocks)
}

const snappyFrame = (bytes) => {
  const block = snappy.compressSync(bytes)
  const length = Buffer.alloc(4)
  length.writeInt32BE(block.length)
  return Buffer.concat([xerialHeader, length, block])
}

const zstd = async () => {
  if (zlib.zstdDecompressSync !== undefined)
    return { compress: zlib.zstdCompressSync, decompress: zlib.zstdDecompressSync }
  const wasm = await import('@bokuweb/zstd-wasm')
  await wasm.init()
  const asBuffer =
    (run) =>
    (...given) =>
      Buffer.from(run(...given))
  return { compress: asBuffer(wasm.compress), decompress: asBuffer(wasm.decompress) }
}

/** Has kafkajs read and write all of Kafka's codecs. */
export const addCodecs = async () => {
  const { compress, decompress } = await zstd()
  const codec = (compressed, decompressed) => () => ({
    compress: async ({ buffer }) => compressed(buffer),
    decompress: async (bytes) => decompressed(bytes)
  })
  CompressionCodecs[CompressionTypes.Snappy] = codec(snappyFrame, snappyBlocks)
  CompressionCodecs[CompressionTypes.LZ4] = codec(lz4.compressFrameSync, lz4.decompressFrameSync)
  CompressionCodecs[CompressionTypes.ZSTD] = codec(compress, decompress)
}
