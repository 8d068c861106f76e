import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { map } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { useNdjsonFile } from '../../../src/sinks/ndjson-file.js'
import {
  ack,
  assign,
  consumer,
  ConsumerError,
  deserialize,
  eachPartition,
  mapValue,
  utf8,
  type ConsumerEvent,
  type ConsumerRecord
} from '../../../src/index.js'
import { writeNdjson } from '../../../src/ndjson.js'
import { memoryCluster } from '../../../src/testing.js'
import { collect, until } from '../../support/collect.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ackstream-ndjson-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Writes the values of a topic to the file and gives what came out behind it. */
const write = async (
  path: string,
  values: readonly string[],
  options: { readonly mode?: number } = {}
): Promise<{ passed: readonly unknown[]; ended: 'complete' | Error; events: readonly ConsumerEvent[] }> => {
  const cluster = memoryCluster({ topics: { t: 2 } })
  for (const value of values) cluster.produce('t', { value })
  const reader = consumer(cluster, {
    subscription: assign([0, 1].map((partition) => ({ topic: 't', partition, from: 'beginning' as const })))
  })
  const events: ConsumerEvent[] = []
  reader.events.subscribe((event) => events.push(event))
  const run = collect(
    reader.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          mapValue((text, record) => ({ text, offset: record.offset })),
          writeNdjson(path, options),
          ack<ConsumerRecord<unknown, { readonly text: string }>>(),
          map((record) => record.value.text)
        )
      )
    )
  )
  await Promise.race([until(() => run.values.length === values.length, 'all lines'), run.ended])
  await reader.close()
  return { passed: run.values, ended: await run.ended, events }
}
const linesOf = (path: string): readonly string[] =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { text: string }).text)
    .sort()

describe('writeNdjson', () => {
  it('passes a record on when its line is in the file, bigints and line breaks and all', async () => {
    const path = join(folder, 'out.ndjson')
    const values = ['a', 'two\nlines', '=cmd()', 'ü']
    const { passed } = await write(path, values)
    expect([...passed].sort()).toEqual([...values].sort())
    expect(linesOf(path)).toEqual([...values].sort())
    expect(readFileSync(path, 'utf8')).toContain('"offset":"0"')
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  it.each([
    ['behind a whole line', '{"text":"old"}\n', '{"text":"to', ['new', 'old']],
    ['alone', '', 'x'.repeat(200_000), ['new']],
    ['a number, which may be the beginning of another', '{"text":"old"}\n', '12', ['new', 'old']]
  ])('moves a torn last line aside, and says where to: %s', async (_where, whole, torn, lines) => {
    const path = join(folder, 'out.ndjson')
    writeFileSync(path, whole + torn)
    const { events } = await write(path, ['new'])
    expect(linesOf(path)).toEqual(lines)
    expect(readFileSync(`${path}.torn`, 'utf8')).toBe(`${torn}\n`)
    expect(events).toEqual([{ _tag: 'torn line', path, bytes: torn.length, movedTo: `${path}.torn` }])
  })

  it('keeps every torn line that it has found', async () => {
    const path = join(folder, 'out.ndjson')
    writeFileSync(path, '{"text":"on')
    await write(path, ['new'])
    appendFileSync(path, '{"text":"tw')
    await write(path, ['newer'])
    expect(readFileSync(`${path}.torn`, 'utf8')).toBe('{"text":"on\n{"text":"tw\n')
    expect(linesOf(path)).toEqual(['new', 'newer'])
  })

  it('gives a whole last line the line break that it lacks', async () => {
    const path = join(folder, 'out.ndjson')
    writeFileSync(path, '{"text":"older"}\n{"text":"old"}')
    const { events } = await write(path, ['new'])
    expect(linesOf(path)).toEqual(['new', 'old', 'older'])
    expect([existsSync(`${path}.torn`), events]).toEqual([false, []])
  })

  it.each([
    [undefined, 0o600],
    [0o640, 0o640]
  ])('gives a file that was there before the permissions that it declares: %s', async (mode, permissions) => {
    const path = join(folder, 'out.ndjson')
    writeFileSync(path, '{"text":"old"}\n')
    chmodSync(path, 0o644)
    await write(path, ['new'], mode === undefined ? {} : { mode })
    expect(statSync(path).mode & 0o777).toBe(permissions)
  })

  it.each([0o400, 0o1600, 1.5, '0600', null])('refuses permissions that it cannot work with: %s', (mode) => {
    expect(() => writeNdjson('out.ndjson', { mode: mode as number })).toThrow(/writeNdjson: mode is/)
  })

  it('writes nothing to a file that has another name too', async () => {
    const target = join(folder, 'target')
    writeFileSync(target, 'no line break')
    linkSync(target, join(folder, 'link'))
    const { passed, ended } = await write(join(folder, 'link'), ['a'])
    expect([passed, readFileSync(target, 'utf8')]).toEqual([[], 'no line break'])
    expect(ended).toMatchObject({ fault: { _tag: 'SinkFault', reason: expect.stringContaining('hard links') } })
  })

  it('follows no symbolic link', async () => {
    const target = join(folder, 'target')
    symlinkSync(target, join(folder, 'link'))
    const { passed, ended } = await write(join(folder, 'link'), ['a'])
    expect([passed, existsSync(target)]).toEqual([[], false])
    expect(ended instanceof ConsumerError && ended.fault).toMatchObject({ _tag: 'SinkFault' })
  })

  it('acknowledges nothing that could not be written, and says which file and why', async () => {
    chmodSync(folder, 0o700)
    const { passed, ended } = await write(folder, ['a'])
    expect(passed).toEqual([])
    expect(ended).toMatchObject({
      fault: { _tag: 'SinkFault', sink: `the file ${folder}`, reason: expect.stringContaining('EISDIR') }
    })
  })
})

it('does not end the process if the file cannot be closed: its lines are on the disk', async () => {
  const unhandled: unknown[] = []
  const note = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', note)
  const { file, release } = useNdjsonFile('never-opened.ndjson', 0o600)
  // No spy: it would handle the rejection itself.
  file.close = () => Promise.reject(new Error('EIO'))
  release()
  for (let turn = 0; turn < 5; turn++) await new Promise((go) => setImmediate(go))
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})
