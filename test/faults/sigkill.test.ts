import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { range, lastValueFrom } from 'rxjs'
import { map } from 'rxjs'
import { expect, it } from 'vitest'
import { produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { truthOf } from '../support/kafkajs-truth.js'

const partitions = 6
const count = 100_000
const program = fileURLToPath(new URL('./member.mjs', import.meta.url))

/** What the members have handled, by process and partition, in the order in which they did. */
const handledIn = (log: string): ReadonlyMap<string, readonly bigint[]> => {
  const found = new Map<string, bigint[]>()
  if (!existsSync(log)) return found
  // A killed process may have been cut off in its last line.
  const lines = readFileSync(log, 'utf8').split('\n').slice(0, -1)
  for (const line of lines) {
    const [process = '', partition = '', offset = '0'] = line.split(' ')
    const key = `${process} ${partition}`
    const known = found.get(key)
    if (known === undefined) found.set(key, [BigInt(offset)])
    else known.push(BigInt(offset))
  }
  return found
}

const handledOf = (log: string, partition: number): ReadonlySet<bigint> =>
  new Set(
    [...handledIn(log)].filter(([key]) => key.endsWith(` ${String(partition)}`)).flatMap(([, offsets]) => offsets)
  )

describeKafka('a member that is killed', (brokers) => {
  it('loses no record, commits none that it has not handled, and keeps the order', async () => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('sigkill')
    await cluster.createTopics([{ topic, partitions }])
    await lastValueFrom(
      range(0, count).pipe(
        map((number) => ({ key: String(number % 1_000), value: String(number) })),
        produceTo(cluster, { topic })
      )
    )
    const folder = mkdtempSync(join(tmpdir(), 'ackstream-sigkill-'))
    const log = join(folder, 'handled')
    const truth = await truthOf(brokers)
    const size = (): number => [...handledIn(log).values()].reduce((sum, offsets) => sum + offsets.length, 0)
    const start = (): ReturnType<typeof spawn> =>
      spawn(process.execPath, [program, brokers, topic, topic, log], { stdio: 'inherit' })
    for (let kill = 1; kill <= 5; kill++) {
      const before = size()
      const member = start()
      // Somewhere within its work: each life does some more, of a random length.
      const more = 2_000 + Math.floor(Math.random() * 8_000)
      await until(() => size() >= before + more, `more records handled in life ${String(kill)}`)
      member.kill('SIGKILL')
      await once(member, 'exit')
      for (const [partition, committed] of await truth.committed(topic, topic)) {
        const handled = handledOf(log, partition)
        for (let offset = 0n; offset < committed; offset++)
          if (!handled.has(offset)) expect.fail(`${String(partition)}/${String(offset)} was committed and not handled`)
      }
    }
    const last = start()
    const ends = await truth.ends(topic)
    await until(
      () => [...ends].every(([partition, end]) => handledOf(log, partition).size === Number(end)),
      'every record handled'
    )
    last.kill('SIGTERM')
    await once(last, 'exit')
    expect(await truth.committed(topic, topic)).toEqual(ends)
    expect([...ends.values()].reduce((sum, end) => sum + end, 0n)).toBe(BigInt(count))
    for (const offsets of handledIn(log).values())
      expect(offsets.every((offset, index) => index === 0 || offset > (offsets[index - 1] ?? 0n))).toBe(true)
    await truth.close()
    rmSync(folder, { recursive: true })
  })
})
