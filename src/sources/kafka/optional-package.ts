import { ownRequire } from '../../internal/own-require.js'

/** The used part of the package `snappy`. */
export interface Snappy {
  readonly compressSync: (block: Buffer) => Uint8Array
}

/** The used part of the package `lz4-napi`. */
export interface Lz4 {
  readonly compressFrameSync: (bytes: Buffer) => Uint8Array
}

/** The used part of the package `@bokuweb/zstd-wasm`. */
export interface ZstdWasm {
  readonly init: () => Promise<void>
  readonly compress: (bytes: Uint8Array) => Uint8Array
}

/** The used part of the package `@node-rs/crc32`. */
export interface NodeRsCrc32 {
  readonly crc32c: (bytes: Buffer) => number
}

/** The part of `node:zlib` that exists from Node 22.15 on. */
export interface NodeZstd {
  readonly zstdCompressSync?: (bytes: Uint8Array) => Uint8Array
  readonly zstdDecompressSync?: (
    bytes: Uint8Array,
    options: { readonly maxOutputLength: number; readonly chunkSize?: number }
  ) => Uint8Array
}

const loaded = new Map<string, unknown>()

/** An optional package; null if it is not installed, or cannot be loaded on this machine. */
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
