import { expect, it } from 'vitest'
import { otlpMetrics } from '../../../../src/core/telemetry/otlp-metrics.js'

type Decoded = readonly (readonly [field: number, content: Buffer | bigint])[]

/** A protobuf message, a level deep. */
const decoded = (bytes: Uint8Array): Decoded => {
  const buffer = Buffer.from(bytes)
  const fields: (readonly [number, Buffer | bigint])[] = []
  let at = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = buffer.readUInt8(at++)
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
  }
  while (at < buffer.length) {
    const key = varint()
    const wire = key & 7
    if (wire === 0) fields.push([key >> 3, BigInt(varint())])
    else {
      const length = wire === 1 ? 8 : varint()
      fields.push([key >> 3, buffer.subarray(at, at + length)])
      at += length
    }
  }
  return fields
}

const inside = (message: Decoded, ...path: readonly number[]): Decoded =>
  path.reduce((within, number) => decoded(within.find(([field]) => field === number)?.[1] as Buffer), message)
const content = (message: Decoded, number: number): Buffer | bigint | undefined =>
  message.find(([field]) => field === number)?.[1]

it('writes what OpenTelemetry’s MetricsData says', () => {
  const long = 'x'.repeat(300)
  const bytes = otlpMetrics(
    { group_id: long },
    [
      { name: 'counted', type: 'counter', value: 3.5, labels: {} },
      { name: 'seen', type: 'gauge', value: -1, labels: { node_id: '7' } }
    ],
    { from: 1_000, to: 2_000 },
    true
  )
  const resourceMetrics = inside(decoded(bytes), 1)
  const attribute = inside(resourceMetrics, 1, 1)
  expect([String(content(attribute, 1)), String(content(inside(attribute, 2), 1))]).toEqual(['group_id', long])
  const metrics = inside(resourceMetrics, 2).flatMap(([field, metric]) =>
    field === 2 ? [decoded(metric as Buffer)] : []
  )
  const [sum = [], gauge = []] = metrics
  expect([String(content(sum, 1)), String(content(gauge, 1))]).toEqual(['counted', 'seen'])
  expect([content(inside(sum, 7), 2), content(inside(sum, 7), 3)]).toEqual([1n, 1n])
  const counted = inside(sum, 7, 1)
  expect((content(counted, 2) as Buffer).readBigUInt64LE()).toBe(1_000_000_000n)
  expect((content(counted, 3) as Buffer).readBigUInt64LE()).toBe(2_000_000_000n)
  expect((content(counted, 4) as Buffer).readDoubleLE()).toBe(3.5)
  const seen = inside(gauge, 5, 1)
  expect([(content(seen, 4) as Buffer).readDoubleLE(), content(seen, 2)]).toEqual([-1, undefined])
  expect([String(content(inside(seen, 7), 1)), String(content(inside(seen, 7, 2), 1))]).toEqual(['node_id', '7'])
})

it('says that counters are cumulative, unless delta temporality is requested', () => {
  const metrics = [{ name: 'counted', type: 'counter', value: 1, labels: {} }] as const
  const sum = inside(decoded(otlpMetrics({}, metrics, { from: 0, to: 1 }, false)), 1, 2, 2, 7)
  expect(content(sum, 2)).toBe(2n)
})
