import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ack, ConsumerError, deadLetterTo, deserialize, exponential, utf8 } from '../../../src/index.js'
import { writeNdjson, writeNdjsonFiles } from '../../../src/ndjson.js'
import { useNdjsonFile } from '../../../src/sinks/ndjson-file.js'
import { testPartition, type TestPartition } from '../../../src/testing.js'
import { collect, type Collected, until } from '../../support/collect.js'

type Step = 'open' | 'append' | 'datasync' | 'rename'

/** The step that fails for now, and its code. A write to a full disk writes a half first. */
const disk = vi.hoisted(() => ({
  fails: null as null | { step: string; code: string },
  times: 0,
  /** called while a write that will fail is under way */
  during: (): void => undefined
}))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const check = (step: Step): void => {
    if (disk.fails?.step !== step) return
    disk.times++
    throw Object.assign(new Error(`${disk.fails.code}: of a test, ${step}`), { code: disk.fails.code })
  }
  const open = async (...given: Parameters<typeof real.open>): Promise<FileHandle> => {
    check('open')
    const handle = await real.open(...given)
    const { appendFile, datasync } = handle
    handle.appendFile = async (data) => {
      if (disk.fails?.step === 'append') {
        disk.during()
        const bytes = Buffer.from(data as string)
        await appendFile.call(handle, bytes.subarray(0, bytes.length / 2))
      }
      check('append')
      await appendFile.call(handle, data)
    }
    handle.datasync = async () => {
      check('datasync')
      await datasync.call(handle)
    }
    return handle
  }
  const rename: typeof real.rename = async (...given) => {
    check('rename')
    await real.rename(...given)
  }
  return { ...real, open, rename }
})

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ackstream-disk-'))
})
afterEach(() => {
  disk.fails = null
  disk.times = 0
  disk.during = () => undefined
  rmSync(folder, { recursive: true })
})

const remedies: readonly (readonly [code: string, step: Step, remedy: string])[] = [
  ['ENOSPC', 'append', 'make room on the disk'],
  ['ENOSPC', 'open', 'make room on the disk'],
  ['EDQUOT', 'append', 'raise the quota'],
  ['EROFS', 'open', 'mounted for reading only'],
  ['EACCES', 'open', 'may not write there'],
  ['EMFILE', 'open', 'ulimit -n'],
  ['EIO', 'datasync', 'the log of the system']
]

const deliver = (partition: TestPartition, from: number, to: number): void => {
  for (let at = from; at < to; at++) partition.deliver({ value: String(at) })
}
const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at)
const endOf = async ({ ended }: Collected<unknown>): Promise<ConsumerError> => {
  const end = await ended
  if (!(end instanceof ConsumerError)) throw new Error(`it ended with ${String(end)}`)
  return end
}

describe('writeNdjson, where the disk refuses a write', () => {
  const path = (): string => join(folder, 'lines.ndjson')
  const lines = (): readonly number[] =>
    readFileSync(path(), 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as number)
  const piped = (partition: TestPartition): Collected<unknown> =>
    collect(
      partition.stream.pipe(
        deserialize({ value: { decode: (bytes) => utf8.decode(bytes) } }),
        writeNdjson(path(), { line: ({ value }) => Number(value) }),
        ack()
      )
    )

  it.each(remedies)('says which file and what to do, and goes on when it can: %s at %s', async (code, step, remedy) => {
    // Another pipeline of the file has nothing to write: it keeps the file open.
    const idle = piped(testPartition({ partition: 1 }))
    const before = testPartition({ partition: 0 })
    if (step !== 'open') {
      const first = piped(before)
      deliver(before, 0, 2)
      await until(() => first.values.length === 2, 'two are passed on')
      first.subscription.unsubscribe()
    }
    const kept = step === 'open' ? 0 : 2
    disk.fails = { step, code }
    const partition = testPartition({ partition: 0, offset: BigInt(kept) })
    const failing = piped(partition)
    deliver(partition, kept, 5)
    const { fault, message } = await endOf(failing)
    expect(fault).toMatchObject({ _tag: 'SinkFault', sink: `the file ${path()}` })
    expect(message).toContain(code)
    expect(message).toContain(remedy)
    expect(failing.values).toEqual([])
    disk.fails = null
    const again = testPartition({ partition: 0, offset: BigInt(kept) })
    const going = piped(again)
    deliver(again, kept, 5)
    await until(() => going.values.length === 5 - kept, 'the rest is passed on')
    expect(lines()).toEqual(upTo(5))
    for (const { subscription } of [idle, going]) subscription.unsubscribe()
  })

  it('leaves whole lines only where the disk was full', async () => {
    const partition = testPartition()
    const first = piped(partition)
    deliver(partition, 0, 3)
    await until(() => first.values.length === 3, 'three are passed on')
    disk.fails = { step: 'append', code: 'ENOSPC' }
    deliver(partition, 3, 6)
    await endOf(first)
    expect(readFileSync(path(), 'utf8')).toBe('0\n1\n2\n')
    expect(readdirSync(folder)).toEqual(['lines.ndjson'])
  })
})

it('a file fails lines that came meanwhile too: those of the failed write come again', async () => {
  const { file, release } = useNdjsonFile(join(folder, 'lines.ndjson'), 0o600)
  const seen: string[] = []
  const append = (line: string): void => {
    const note = (what: string) => () => void seen.push(`${line} ${what}`)
    file.append({ line, written: note('written'), failed: note('failed'), torn: note('torn') })
  }
  disk.fails = { step: 'append', code: 'ENOSPC' }
  disk.during = () => {
    append('2')
  }
  append('1')
  await until(() => seen.length > 0, 'the first has an answer')
  disk.fails = null
  for (const line of ['1', '2']) append(line)
  await until(() => seen.length === 4, 'all have an answer')
  release()
  expect(seen).toEqual(['1 failed', '2 failed', '1 written', '2 written'])
  expect(readFileSync(join(folder, 'lines.ndjson'), 'utf8')).toBe('1\n2\n')
})

describe('writeNdjsonFiles, where the disk refuses a write', () => {
  const lines = (): readonly number[] =>
    readdirSync(folder)
      .filter((name) => name.includes('.ndjson'))
      .sort()
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n').slice(0, -1))
      .map((line) => Number(JSON.parse(line)))
  const letters: number[] = []
  const toLetters = deadLetterTo({
    write: ({ record }) => {
      letters.push(Number(record.offset))
    }
  })
  const piped = (partition: TestPartition, attempts = 1): Collected<unknown> =>
    collect(
      partition.stream.pipe(
        deserialize({ value: utf8 }),
        writeNdjsonFiles(folder, {
          rotate: { bytes: 15 },
          records: 2,
          retry: { attempts, backoff: exponential({ initialMs: 1, maxMs: 1 }) },
          onFailure: toLetters
        }),
        ack()
      )
    )

  it.each([...remedies, ['ENOSPC', 'rename', 'make room on the disk'] as const])(
    'gives up no record, says what to do, and goes on when it can: %s at %s',
    async (code, step, remedy) => {
      letters.length = 0
      disk.fails = { step, code }
      const partition = testPartition({ topic: 'orders' })
      const failing = piped(partition)
      deliver(partition, 0, 9)
      const { fault, message } = await endOf(failing)
      expect(fault).toMatchObject({ _tag: 'SinkFault' })
      expect(message).toContain(`orders/0 in ${folder}`)
      expect(message).toContain(code)
      expect(message).toContain(remedy)
      expect([failing.values, letters]).toEqual([[], []])
      disk.fails = null
      const again = testPartition({ topic: 'orders' })
      const going = piped(again)
      deliver(again, 0, 9)
      await until(() => going.values.length === 9, 'all are passed on')
      again.drain()
      expect(await going.ended).toBe('complete')
      expect([lines(), letters]).toEqual([upTo(9), []])
    }
  )

  it.each(remedies)('waits for room, if it may, and writes each line once: %s at %s', async (code, step) => {
    letters.length = 0
    const partition = testPartition({ topic: 'orders' })
    const going = piped(partition, Infinity)
    if (step !== 'open') {
      deliver(partition, 0, 3)
      await until(() => going.values.length === 3, 'three are passed on')
    }
    disk.fails = { step, code }
    deliver(partition, step === 'open' ? 0 : 3, 9)
    await until(() => disk.times > 3, 'it was tried some times')
    disk.fails = null
    await until(() => going.values.length === 9, 'all are passed on')
    partition.drain()
    expect(await going.ended).toBe('complete')
    expect([lines(), letters]).toEqual([upTo(9), []])
  })
})
