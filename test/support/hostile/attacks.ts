import { batchLayout as at } from '../../../src/core/records/batch-header.js'
import { crc32c } from '../../../src/core/records/crc32c.js'
import { encodeBatch, type RecordToEncode } from '../../../src/core/records/encode-batch.js'
import { compressedBy } from '../compressed-cluster.js'
import { plainRecord } from '../record-runs.js'

/** What somebody writes to a partition that others read, and what becomes of it. */
export interface Attack {
  readonly batches: (times: number) => readonly Uint8Array[]
  readonly decodesJson?: true
  /** of the topic */
  readonly topicConfig?: Readonly<Record<string, string>>
  /** The broker lies: what it answers is changed, which it would not have taken from a producer. */
  readonly lie?: (batch: Buffer) => void
}

const mebibyte = 2 ** 20
const codecs = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
type Codec = keyof typeof codecs

const batch = (
  records: readonly RecordToEncode[],
  codec?: Codec,
  run?: (bytes: Uint8Array) => Uint8Array
): Uint8Array =>
  encodeBatch({
    baseOffset: 0n,
    records,
    ...(codec === undefined
      ? {}
      : { compress: { codec: codecs[codec], run: run ?? ((bytes) => compressedBy(codec, bytes)) } })
  })

const again = (times: number, bytes: Uint8Array): readonly Uint8Array[] => Array.from({ length: times }, () => bytes)

/** Batches of at most 1 MB which come to 60 MiB each, or to what the codec makes of 1 MB. */
const bomb = (codec: Codec, bytes: number): Attack => ({
  batches: (times) => again(times, batch([plainRecord('0'.repeat(bytes))], codec))
})

/** zstd with a window of 128 MiB around one block that stands as it is. */
const inWindow = (bytes: Uint8Array): Uint8Array =>
  Buffer.concat([
    Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0, 0x88, ((bytes.length << 3) & 255) | 1, bytes.length >> 5, 0),
    bytes
  ])

const grown = (levels: number): string => '{"l":'.repeat(levels) + '{"leaf":1}' + '}'.repeat(levels)

/** What marks the batch that the broker lies about. */
export const mark = 'here the broker lies'

export const attacks = {
  'bombs, gzip': bomb('gzip', 60 * mebibyte),
  'bombs, snappy': bomb('snappy', 15 * mebibyte),
  'bombs, lz4': bomb('lz4', 60 * mebibyte),
  'bombs, zstd': bomb('zstd', 60 * mebibyte),
  'windows of 128 MiB': { batches: (times) => again(10 * times, batch([plainRecord('"a"')], 'zstd', inWindow)) },
  'a key for each record': {
    batches: (times) =>
      Array.from({ length: 5 * times }, (_, number) =>
        batch(
          Array.from({ length: 10_000 }, (__, index) =>
            plainRecord('a', { key: Buffer.from(`${String(number)} ${String(index)}`) })
          ),
          'lz4'
        )
      )
  },
  'headers by the hundred thousand': {
    batches: (times) => {
      const headers = Array.from({ length: 100_000 }, () => ({ name: 'h', value: Buffer.from('v') }))
      return again(
        times,
        batch(
          Array.from({ length: 10 }, () => plainRecord('a', { headers })),
          'lz4'
        )
      )
    }
  },
  'values for a recursive codec': {
    batches: (times) => again(times, batch(Array.from({ length: 100 }, () => plainRecord(grown(40))))),
    decodesJson: true
  },
  'nested values': {
    batches: (times) =>
      again(
        times,
        batch(
          Array.from({ length: 10 }, () => plainRecord('['.repeat(mebibyte))),
          'lz4'
        )
      ),
    decodesJson: true
  },
  'keys of 30 MiB': {
    batches: (times) => again(times, batch([plainRecord('a', { key: Buffer.alloc(30 * mebibyte, 'k') })], 'lz4'))
  },
  poison: {
    batches: (times) =>
      again(
        times,
        batch(Array.from({ length: 1_000 }, () => plainRecord('a', { headers: [{ name: 'poison', value: null }] })))
      )
  },
  'offset deltas that go back': {
    batches: (times) => again(times, batch([plainRecord('a'), plainRecord('b'), plainRecord(mark)])),
    lie: (lying) => {
      lying.writeInt32BE(1, at.lastOffsetDelta)
      lying.writeUInt32BE(crc32c(lying, at.attributes, lying.length), at.checksum)
    }
  },
  'timestamps of the end of time': {
    batches: (times) =>
      again(times, batch([-1, 0, Number.MAX_SAFE_INTEGER].map((timestamp) => plainRecord('a', { timestamp })))),
    topicConfig: { 'message.timestamp.after.max.ms': String(2n ** 63n - 1n) }
  }
} satisfies Readonly<Record<string, Attack>>
