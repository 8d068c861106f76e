import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it, vi } from 'vitest'
import { decompress } from '../../../../src/sources/kafka/decompress.js'
import { compressedForms } from '../../../support/compressed-forms.js'

const fallback = vi.hoisted(() => ({ wanted: false }))

vi.mock('node:zlib', async (original) => {
  const zlib = await original<Record<string, unknown>>()
  return {
    ...zlib,
    get zstdDecompressSync() {
      return fallback.wanted ? undefined : zlib['zstdDecompressSync']
    }
  }
})

const limit = 100_000

/** The same in text, so that a difference can be read. */
const read = (codec: (typeof compressedForms)[number]['codec'], bytes: Uint8Array): unknown => {
  const outcome = decompress(codec, bytes, limit)
  return outcome._tag === 'Right' ? right(Buffer.from(outcome.right).toString('latin1')) : outcome
}

describe.each([
  ['what this Node brings', false],
  ['what an older Node needs', true]
])('every form of every codec, by %s', (_with, wanted) => {
  it.each(compressedForms.map((form) => [form.codec, form.name, form] as const))('%s: %s', (codec, _name, form) => {
    fallback.wanted = wanted
    const expected =
      form.content === null ? left({ _tag: 'corrupt', reason: `its ${codec} data is corrupt` }) : right(form.content)
    expect(read(codec, form.bytes)).toEqual(expected)
    // Bytes of an answer lie within those of others.
    const around = Buffer.concat([Buffer.alloc(7, 1), form.bytes, Buffer.alloc(9, 2)])
    expect(read(codec, around.subarray(7, 7 + form.bytes.length))).toEqual(expected)
  })

  it.each(
    compressedForms
      .filter(({ content }) => content !== null && content.length > 3)
      .map((form) => [form.codec, form.name, form] as const)
  )(
    // prettier-ignore
    '%s: %s, held to a limit',
    (codec, _name, { bytes, content }) => {
      fallback.wanted = wanted
      const length = content?.length ?? 0
      expect(decompress(codec, bytes, length)).toMatchObject({ _tag: 'Right' })
      expect(decompress(codec, bytes, length - 1)).toEqual(left({ _tag: 'oversized' }))
    }
  )
})
