import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { FrameReader } from '../../src/sources/kafka/network/frame-reader.js'
import type { Api } from '../../src/sources/kafka/protocol/api.js'
import { fetch } from '../../src/sources/kafka/protocol/fetch.js'
import type { Fields } from '../../src/sources/kafka/protocol/message.js'
import { messageCodec } from '../../src/sources/kafka/protocol/message-codec.js'
import { produce } from '../../src/sources/kafka/protocol/produce.js'
import { RequestWriter } from '../../src/sources/kafka/protocol/request-writer.js'
import { ResponseError, ResponseReader } from '../../src/sources/kafka/protocol/response-reader.js'
import type { Versions } from '../../src/sources/kafka/protocol/versions.js'
import { anyMessage, anythingAsked, describedApis, eachVersion } from '../support/described-apis.js'
import { fetchDescription, produceDescription } from '../support/described-hot-paths.js'

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
        const reader = new FrameReader(
          10_000,
          (frame) => (taken += frame.length),
          (reason) => reasons.push(reason)
        )
        reader.push(Buffer.from(bytes))
        expect(taken).toBeLessThanOrEqual(bytes.length)
        expect(reader.room.length).toBeLessThanOrEqual(16_384)
      })
    )
  })
})

interface Answered {
  readonly name: string
  readonly version: number
  readonly good: readonly Buffer[]
  readonly read: (reader: ResponseReader) => unknown
}

/** Some answers that are right, of several of everything. */
const answered = <Request>(
  { name, flexibleFrom, read }: Pick<Api<Request, unknown>, 'name' | 'flexibleFrom' | 'read'>,
  versions: Versions,
  response: Fields,
  request: Request
): readonly Answered[] =>
  eachVersion(versions).map((version) => ({
    name,
    version,
    good: fc.sample(anyMessage(response, version), { numRuns: 5, seed: version }).map((message) => {
      const writer = new RequestWriter()
      messageCodec(response, version, version >= flexibleFrom).write(writer, message)
      return Buffer.concat(writer.parts())
    }),
    read: (reader) => read(reader, version, request)
  }))

const hot = fetch((id) => id)
const answers = [
  ...describedApis.flatMap((api) => answered(api, api.versions, api.response, anythingAsked as never)),
  ...answered(hot, hot.versions, fetchDescription.response, undefined as never),
  ...answered(produce, produce.versions, produceDescription.response, anythingAsked as never)
]

describe('an answer', () => {
  it.each(answers.map((one) => [one.name, one.version, one] as const))(
    'to %s v%d is read, or refused, whatever of it is changed',
    (_name, _version, { good, read }) => {
      for (const bytes of good) read(new ResponseReader(bytes))
      const random = seededRandom(15)
      const pick = (below: number): number => Math.floor(random() * below)
      for (let trial = 0; trial < 2_000; trial++) {
        const whole = good[pick(good.length)] ?? Buffer.alloc(0)
        const changed = Buffer.from(whole.subarray(0, pick(4) === 0 ? pick(whole.length) : whole.length))
        for (let change = 1 + pick(3); change > 0 && changed.length > 0; change--)
          changed[pick(changed.length)] = [0, 0x7f, 0x80, 0xff, pick(256)][pick(5)] ?? 0
        try {
          read(new ResponseReader(changed))
        } catch (error) {
          if (!(error instanceof ResponseError)) throw error
        }
      }
    }
  )
})
