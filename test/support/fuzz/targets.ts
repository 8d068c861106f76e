import fc from 'fast-check'
import { isLeft } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { compiled, json } from '../../../src/index.js'
import { assignors } from '../../../src/core/group/assignors/assignors.js'
import {
  decodeGeneration,
  decodeStickyUserData,
  encodeStickyUserData
} from '../../../src/core/group/assignors/sticky-user-data.js'
import { BadCompression } from '../../../src/core/compression/bounded-output.js'
import { zstdDecompress } from '../../../src/core/compression/zstd.js'
import { batchLayout } from '../../../src/core/records/batch-header.js'
import { encodeBatch } from '../../../src/core/records/encode-batch.js'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription
} from '../../../src/core/group/member-subscription.js'
import { printable } from '../../../src/model/printable.js'
import { decompress } from '../../../src/sources/kafka/decompress.js'
import { FrameReader } from '../../../src/sources/kafka/network/frame-reader.js'
import type { Api } from '../../../src/sources/kafka/protocol/api.js'
import { fetch } from '../../../src/sources/kafka/protocol/fetch.js'
import type { Fields } from '../../../src/sources/kafka/protocol/message.js'
import { messageCodec } from '../../../src/sources/kafka/protocol/message-codec.js'
import { produce } from '../../../src/sources/kafka/protocol/produce.js'
import { RequestWriter } from '../../../src/sources/kafka/protocol/request-writer.js'
import { ResponseError, ResponseReader } from '../../../src/sources/kafka/protocol/response-reader.js'
import { ScramClient } from '../../../src/sources/kafka/sasl/scram-client.js'
import { compressedBy } from '../compressed-cluster.js'
import { compressedForms } from '../compressed-forms.js'
import { anyMessage, anythingAsked, describedApis, eachVersion } from '../described-apis.js'
import { fetchDescription, produceDescription } from '../described-hot-paths.js'
import { nowhere, plainRecord, runOf } from '../record-runs.js'
import type { Pick } from './mutate.js'

/** Something that reads bytes from outside. */
export interface FuzzTarget {
  readonly name: string
  /** bytes that it can read, from which others are made */
  readonly good: readonly Uint8Array[]
  /** Reads them; throws what it should not, and nothing else. */
  readonly read: (bytes: Buffer, pick: Pick) => void
}

const must = (holds: boolean, what: string): void => {
  if (!holds) throw new Error(what)
}

/** Only an error of this kind may be thrown. */
const onlyThrows = (kind: new (...args: never[]) => Error, run: () => void): void => {
  try {
    run()
  } catch (error) {
    if (!(error instanceof kind)) throw error
  }
}

const answersOf = (api: Api<never, unknown>, response: Fields): readonly FuzzTarget[] =>
  eachVersion(api.versions).map((version) => ({
    name: `the answer to ${api.name} v${String(version)}`,
    good: fc.sample(anyMessage(response, version), { numRuns: 6, seed: version }).map((message) => {
      const writer = new RequestWriter()
      messageCodec(response, version, version >= api.flexibleFrom).write(writer, message)
      return Buffer.concat(writer.parts())
    }),
    read: (bytes) => {
      onlyThrows(ResponseError, () => {
        api.read(new ResponseReader(bytes), version, anythingAsked as never)
      })
    }
  }))

const answers = [
  ...describedApis.flatMap((api) => answersOf(api, api.response)),
  ...answersOf(
    fetch((id) => id),
    fetchDescription.response
  ),
  ...answersOf(produce, produceDescription.response)
]

const limit = 2 ** 20
const text = Buffer.from(
  Array.from({ length: 400 }, (_, index) => `order ${String((index * 7_919) % 911)} shipped, `).join('')
)
const codecs = ['gzip', 'snappy', 'lz4', 'zstd'] as const

const compressions: readonly FuzzTarget[] = codecs.map((codec) => ({
  name: `what is compressed by ${codec}`,
  good: [
    compressedBy(codec, text),
    compressedBy(codec, Buffer.alloc(100_000)),
    ...compressedForms.filter((form) => form.codec === codec).map(({ bytes }) => bytes)
  ],
  read: (bytes) => {
    const outcome = decompress(codec, bytes, limit)
    must(isLeft(outcome) || outcome.right.length <= limit, 'more than the limit')
    if (codec === 'zstd')
      onlyThrows(BadCompression, () => {
        must(zstdDecompress(bytes, limit).length <= limit, 'more than the limit')
      })
  }
}))

const header = { name: 'trace', value: Buffer.from('abc') }
const records = Array.from({ length: 12 }, (_, index) =>
  plainRecord(`value ${String(index)}`, { headers: index % 3 === 0 ? [header, { name: 'none', value: null }] : [] })
)
const numbers = { gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const
const batches = [
  encodeBatch({ baseOffset: 0n, records }),
  encodeBatch({ baseOffset: 0n, records, producerId: 7n, producerEpoch: 0, transactional: true }),
  ...codecs.map((codec) =>
    encodeBatch({
      baseOffset: 0n,
      records,
      compress: { codec: numbers[codec], run: (all) => compressedBy(codec, all) }
    })
  )
]

/** Checksums are not looked at: whoever lies makes them right. */
const recordBatches: FuzzTarget = {
  name: 'record batches',
  good: [...batches, Buffer.concat([batches[0] ?? '', encodeBatch({ baseOffset: 12n, records })] as Buffer[])],
  read: (bytes, pick) => {
    const isolation = pick(2) === 0 ? 'read_committed' : 'read_uncommitted'
    // Half of them with a length that is right, so that what is within is read.
    if (pick(2) === 0 && bytes.length > batchLayout.records) bytes.writeInt32BE(bytes.length - 12, batchLayout.length)
    const run = runOf(bytes, {
      checksum: null,
      decompress,
      maxDecompressedBytes: limit,
      isolation,
      highWatermark: 100n
    })
    let last = -1n
    while (run.advance()) {
      const record = run.record(nowhere, 0)
      must(record.offset > last, 'offsets that go back')
      last = record.offset
      const { key, value, headers } = record.detached()
      must((key?.length ?? -1) === (record.key?.length ?? -1), 'another key when it is kept')
      must((value?.length ?? -1) === (record.value?.length ?? -1), 'another value when it is kept')
      must(headers.length === record.headers.length, 'other headers when it is kept')
    }
    must(run.nextOffset >= 0n, 'a position before the log')
  }
}

const member = {
  topics: ['orders', 'refunds'],
  userData: null,
  owned: [{ topic: 'orders', partition: 1 }],
  generation: 4,
  rack: 'a'
}
const consumerProtocol: FuzzTarget = {
  name: 'what members of a group say',
  good: [
    encodeSubscription(member),
    encodeSubscription({ ...member, userData: encodeStickyUserData({ owned: member.owned, generation: 3 }) }),
    encodeAssignment(member.owned),
    encodeStickyUserData({ owned: member.owned, generation: 3 })
  ],
  read: (bytes, pick) => {
    decodeAssignment(bytes)
    decodeStickyUserData(bytes)
    decodeGeneration(bytes)
    const said = decodeSubscription(bytes)
    const members = [
      {
        memberId: 'a',
        groupInstanceId: null,
        ...(said ?? member),
        userData: pick(2) === 0 ? bytes : (said?.userData ?? null)
      },
      { memberId: 'b', groupInstanceId: null, ...member }
    ]
    const racks = Array.from({ length: 3 }, () => new Set(['a']))
    const all = Object.values(assignors)
    const assigned = all[pick(all.length)]?.assign(
      members,
      new Map([
        ['orders', racks],
        ['refunds', racks]
      ])
    )
    const places = [...(assigned?.values() ?? [])].flat().map(({ topic, partition }) => `${topic}/${String(partition)}`)
    must(new Set(places).size === places.length, 'a partition with two owners')
  }
}

interface Order {
  readonly id: number
  readonly lines?: readonly { readonly sku: string; readonly count: number }[]
  readonly parent?: Order | null
}
const order: t.Type<Order> = t.recursion('Order', () =>
  t.intersection([
    t.type({ id: t.number }),
    t.partial({ lines: t.readonlyArray(t.type({ sku: t.string, count: t.number })), parent: t.union([order, t.null]) })
  ])
)
const either = t.union([order, t.array(t.unknown), t.record(t.string, t.number), t.exact(t.type({ a: t.string }))])
const ordersOf = [json(order), json(either, { duplicateKeys: 'refuse' })]
const fast = compiled(either)
const texts = [
  '{"id":1,"lines":[{"sku":"a","count":2}],"parent":{"id":2,"parent":null}}',
  '[1,[2,[3]],{"a":"b"}]',
  '{"a":1,"b":2e9,"c":"\\u00e9\\ud83d"}'
]

const jsonTexts: FuzzTarget = {
  name: 'JSON, and compiled codecs',
  good: texts.map((one) => Buffer.from(one)),
  read: (bytes, pick) => {
    ordersOf[pick(2)]?.decode(bytes)
    let value: unknown
    try {
      value = JSON.parse(bytes.toString())
    } catch {
      return
    }
    must(fast.decode(value)._tag === either.decode(value)._tag, 'another outcome than io-ts’s')
  }
}

const frames: FuzzTarget = {
  name: 'frames, in slices',
  good: [
    Buffer.from('00000004aaaaaaaa0000000600000001abcd', 'hex'),
    Buffer.from('HTTP/1.1 400 Bad Request'),
    Buffer.from('15030100020246', 'hex')
  ],
  read: (bytes, pick) => {
    let taken = 0
    const over: string[] = []
    const reader = new FrameReader(
      10_000,
      (frame) => (taken += frame.length),
      () => over.push('bad')
    )
    for (let at = 0; at < bytes.length && over.length === 0;) {
      const part = bytes.subarray(at, at + 1 + pick(9))
      if (pick(2) === 0) {
        const copied = part.copy(reader.room)
        reader.filled(copied)
        at += Math.max(1, copied)
      } else {
        reader.push(part)
        at += part.length
      }
    }
    must(taken <= bytes.length, 'more than came')
  }
}

const words: FuzzTarget = {
  name: 'SCRAM, and texts that are printed',
  good: [
    Buffer.from('r=nonceSERVER,s=QSXCR+Q6sek8bf92,i=4096'),
    Buffer.from('e=other-error'),
    Buffer.from('\u001b[31m\u202eабв')
  ],
  read: (bytes) => {
    const said = bytes.toString()
    const client = new ScramClient('sha256', 'user', 'nonce')
    client.challenged(said)

    must(!/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.test(printable(said)), 'a control character')
  }
}

export const fuzzTargets: readonly FuzzTarget[] = [
  ...answers,
  ...compressions,
  recordBatches,
  consumerProtocol,
  jsonTexts,
  frames,
  words
]
