import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ack,
  ConsumerError,
  type ConsumerRecord,
  deserialize,
  handle,
  utf8,
  type WithValue
} from '../../../src/index.js'
import { writeNdjsonFiles, type WriteNdjsonFilesOptions } from '../../../src/ndjson.js'
import { NdjsonPartitionFile } from '../../../src/sinks/ndjson-partition-file.js'
import { NdjsonPartitionFiles } from '../../../src/sinks/ndjson-partition-files.js'
import { lastPosition, positionLine } from '../../../src/sinks/ndjson-position.js'
import { sinkContract, testPartition, type TestPartition } from '../../../src/testing.js'
import { collect, type Collected, until } from '../../support/collect.js'
import { VirtualClock } from '../../support/virtual-clock.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ackstream-ndjson-files-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

type Text = WithValue<ConsumerRecord, string>
type Options = WriteNdjsonFilesOptions<Text>

const piped = (partition: TestPartition, options: Options = {}): Collected<unknown> =>
  collect(partition.stream.pipe(deserialize({ value: utf8 }), writeNdjsonFiles<Text>(folder, options), ack()))

/** Writes values from an offset on, as a process does that ends in order, or is killed. */
const run = async (from: number, to: number, options: Options = {}, end: 'drained' | 'killed' = 'drained') => {
  const partition = testPartition({ topic: 'orders', offset: BigInt(from) })
  const { values, ended, subscription } = piped(partition, options)
  for (let at = from; at < to; at++) partition.deliver({ value: String(at) })
  await until(() => values.length === to - from, 'all are passed on')
  if (end === 'killed') subscription.unsubscribe()
  else {
    partition.drain()
    expect(await ended).toBe('complete')
  }
  // What was used by a process that is gone is closed.
  for (let turn = 0; turn < 5; turn++) await new Promise((go) => setImmediate(go))
}
const throwIt = (error: unknown): never => {
  throw error
}
const names = (): readonly string[] => readdirSync(folder).sort()
const read = (name: string): string => {
  const data = readFileSync(join(folder, name))
  return (name.includes('.gz') ? gunzipSync(data) : data).toString()
}
/** All lines of the partition, in the order of the names. */
const lines = (): readonly number[] =>
  names()
    .filter((name) => name.includes('.ndjson'))
    .flatMap((name) => read(name).split('\n').slice(0, -1))
    .map((line) => Number(JSON.parse(line)))
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at)
const padded = (offset: number): string => String(offset).padStart(20, '0')
const growing = (first: number, gz = ''): string => `orders-0-${padded(first)}.ndjson${gz}.open`
const finished = (first: number, last: number, gz = ''): string =>
  `orders-0-${padded(first)}-${padded(last)}.ndjson${gz}`

describe('writeNdjsonFiles', () => {
  it.each(sinkContract.filter(({ needs }) => needs !== 'failNext'))('as a sink: $name', ({ run: held }) =>
    held(() => {
      const own = mkdtempSync(join(tmpdir(), 'ackstream-ndjson-files-'))
      const textOf = ({ value }: ConsumerRecord): string => Buffer.from(value ?? []).toString()
      return {
        operator: ({ onFailure }) =>
          writeNdjsonFiles<ConsumerRecord>(own, {
            onFailure,
            rotate: { bytes: 300 },
            line: (record) => {
              if (textOf(record) === 'bad') throw new RangeError('not this one')
              return textOf(record)
            }
          }),
        written: () =>
          readdirSync(own)
            .filter((name) => name.includes('.ndjson'))
            .sort()
            .flatMap((name) => readFileSync(join(own, name), 'utf8').split('\n').slice(0, -1))
            .map((line) => JSON.parse(line) as string),
        badValue: 'bad',
        close: () => {
          rmSync(own, { recursive: true, force: true })
        }
      }
    })
  )

  it.each([false, true])(
    'rotates by size, into files with whole lines and their offsets in the name (gzip: %s)',
    async (gzip) => {
      const gz = gzip ? '.gz' : ''
      await run(0, 10, { records: 2, rotate: { bytes: 1 }, gzip })
      await run(10, 20, { records: 5, gzip })
      expect(names()).toEqual(
        [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10, 19]].map(([first = 0, last = 0]) => finished(first, last, gz)).concat('orders-0.position') // prettier-ignore
      )
      expect(lines()).toEqual(upTo(20))
      expect(read('orders-0.position')).toBe('20 20 0\n')
      expect(statSync(join(folder, finished(0, 1, gz))).mode & 0o777).toBe(0o600)
    }
  )

  it('rotates by time, also if no record comes any more', async () => {
    const clock = new VirtualClock()
    const partition = testPartition({ topic: 'orders', clock })
    const { values, subscription } = piped(partition, { rotate: { withinMs: 1_000 } })
    for (const value of ['0', '1', '2']) partition.deliver({ value })
    while (values.length < 3) {
      clock.advance(0)
      await new Promise((go) => setImmediate(go))
    }
    clock.advance(999)
    expect(names()).toEqual([growing(0), 'orders-0.position'])
    clock.advance(1)
    await until(() => names()[0] === finished(0, 2), 'it has its final name')
    subscription.unsubscribe()
  })

  it.each([false, true])('writes no line twice after a kill, and goes on in the same file (gzip: %s)', async (gzip) => {
    const gz = gzip ? '.gz' : ''
    await run(0, 7, { records: 3, gzip }, 'killed')
    expect(names()).toEqual([growing(0, gz), 'orders-0.position'])
    // Nothing was committed: the same records come again, and more.
    await run(0, 12, { records: 5, gzip }, 'killed')
    expect(names()).toEqual([growing(0, gz), 'orders-0.position'])
    await run(4, 15, { gzip })
    expect(names()).toEqual([finished(0, 14, gz), 'orders-0.position'])
    expect(lines()).toEqual(upTo(15))
  })

  it.each([false, true])(
    'finishes what it wrote before `gzip` was changed, and loses none of it (gzip: %s)',
    async (gzip) => {
      const [before, after] = gzip ? ['.gz', ''] : ['', '.gz']
      await run(0, 5, { gzip }, 'killed')
      appendFileSync(join(folder, growing(0, before)), 'not acknowledged')
      writeFileSync(join(folder, growing(5, before)), 'of no position')
      // These were committed: only what follows comes.
      await run(5, 8, { gzip: !gzip }, 'killed')
      expect(names()).toEqual([finished(0, 4, before), growing(5, after), 'orders-0.position'])
      await run(8, 9, { gzip: !gzip })
      expect(names()).toEqual([finished(0, 4, before), finished(5, 8, after), 'orders-0.position'])
      expect(lines()).toEqual(upTo(9))
    }
  )

  it('rotates by time what a killed process left: nobody knows its age, so it is finished at once', async () => {
    await run(0, 3, {}, 'killed')
    await run(0, 3, { rotate: { withinMs: 2 ** 30 } }, 'killed')
    expect(names()).toEqual([finished(0, 2), 'orders-0.position'])
    await run(3, 5, { rotate: { withinMs: 2 ** 30 } }, 'killed')
    expect(names()).toEqual([finished(0, 2), growing(3), 'orders-0.position'])
  })

  it('does not end the process if a file cannot be closed: its lines are on the disk', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', note)
    const partition = testPartition({ topic: 'orders' })
    const { values, subscription } = piped(partition)
    partition.deliver({ value: '0' })
    await until(() => values.length === 1, 'it is passed on')
    const closing = vi.spyOn(NdjsonPartitionFile.prototype, 'close').mockRejectedValueOnce(new Error('EIO'))
    subscription.unsubscribe()
    await until(() => closing.mock.calls.length === 1, 'it is closed')
    for (let turn = 0; turn < 5; turn++) await new Promise((go) => setImmediate(go))
    process.off('unhandledRejection', note)
    await (closing.mock.contexts[0] as NdjsonPartitionFile | undefined)?.close()
    closing.mockRestore()
    expect(unhandled).toEqual([])
    await run(0, 3)
    expect(lines()).toEqual(upTo(3))
  })

  it('passes an aggregate on if all its records are there, and writes its line if one is new', async () => {
    const files = new NdjsonPartitionFiles(
      { folder, mode: 0o600, gzip: false, rotateBytes: 100, rotateMs: Infinity },
      throwIt
    )
    const write = (first: bigint, next: bigint): Promise<void> =>
      files.write({ topic: 'orders', partition: 0 }, null, [{ line: String(first), first, next }])
    await write(0n, 10n)
    await write(3n, 10n)
    await write(7n, 14n)
    await files.finishAll()
    files.release()
    expect(names()).toEqual([finished(0, 13), 'orders-0.position'])
    expect(lines()).toEqual([0, 7])
  })

  it('opens no file and starts no timer once it is unsubscribed', async () => {
    const clock = new VirtualClock()
    const schedule = vi.spyOn(clock, 'schedule')
    const files = new NdjsonPartitionFiles(
      { folder, mode: 0o600, gzip: false, rotateBytes: 100, rotateMs: 1_000 },
      throwIt
    )
    const write = (partition: number): Promise<void> =>
      files.write({ topic: 'orders', partition }, { clock, beforeEnd: () => () => undefined }, [
        { line: '0', first: 0n, next: 1n }
      ])
    const begun = write(0)
    files.release()
    await begun
    await write(1)
    expect(names()).toEqual([growing(0), 'orders-0.position'])
    expect(schedule).not.toHaveBeenCalled()
  })

  it('cuts off what was not acknowledged: a torn line, whole lines, a torn position, a file without one', async () => {
    await run(0, 5, {}, 'killed')
    appendFileSync(join(folder, growing(0)), '"5"\n"6"\n"to')
    appendFileSync(join(folder, 'orders-0.position'), '0 7 2')
    writeFileSync(join(folder, growing(9)), '"9"\n')
    writeFileSync(join(folder, `orders-0-extra.open`), 'of somebody else')
    await run(0, 8)
    expect(names()).toEqual([finished(0, 7), 'orders-0-extra.open', 'orders-0.position'])
    expect(read(finished(0, 7))).toBe(upTo(8).map((n) => `"${String(n)}"\n`).join('')) // prettier-ignore
  })

  it('goes on if it was killed between the rename and the new position, whether the file is still there or not', async () => {
    await run(0, 5)
    writeFileSync(join(folder, 'orders-0.position'), '0 5 20\n')
    await run(0, 8)
    expect(names()).toEqual([finished(0, 4), finished(5, 7), 'orders-0.position'])
    for (const name of names()) if (name.includes('.ndjson')) rmSync(join(folder, name))
    writeFileSync(join(folder, 'orders-0.position'), '5 8 12\n')
    await run(0, 9)
    expect(names()).toEqual([finished(8, 8), 'orders-0.position'])
  })

  it('refuses to go on in a file that has lost lines, and to rename over another', async () => {
    await run(0, 5, {}, 'killed')
    writeFileSync(join(folder, growing(0)), '"0"\n')
    const partition = testPartition({ topic: 'orders' })
    const shrunk = piped(partition)
    partition.deliver({ value: '0' })
    expect(String(await shrunk.ended)).toContain('lost lines')
    rmSync(join(folder, growing(0)))
    rmSync(join(folder, 'orders-0.position'))
    writeFileSync(join(folder, finished(0, 0)), 'older')
    const again = testPartition({ topic: 'orders' })
    const over = piped(again)
    again.deliver({ value: '0' })
    again.drain()
    expect(String(await over.ended)).toContain('exists already')
    expect(read(finished(0, 0))).toBe('older')
  })

  it('keeps partitions apart, whose names begin alike', async () => {
    const places = [['a', 1], ['a-1', 1], ['a', 11]] as const // prettier-ignore
    for (const [topic, partition] of places) {
      const one = testPartition({ topic, partition })
      const { ended } = piped(one)
      one.deliver({ value: '0' })
      one.drain()
      expect(await ended).toBe('complete')
    }
    expect(names().filter((name) => name.endsWith('.ndjson'))).toEqual(
      ['a-1', 'a-1-1', 'a-11'].map((prefix) => `${prefix}-${padded(0)}-${padded(0)}.ndjson`)
    )
  })

  it('errors if a record was overtaken, which an offset would pass over', async () => {
    const partition = testPartition({ topic: 'orders' })
    const { ended } = collect(
      partition.stream.pipe(
        handle(({ offset }) => (offset === 0n ? new Promise((go) => setTimeout(go, 50)) : undefined), { concurrency: 4, order: 'none' }), // prettier-ignore
        writeNdjsonFiles(folder, { line: () => 1 }),
        ack()
      )
    )
    partition.deliver({ value: 'a' })
    partition.deliver({ value: 'b' })
    partition.drain()
    const error = await ended
    expect(error).toBeInstanceOf(ConsumerError)
    expect(String(error)).toContain('out of order')
    expect(names()).toEqual([])
  })

  it('errors if the folder is none', async () => {
    writeFileSync(join(folder, 'file'), 'no folder')
    const partition = testPartition({ topic: 'orders' })
    const { ended } = collect(partition.stream.pipe(writeNdjsonFiles(join(folder, 'file'), { line: () => 1 }), ack()))
    partition.deliver({ value: '0' })
    expect(await ended).toBeInstanceOf(ConsumerError)
    expect(partition.acked).toEqual([])
    expect(names()).toEqual(['file'])
  })
})

describe('a position', () => {
  it('is that of the last whole line', () => {
    const one = { first: 2n ** 60n, next: 2n ** 60n + 5n, bytes: 40 }
    const two = { ...one, next: 2n ** 60n + 9n, bytes: 80 }
    expect(lastPosition(positionLine(one) + positionLine(two))).toEqual(two)
    expect(lastPosition(`${positionLine(one)}12 1`)).toEqual(one)
    expect(lastPosition('12 13 1')).toBeNull()
    expect(lastPosition('')).toBeNull()
  })
})
