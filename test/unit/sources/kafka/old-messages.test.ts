import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { decompress } from '../../../../src/sources/kafka/decompress.js'
import { recordsIn, runOf } from '../../../support/record-runs.js'

/**
 * What Kafka 2.8.2 answered to Fetch of topics with an old `message.format.version`: twice five records, by the version, the kind
 * of times, and the compression.
 */
const answers = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../fixtures/old-messages.json'), 'utf8')
) as Record<string, string>

const text = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes))

describe('messages of a broker with an old message format', () => {
  it.each(Object.entries(answers))('%s', (name, base64) => {
    const [version, kind] = name.split(' ')
    const bytes = new Uint8Array(Buffer.from(base64, 'base64'))
    expect(bytes[16]).toBe(version === '0.9.0' ? 0 : 1)
    const records = recordsIn(runOf(bytes, { decompress }))
    const index = [0, 1, 2, 3, 4]
    expect(records.map(({ offset }) => offset)).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n])
    expect(records.map(({ key }) => text(key))).toEqual(
      [0, 1].flatMap(() => index.map((at) => (at % 2 === 0 ? `k${String(at)}` : null)))
    )
    expect(records.map(({ value }) => text(value))).toEqual(
      [0, 1].flatMap((round) =>
        index.map((at) => (at === 3 ? null : `value ${String(round)} ${String(at)} `.repeat(10)))
      )
    )
    if (kind === 'CreateTime')
      expect(records.map(({ timestamp }) => timestamp)).toEqual(
        [0, 1].flatMap(() => index.map((at) => (version === '0.9.0' ? -1 : 1_700_000_000_000 + at * 1_000)))
      )
    expect(new Set(records.map(({ timestampType }) => timestampType))).toEqual(new Set([kind]))
  })
})
