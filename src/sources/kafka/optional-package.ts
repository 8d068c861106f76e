import { ownRequire } from '../../internal/own-require.js'

/** What of the package `snappy` is used. */
export interface Snappy {
  readonly compressSync: (block: Buffer) => Uint8Array
}

/** What of the package `lz4-napi` is used. */
export interface Lz4 {
  readonly compressFrameSync: (bytes: Buffer) => Uint8Array
}

/** What of the package `@bokuweb/zstd-wasm` is used. */
export interface ZstdWasm {
  readonly init: () => Promise<void>
  readonly compress: (bytes: Uint8Array) => Uint8Array
}

/** What of the package `@node-rs/crc32` is used. */
export interface NodeRsCrc32 {
  readonly crc32c: (bytes: Buffer) => number
}

/** What `node:zlib` has from Node 22.15 on. */
export interface NodeZstd {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array
  readonly zstdDecompressSync?: (
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number; readonly chunkSize?: number }
  ) => Uint8Array
}

const loaded = new Map<string, unknown>()

/** A package that is used if it is installed; null if it is not, or cannot be loaded on this machine. */
export const optionalPackage = <A>(name: string): A | null => {
  if (!loaded.has(name)) loaded.set(name, load(name))
  return loaded.get(name) as A | null
}

const load = (name: string): unknown => {
  try {
    return ownRequire(name)
  } catch {
    return null
  }
}
