import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { FrameReader } from '../../src/sources/kafka/network/frame-reader.js'
import { apiVersionsV2 } from '../../src/sources/kafka/protocol/api-versions-v2.js'
import type { Api } from '../../src/sources/kafka/protocol/api.js'
import { fetchV11 } from '../../src/sources/kafka/protocol/fetch-v11.js'
import { findCoordinatorV2 } from '../../src/sources/kafka/protocol/find-coordinator-v2.js'
import { heartbeatV3, joinGroupV9, syncGroupV3 } from '../../src/sources/kafka/protocol/group-apis.js'
import { metadataV12 } from '../../src/sources/kafka/protocol/metadata-v12.js'
import { metadataV8 } from '../../src/sources/kafka/protocol/metadata-v8.js'
import { offsetFetchV7 } from '../../src/sources/kafka/protocol/offset-apis.js'
import { ResponseError, ResponseReader } from '../../src/sources/kafka/protocol/response-reader.js'
import { saslAuthenticateV1, saslHandshakeV1 } from '../../src/sources/kafka/protocol/sasl-apis.js'

const framed = (payload: Uint8Array): Buffer => {
  const length = Buffer.alloc(4)
  length.writeInt32BE(payload.length)
  return Buffer.concat([length, payload])
}

describe('frames', () => {
  it('are found wherever the network cuts them, read in place or handed over', () => {
    const payloads = fc.array(fc.uint8Array({ minLength: 4, maxLength: 40_000 }), { minLength: 1, maxLength: 6 })
    const cuts = fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(payloads, cuts, fc.boolean(), (frames, sizes, inPlace) => {
        const bytes = Buffer.concat(frames.map(framed))
        const found: Buffer[] = []
        const reader = new FrameReader(50_000, (frame) => found.push(frame), expect.unreachable)
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const part = bytes.subarray(at, at + (sizes[turn % sizes.length] ?? 1))
          if (inPlace) {
            const copied = part.copy(reader.room)
            reader.filled(copied)
            at += copied
          } else {
            reader.push(part)
            at += part.length
          }
        }
        expect(found).toEqual(frames.map(framed))
      }),
      { numRuns: 200 }
    )
  })

  it('of any bytes are frames or a reason, and take no more memory than is allowed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), (bytes) => {
        const reasons: string[] = []
        let taken = 0
        const reader = new FrameReader(10_000, (frame) => (taken += frame.length), (reason) => reasons.push(reason)) // prettier-ignore
        reader.push(Buffer.from(bytes))
        expect(taken).toBeLessThanOrEqual(bytes.length)
        expect(reader.room.length).toBeLessThanOrEqual(16_384)
      })
    )
  })
})

/** Answers that are right, of one or two of everything. */
const answers: readonly (readonly [Api<never, unknown>, string])[] = [
  [apiVersionsV2, '0000' + '00000002' + '00030000000d' + '00010004000c' + '00000000'],
  [saslHandshakeV1, '0021' + '00000002' + '0005504c41494e' + '0003466f6f'],
  [saslAuthenticateV1, '003a' + '00026e6f' + '00000004deadbeef' + '0000000000001388'],
  [heartbeatV3, '00000000' + '001b'],
  [syncGroupV3, '00000000' + '0000' + '00000003aabbcc'],
  [joinGroupV9, '00' + '00000000' + '0000' + '00000002' + '00' + '0672616e6765' + '026c' + '00' + '026d' + '02' + '026d' + '00' + '03aabb' + '00' + '00'], // prettier-ignore
  [findCoordinatorV2, '00000000' + '0000' + 'ffff' + '00000001' + '000168' + '00002384'],
  [metadataV8, '00000000' + '00000001' + '00000001' + '000168' + '00002384' + 'ffff' + 'ffff' + '00000001' + '00000001' + '0000' + '000174' + '00' + '00000001' + '0000' + '00000000' + '00000001' + '00000003' + '00000001' + '00000001' + '00000000' + '00000000' + '80000000' + '80000000'], // prettier-ignore
  [metadataV12, '00' + '00000000' + '02' + '00000001' + '0268' + '00002384' + '00' + '00' + '00' + '00000001' + '02' + '0000' + '0274' + '00112233445566778899aabbccddeeff' + '00' + '02' + '0000' + '00000000' + '00000001' + '00000003' + '02' + '00000001' + '01' + '01' + '00' + '80000000' + '00' + '00'], // prettier-ignore
  [offsetFetchV7, '00' + '00000000' + '02' + '0274' + '02' + '00000000' + '0000000000000007' + '00000001' + '0161' + '0000' + '00' + '00' + '0000' + '00'], // prettier-ignore
  [fetchV11, '00000000' + '0000' + '00000001' + '00000001' + '000174' + '00000001' + '00000000' + '0000' + '0000000000000009' + '0000000000000009' + '0000000000000000' + '00000001' + '0000000000000001' + '0000000000000002' + 'ffffffff' + '00000003aabbcc'] // prettier-ignore
]

describe('an answer', () => {
  it.each(answers.map(([api, bytes]) => [`${api.name} v${String(api.version)}`, api, bytes] as const))(
    'to %s is read, or refused, whatever of it is changed',
    (_name, api, bytes) => {
      const good = Buffer.from(bytes, 'hex')
      api.read(new ResponseReader(good))
      const random = seededRandom(15)
      const pick = (below: number): number => Math.floor(random() * below)
      for (let trial = 0; trial < 10_000; trial++) {
        const changed = Buffer.from(good.subarray(0, pick(4) === 0 ? pick(good.length) : good.length))
        for (let change = 1 + pick(3); change > 0 && changed.length > 0; change--)
          changed[pick(changed.length)] = [0, 0x7f, 0x80, 0xff, pick(256)][pick(5)] ?? 0
        try {
          api.read(new ResponseReader(changed))
        } catch (error) {
          if (!(error instanceof ResponseError)) throw error
        }
      }
    }
  )
})
