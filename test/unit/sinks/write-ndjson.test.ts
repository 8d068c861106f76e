import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { map } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ack, assign, consumer, ConsumerError, deserialize, eachPartition, mapValue, utf8, type ConsumerRecord } from '../../../src/index.js' // prettier-ignore
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
  values: readonly string[]
): Promise<{ passed: readonly unknown[]; ended: 'complete' | Error }> => {
  const cluster = memoryCluster({ topics: { t: 2 } })
  for (const value of values) cluster.produce('t', { value })
  const reader = consumer(cluster, {
    subscription: assign([0, 1].map((partition) => ({ topic: 't', partition, from: 'beginning' as const })))
  })
  const run = collect(
    reader.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ value: utf8 }),
          mapValue((text, record) => ({ text, offset: record.offset })),
          writeNdjson(path),
          ack<ConsumerRecord<unknown, { readonly text: string }>>(),
          map((record) => record.value.text)
        )
      )
    )
  )
  await Promise.race([until(() => run.values.length === values.length, 'all lines'), run.ended])
  await reader.close()
  return { passed: run.values, ended: await run.ended }
}
const linesOf = (path: string): readonly string[] =>
  readFileSync(path, 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { text: string }).text).sort() // prettier-ignore

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

  it('appends behind the last whole line, and takes a torn one away', async () => {
    const path = join(folder, 'out.ndjson')
    writeFileSync(path, `{"text":"old"}\n{"text":"to`)
    await write(path, ['new'])
    expect(linesOf(path)).toEqual(['new', 'old'])
  })

  it('takes a torn line away that has no whole one before it', async () => {
    const path = join(folder, 'out.ndjson')
    writeFileSync(path, 'x'.repeat(200_000))
    await write(path, ['new'])
    expect(linesOf(path)).toEqual(['new'])
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
    expect(ended).toMatchObject({ fault: { _tag: 'SinkFault', sink: `the file ${folder}`, reason: expect.stringContaining('EISDIR') } }) // prettier-ignore
  })
})
