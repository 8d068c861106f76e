import { isLeft } from 'fp-ts/lib/Either.js'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstValueFrom, lastValueFrom, map, range } from 'rxjs'
import { expect, it } from 'vitest'
import { ack, assign, consumer, eachPartition, produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { truthOf } from '../support/kafkajs-truth.js'

const partitions = 3
const count = 3_000
const each = count / partitions
const program = fileURLToPath(new URL('./failpoint-member.mjs', import.meta.url))

interface Handled {
  readonly life: number
  readonly partition: number
  readonly offset: number
}

const handledIn = (log: string): readonly Handled[] => {
  if (!existsSync(log)) return []
  // A killed process may have been cut off in its last line.
  return readFileSync(log, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [life, partition, offset] = line.split(' ').map(Number)
      return { life: life ?? -1, partition: partition ?? -1, offset: offset ?? -1 }
    })
}

const exitOf = async (member: ChildProcess): Promise<unknown> => {
  const [code, signal] = (await once(member, 'exit')) as [number | null, string | null]
  return signal ?? code
}

/** Of each dead letter, where it came from. */
const lettersOf = async (brokers: string, topic: string, end: number): Promise<ReadonlySet<string>> => {
  const places = new Set<string>()
  const reader = consumer(kafka({ 'bootstrap.servers': brokers }), {
    subscription: assign([{ topic, partition: 0, from: 'beginning' }])
  })
  const text = new TextDecoder()
  const run = collect(reader.pipe(eachPartition((p) => p.pipe(ack()))))
  await until(() => run.values.length >= end, 'all dead letters read')
  await reader.close()
  for (const { headers } of run.values) {
    const said = new Map(headers.map(({ name, value }) => [name, text.decode(value ?? undefined)]))
    places.add(`${said.get('dlq.partition') ?? ''} ${said.get('dlq.offset') ?? ''}`)
  }
  return places
}

describeKafka('a member that is killed on a record’s way', (brokers) => {
  // Commits are few: what becomes due while one is under way is folded into the next.
  it.each([
    ['handler done', [1, 7, 230]],
    ['dead letter written', [1, 7, 23]],
    ['ack', [1, 7, 230]],
    ['commit sent', [1, 2, 3]],
    ['commit stored', [1, 2, 3]]
  ])('loses nothing, and repeats only what was not committed: %s', async (point, deaths) => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('failpoint')
    const letters = `${topic}.dlq`
    const created = cluster.createTopicsEither([
      { topic, partitions },
      { topic: letters, partitions: 1 }
    ])
    expect(isLeft(await firstValueFrom(created))).toBe(false)
    await lastValueFrom(
      range(0, count).pipe(
        map((number) => ({ partition: number % partitions, key: String(number % 60), value: String(number) })),
        produceTo(cluster, { topic })
      )
    )
    const folder = mkdtempSync(join(tmpdir(), 'ackstream-failpoint-'))
    const log = join(folder, 'handled')
    const truth = await truthOf(brokers)
    const floors: ReadonlyMap<number, bigint>[] = []
    for (const [life, nth] of [...deaths, Infinity].entries()) {
      floors.push(await truth.committed(topic, topic))
      const member = spawn(
        process.execPath,
        [program, brokers, topic, letters, log, String(life), point, String(nth)],
        { stdio: 'inherit' }
      )
      const exit = exitOf(member)
      if (nth !== Infinity) {
        expect(await exit).toBe('SIGKILL')
        continue
      }
      const committed = async (): Promise<boolean> =>
        [...(await truth.committed(topic, topic)).values()].every((offset) => offset === BigInt(each))
      let isDone = false
      while (!isDone) isDone = await committed()
      member.kill('SIGTERM')
      expect(await exit).toBe(0)
    }
    const handled = handledIn(log)
    const seen = new Set(handled.map(({ partition, offset }) => `${String(partition)} ${String(offset)}`))
    const places = await lettersOf(brokers, letters, Number((await truth.ends(letters)).get(0) ?? 0n))
    for (let partition = 0; partition < partitions; partition++)
      for (let offset = 0; offset < each; offset++) {
        const place = `${String(partition)} ${String(offset)}`
        if (!(offset % 10 === 0 ? places : seen).has(place)) expect.fail(`${place} is lost`)
      }
    for (const { life, partition, offset } of handled)
      if (BigInt(offset) < (floors[life]?.get(partition) ?? 0n))
        expect.fail(
          `${String(partition)} ${String(offset)} was repeated in life ${String(life)} though it was committed`
        )
    await truth.close()
    rmSync(folder, { recursive: true })
  })
})
