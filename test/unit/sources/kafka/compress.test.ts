import { isRight, left } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { decodeClusterConfig } from '../../../../src/config/cluster-config.js'
import type { CompressionType } from '../../../../src/config/producer-config.js'
import type { ConfigFault } from '../../../../src/model/fault.js'
import { compressorOf } from '../../../../src/sources/kafka/compress.js'
import { decompress } from '../../../../src/sources/kafka/decompress.js'
import { WireError } from '../../../../src/sources/kafka/network/wire-error.js'
import { produceCalls } from '../../../../src/sources/kafka/produce-calls.js'

const notInstalled = vi.hoisted(() => new Set<string>())

// As on Node 20, whatever runs the tests.
vi.mock('node:zlib', async (original) => ({
  ...(await original<object>()),
  zstdCompressSync: undefined,
  zstdDecompressSync: undefined
}))

vi.mock('../../../../src/sources/kafka/optional-package.js', async (original) => {
  const { optionalPackage } = await original<{ optionalPackage: (name: string) => unknown }>()
  return { optionalPackage: (name: string) => (notInstalled.has(name) ? null : optionalPackage(name)) }
})

beforeEach(() => {
  notInstalled.clear()
})

describe('compressorOf', () => {
  it.each([
    ['snappy', 'snappy', 'the package snappy installed'],
    ['lz4', 'lz4-napi', 'the package lz4-napi installed'],
    ['zstd', '@bokuweb/zstd-wasm', 'Node 22.15 or later, or the package @bokuweb/zstd-wasm installed']
  ] as const)('says what %s needs where the package %s is not installed', (compression, name, needed) => {
    notInstalled.add(name)
    const problem = { property: 'compression.type', given: `"${compression}"`, allowed: `another one, or ${needed}` }
    expect(() => compressorOf(compression)).toThrow(
      expect.objectContaining({ fault: { _tag: 'ConfigFault', problems: [problem] } })
    )
  })

  const empty = new Uint8Array(0)
  const text = new TextEncoder().encode('{"order":1,"from":"Zürich"}'.repeat(5_000))

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    '%s makes little of much, and nothing is lost',
    async (compression) => {
      const small = await ready(compression)
      for (const bytes of [empty, text, text.subarray(0, 1)]) {
        const back = decompress(compression, small(bytes), 1_000_000)
        expect(isRight(back) && Buffer.compare(back.right, bytes)).toBe(0)
      }
      expect(small(text).length).toBeLessThan(text.length / 20)
    }
  )

  it('loads zstd once for all producers', async () => {
    const [first, second] = [compressorOf('zstd')?.load?.(), compressorOf('zstd')?.load?.()]
    expect(first).toBe(second)
    await expect(first).resolves.toBeUndefined()
  })
})

describe('produceCalls', () => {
  it('loads what compresses before anything is asked, and says what is wrong with it', async () => {
    const connection = decodeClusterConfig({ 'bootstrap.servers': '127.0.0.1:1' })
    if (!isRight(connection)) throw new Error('these properties are wrong')
    const fault: ConfigFault = { _tag: 'ConfigFault', problems: [] }
    const calls = produceCalls(connection.right, { requestTimeoutMs: 1_000 }, () =>
      Promise.reject(new WireError(fault))
    )
    expect(await firstValueFrom(calls.metadata(['orders']))).toEqual(left(fault))
    calls.close()
  })
})

const ready = async (compression: CompressionType): Promise<(bytes: Uint8Array) => Uint8Array> => {
  const compressor = compressorOf(compression)
  if (compressor === null) throw new Error(`${compression} compresses nothing`)
  await compressor.load?.()
  return compressor.run
}
