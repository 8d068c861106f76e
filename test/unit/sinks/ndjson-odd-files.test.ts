import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ack, ConsumerError, type ConsumerRecord, describeFault } from '../../../src/index.js'
import { writeNdjson, writeNdjsonFiles } from '../../../src/ndjson.js'
import { testPartition } from '../../../src/testing.js'
import { collect, until } from '../../support/collect.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ackstream-ndjson-odd-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
})
const line = ({ offset }: ConsumerRecord): number => Number(offset)
const reasonOf = (end: unknown): string => (end instanceof ConsumerError ? describeFault(end.fault) : String(end))

describe('writeNdjson, while another program', () => {
  const opened = async (path: string) => {
    const partition = testPartition()
    const { values, ended, subscription } = collect(partition.stream.pipe(writeNdjson(path, { line }), ack()))
    const write = async (): Promise<void> => {
      const before = values.length
      partition.deliver({ value: 'x' })
      await until(() => values.length > before, 'it is passed on')
    }
    await write()
    return { partition, values, ended, subscription, write }
  }

  it('renames its file, goes on in a new one', async () => {
    const path = join(folder, 'lines.ndjson')
    const { write, subscription } = await opened(path)
    renameSync(path, join(folder, 'rotated.ndjson'))
    await write()
    await write()
    subscription.unsubscribe()
    const lines = ['rotated.ndjson', 'lines.ndjson'].map((name) => readFileSync(join(folder, name), 'utf8'))
    expect(lines.join('')).toBe('0\n1\n2\n')
  })

  it('removes its file, writes what is not acknowledged to a new one', async () => {
    const path = join(folder, 'lines.ndjson')
    const { write, subscription } = await opened(path)
    unlinkSync(path)
    await write()
    await write()
    subscription.unsubscribe()
    expect(readFileSync(path, 'utf8')).toBe('1\n2\n')
  })

  it('puts another file in its place, acknowledges no line that nobody finds', async () => {
    const path = join(folder, 'lines.ndjson')
    const { write, subscription } = await opened(path)
    const other = join(folder, 'other')
    writeFileSync(other, '{"theirs":1}\n')
    renameSync(other, path)
    await write()
    subscription.unsubscribe()
    expect(readFileSync(path, 'utf8')).toBe('{"theirs":1}\n1\n')
  })

  it('removes its folder, errors', async () => {
    const inner = join(folder, 'inner')
    mkdirSync(inner)
    const { partition, ended, values } = await opened(join(inner, 'lines.ndjson'))
    rmSync(inner, { recursive: true })
    partition.deliver({ value: 'x' })
    expect(reasonOf(await ended)).toContain('ENOENT')
    expect(values).toHaveLength(1)
  })
})

describe('writeNdjsonFiles', () => {
  const run = (options = {}) => {
    const partition = testPartition({ topic: 'orders' })
    return { partition, ...collect(partition.stream.pipe(writeNdjsonFiles(folder, { line, ...options }), ack())) }
  }
  const growing = (): string => readdirSync(folder).find((name) => name.endsWith('.open')) ?? ''

  it.each([
    [
      'moved',
      (path: string) => {
        renameSync(path, `${path}.moved`)
      }
    ],
    ['removed', unlinkSync]
  ])('errors when its file is %s, before a record of it is passed on', async (_, harm) => {
    const { partition, values, ended } = run()
    partition.deliver({ value: 'x' })
    await until(() => values.length === 1, 'the first is on the disk')
    harm(join(folder, growing()))
    partition.deliver({ value: 'x' })
    expect(reasonOf(await ended)).toContain('another program has moved, replaced or removed')
    expect(values).toHaveLength(1)
  })

  it('follows no symbolic link where it replaces the position', async () => {
    const victim = join(folder, '..', `${folder.split('/').at(-1) ?? ''}-victim`)
    writeFileSync(victim, 'theirs')
    symlinkSync(victim, join(folder, 'orders-0.position.new'))
    const { partition, ended } = run()
    partition.deliver({ value: 'x' })
    expect(reasonOf(await ended)).toContain('ELOOP')
    expect(readFileSync(victim, 'utf8')).toBe('theirs')
    unlinkSync(victim)
  })

  it('writes nothing again where its position cannot be read', async () => {
    const position = join(folder, 'orders-0.position')
    writeFileSync(position, 'garbage\n')
    const { partition, ended, values } = run()
    partition.deliver({ value: 'x' })
    expect(reasonOf(await ended)).toContain('the position of the files cannot be read')
    expect([values.length, readFileSync(position, 'utf8'), existsSync(join(folder, growing() || 'none'))]).toEqual([0, 'garbage\n', false]) // prettier-ignore
  })

  it('takes no promise for a line', async () => {
    const { partition, ended } = run({ line: () => Promise.resolve(1) })
    partition.deliver({ value: 'x' })
    expect(reasonOf(await ended)).toContain('a line is a promise')
    expect(readdirSync(folder)).toEqual([])
  })
})
