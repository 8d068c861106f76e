import { right } from 'fp-ts/lib/Either.js'
import { crc32c } from '../../src/core/records/crc32c.js'
import { encodeBatch, type RecordToEncode } from '../../src/core/records/encode-batch.js'
import { type DecodedRun, recordRun, type RecordRunInput } from '../../src/core/records/record-run.js'
import type { AckTarget } from '../../src/model/acknowledgement.js'
import type { ConsumerRecord } from '../../src/model/consumer-record.js'

export const text = (value: string): Uint8Array => new TextEncoder().encode(value)

export const plainRecord = (value: string, more: Partial<RecordToEncode> = {}): RecordToEncode => ({
  timestamp: 0,
  key: null,
  value: text(value),
  headers: [],
  ...more
})

export const batchAt = (baseOffset: bigint, ...values: readonly string[]): Uint8Array =>
  encodeBatch({ baseOffset, records: values.map((value) => plainRecord(value)) })

export const joined = (...parts: readonly Uint8Array[]): Uint8Array => {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** Acknowledgements that go nowhere. */
export const nowhere: AckTarget = {
  settle: () => undefined,
  refuse: () => false,
  hold: () => undefined,
  release: () => undefined,
  attempt: () => undefined,
  pass: () => undefined,
  park: () => undefined,
  visit: () => undefined,
  originOf: () => null,
  isStale: () => false
}

export const runOf = (bytes: Uint8Array, more: Partial<RecordRunInput> = {}): DecodedRun =>
  recordRun({
    topic: 't',
    partition: 0,
    fetchOffset: 0n,
    behindEpoch: -1,
    highWatermark: 2n ** 62n,
    bytes,
    aborted: [],
    isolation: 'read_uncommitted',
    checksum: crc32c,
    maxDecompressedBytes: 1_000_000,
    decompress: (_codec, compressed) => right(compressed),
    ...more
  })

export const recordsIn = (run: DecodedRun): readonly ConsumerRecord[] => {
  const records: ConsumerRecord[] = []
  while (run.advance()) records.push(run.record(nowhere, records.length))
  return records
}
