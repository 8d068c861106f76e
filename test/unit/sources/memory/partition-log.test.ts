import { left } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../src/core/records/crc32c.js'
import { PartitionLog } from '../../../../src/sources/memory/partition-log.js'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { encodeBatch, type RecordToEncode } from '../../../../src/core/records/encode-batch.js'
import { recordRun } from '../../../../src/core/records/record-run.js'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (value: Uint8Array | null): string | null => (value === null ? null : new TextDecoder().decode(value))
const everything = Number.MAX_SAFE_INTEGER

const record = (value: string, key: string | null = null, timestamp = 0): RecordToEncode => ({
  timestamp,
  key: key === null ? null : bytes(key),
  value: bytes(value),
  headers: []
})

/** Each argument becomes a batch of its own. */
const logOf = (...batches: readonly (readonly RecordToEncode[])[]): PartitionLog => {
  const log = new PartitionLog()
  for (const batch of batches) log.append(batch)
  return log
}

/** A log of `count` batches of one record each, all of the same size. */
const singles = (count: number): PartitionLog =>
  logOf(...Array.from({ length: count }, (_, index) => [record(`v${String(index)}`)]))

const sizeOf = (log: PartitionLog, batch: bigint): number => log.read(batch, 0, log.logEnd).bytes.length

/** The offsets of a read's records as a consumer sees them, and where it would go on. */
const consumed = (
  log: PartitionLog,
  how: { readonly from?: bigint; readonly maxBytes?: number; readonly isolation?: 'read_committed' } = {}
): { readonly offsets: readonly bigint[]; readonly next: bigint } => {
  const { from = 0n, maxBytes = everything, isolation = 'read_uncommitted' } = how
  const below = isolation === 'read_committed' ? log.lastStable : log.logEnd
  const read = log.read(from, maxBytes, below)
  const run = recordRun({
    topic: 't',
    partition: 0,
    fetchOffset: from,
    behindEpoch: -1,
    highWatermark: log.logEnd,
    bytes: read.bytes,
    aborted: read.aborted,
    isolation,
    checksum: crc32c,
    maxDecompressedBytes: everything,
    decompress: (codec) => left({ _tag: 'corrupt', reason: codec })
  })
  const offsets: bigint[] = []
  while (run.advance()) offsets.push(BigInt(run.offsetFrom({ base: 0n })))
  expect(run.fault).toBeNull()
  return { offsets, next: run.nextOffset }
}

describe('PartitionLog', () => {
  describe('append', () => {
    it('of nothing appends nothing, and opens no transaction', () => {
      const log = logOf([record('a')])
      expect([log.append([]), log.append([], 1n), log.logEnd, log.lastStable]).toEqual([1n, 1n, 1n, 1n])
      log.append([record('b')])
      expect(log.lastStable).toBe(2n)
      expect(log.read(1n, everything, log.logEnd).bytes.length).toBe(sizeOf(log, 1n))
    })

    it('gives each record the next offset, across batches', () => {
      const log = new PartitionLog()
      expect([log.append([record('a'), record('b')]), log.append([record('c')])]).toEqual([0n, 2n])
      expect([log.logStart, log.logEnd, log.lastStable]).toEqual([0n, 3n, 3n])
      expect(log.records().map(({ offset, value }) => [offset, text(value)])).toEqual([
        [0n, 'a'],
        [1n, 'b'],
        [2n, 'c']
      ])
    })

    it('keeps null keys and values, headers and timestamps as they were given', () => {
      const given = { timestamp: 7, key: null, value: null, headers: [{ name: 'h', value: null }] }
      expect(logOf([given]).records()).toEqual([{ ...given, offset: 0n }])
    })
  })

  describe('read', () => {
    it('begins with the batch that holds the offset, since batches are never cut', () => {
      const log = logOf([record('a')], [record('b'), record('c')], [record('d')])
      const whole = log.read(1n, everything, log.logEnd).bytes
      expect(log.read(2n, everything, log.logEnd).bytes).toEqual(whole)
      expect(consumed(log, { from: 2n })).toEqual({ offsets: [2n, 3n], next: 4n })
    })

    it.each([
      { of: 'nothing', batches: 0, extra: 0, given: [0n] },
      { of: 'one byte less than two batches', batches: 2, extra: -1, given: [0n] },
      { of: 'exactly two batches', batches: 2, extra: 0, given: [0n, 1n] },
      { of: 'one byte less than three', batches: 3, extra: -1, given: [0n, 1n] },
      { of: 'more than there is', batches: 9, extra: 0, given: [0n, 1n, 2n, 3n] }
    ])('gives as many whole batches as a limit of $of lets in, the first in any case', ({ batches, extra, given }) => {
      const log = singles(4)
      const maxBytes = batches * sizeOf(log, 0n) + extra
      expect(consumed(log, { maxBytes }).offsets).toEqual(given)
    })

    it('gives nothing at the end', () => {
      expect(singles(2).read(2n, everything, 2n)).toEqual({ bytes: new Uint8Array(0), aborted: [] })
    })

    it('gives no batch that begins at or above `below`', () => {
      const log = singles(4)
      expect(log.read(0n, everything, 2n).bytes.length).toBe(2 * sizeOf(log, 0n))
    })
  })

  describe('offsetAt', () => {
    const log = logOf([record('a', null, 10), record('b', null, 30)], [record('c', null, 20), record('d', null, 40)])

    it.each([
      { timestamp: 0, offset: 0n },
      { timestamp: 10, offset: 0n },
      { timestamp: 11, offset: 1n },
      { timestamp: 31, offset: 3n },
      { timestamp: 40, offset: 3n },
      { timestamp: 41, offset: null }
    ])('finds the first record in the log that is not before $timestamp', ({ timestamp, offset }) => {
      expect(log.offsetAt(timestamp)).toBe(offset)
    })

    it('looks past markers and what retention has taken', () => {
      const short = new PartitionLog()
      short.append([record('a', null, 10), record('b', null, 10)], 1n)
      short.endTransaction(1n, 'commit', 50)
      short.deleteBefore(1n)
      expect([short.offsetAt(10), short.offsetAt(11)]).toEqual([1n, null])
    })
  })

  describe('deleteBefore', () => {
    it('moves the start and takes the records below it away, of a shared batch too', () => {
      const log = logOf([record('a'), record('b')], [record('c')])
      log.deleteBefore(1n)
      expect([log.logStart, log.logEnd]).toEqual([1n, 3n])
      expect(log.records().map(({ offset }) => offset)).toEqual([1n, 2n])
    })

    it('still hands out the whole batch in which the start lies', () => {
      const log = logOf([record('a'), record('b')], [record('c')])
      const before = log.read(0n, everything, log.logEnd).bytes
      log.deleteBefore(1n)
      expect(log.read(1n, everything, log.logEnd).bytes).toEqual(before)
    })

    it('never moves the start back, and never past the end', () => {
      const log = singles(3)
      log.deleteBefore(2n)
      log.deleteBefore(1n)
      expect(log.logStart).toBe(2n)
      log.deleteBefore(99n)
      expect([log.logStart, log.logEnd, log.records().length]).toEqual([3n, 3n, 0])
      expect(log.append([record('next')])).toBe(3n)
    })
  })

  describe('compact', () => {
    it('keeps the last record of each key where it was', () => {
      const log = logOf([record('1', 'a'), record('2', 'b')], [record('3', 'a')])
      log.compact()
      expect(log.records().map(({ offset, value }) => [offset, text(value)])).toEqual([
        [1n, '2'],
        [2n, '3']
      ])
      expect(log.logEnd).toBe(3n)
    })

    it('leaves a gap that a reader steps over, also where the last records of a batch are gone', () => {
      const log = logOf([record('1', 'a'), record('2', 'b'), record('3', 'c')], [record('4', 'b'), record('5', 'c')])
      log.compact()
      expect(consumed(log)).toEqual({ offsets: [0n, 3n, 4n], next: 5n })
      expect(consumed(log, { from: 1n, maxBytes: 0 })).toEqual({ offsets: [], next: 3n })
    })

    it('leaves an emptied batch in place, so that a reader gets past it', () => {
      const log = logOf([record('1', 'a')], [record('2', 'a')])
      log.compact()
      expect(consumed(log, { maxBytes: 0 })).toEqual({ offsets: [], next: 1n })
    })

    it('tells an empty key from no key, and keeps what has none', () => {
      const log = logOf([record('1', ''), record('2'), record('3'), record('4', '')])
      log.compact()
      expect(log.records().map(({ offset }) => offset)).toEqual([1n, 2n, 3n])
    })

    it('changes nothing the second time', () => {
      const log = logOf([record('1', 'a'), record('2', 'a')], [record('3', 'b')])
      log.compact()
      const once = log.read(0n, everything, log.logEnd)
      log.compact()
      expect(log.read(0n, everything, log.logEnd)).toEqual(once)
    })

    it('keeps an aborted transaction recognizable', () => {
      const log = new PartitionLog()
      log.append([record('1', 'a'), record('2', 'a')], 7n)
      log.endTransaction(7n, 'abort', 0)
      log.compact()
      expect(consumed(log, { isolation: 'read_committed' })).toEqual({ offsets: [], next: 3n })
    })
  })

  describe('mark', () => {
    const sent = (epoch: number, sequence: number): Uint8Array =>
      encodeBatch({
        baseOffset: 0n,
        producerId: 7n,
        producerEpoch: epoch,
        baseSequence: sequence,
        records: [record('x')]
      })

    it('keeps out what was sent before it, also where nothing was written', () => {
      const log = new PartitionLog()
      log.mark({ producerId: 7n, epoch: 1 }, 'abort', 0)
      expect(log.appendBatch(sent(0, 0)).code).toBe(code.INVALID_PRODUCER_EPOCH)
      expect(log.appendBatch(sent(1, 1)).code).toBe(code.OUT_OF_ORDER_SEQUENCE_NUMBER)
      expect(log.appendBatch(sent(1, 0))).toMatchObject({ code: code.NONE, baseOffset: 1n })
    })

    it('still does when another replica leads, unless it was cut off', () => {
      const log = new PartitionLog()
      log.appendBatch(sent(0, 0))
      log.mark({ producerId: 7n, epoch: 1 }, 'commit', 0)
      log.electLeader(2n)
      expect(log.appendBatch(sent(0, 1)).code).toBe(code.INVALID_PRODUCER_EPOCH)
      log.electLeader(1n)
      expect(log.appendBatch(sent(0, 1)).code).toBe(code.NONE)
    })

    it('under the same epoch numbers go on', () => {
      const log = new PartitionLog()
      log.appendBatch(sent(0, 0))
      log.mark({ producerId: 7n, epoch: 0 }, 'commit', 0)
      expect(log.appendBatch(sent(0, 1)).code).toBe(code.NONE)
    })
  })

  describe('endTransaction', () => {
    it('holds the last stable offset at the earliest open transaction', () => {
      const log = singles(1)
      log.append([record('a')], 7n)
      log.append([record('b')])
      log.append([record('c')], 8n)
      expect(log.lastStable).toBe(1n)
      log.endTransaction(7n, 'commit', 0)
      expect(log.lastStable).toBe(3n)
      log.endTransaction(8n, 'abort', 0)
      expect([log.lastStable, log.logEnd]).toEqual([6n, 6n])
    })

    it('writes a marker that takes an offset and is no record', () => {
      const log = new PartitionLog()
      log.append([record('a')], 7n)
      log.endTransaction(7n, 'commit', 0)
      expect([log.logEnd, log.records().length]).toEqual([2n, 1])
      expect(consumed(log)).toEqual({ offsets: [0n], next: 2n })
    })

    it('does nothing for a producer without a transaction', () => {
      const log = singles(1)
      log.endTransaction(7n, 'abort', 0)
      expect(log.logEnd).toBe(1n)
    })

    it('shows aborted records only to those who read uncommitted ones', () => {
      const log = new PartitionLog()
      log.append([record('a')], 7n)
      log.append([record('b')])
      log.append([record('c')], 7n)
      log.endTransaction(7n, 'abort', 0)
      log.append([record('d')], 7n)
      log.endTransaction(7n, 'commit', 0)
      expect(consumed(log, { isolation: 'read_committed' })).toEqual({ offsets: [1n, 4n], next: 6n })
      expect(consumed(log).offsets).toEqual([0n, 1n, 2n, 4n])
    })

    it('names the aborted transactions of what is read, and no others', () => {
      const log = new PartitionLog()
      for (const producer of [7n, 8n]) {
        log.append([record('x')], producer)
        log.endTransaction(producer, 'abort', 0)
      }
      const first = { producerId: 7n, firstOffset: 0n }
      const second = { producerId: 8n, firstOffset: 2n }
      expect(log.read(0n, everything, log.logEnd).aborted).toEqual([first, second])
      expect(log.read(0n, 0, log.logEnd).aborted).toEqual([first])
      expect(log.read(1n, 0, log.logEnd).aborted).toEqual([first])
      expect(log.read(2n, everything, log.logEnd).aborted).toEqual([second])
    })

    it('gives those who read committed records nothing of an open transaction', () => {
      const log = singles(1)
      log.append([record('a')], 7n)
      log.append([record('b')])
      expect(consumed(log, { isolation: 'read_committed' })).toEqual({ offsets: [0n], next: 1n })
    })
  })
})
