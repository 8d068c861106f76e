import { isLeft } from 'fp-ts/lib/Either.js'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstValueFrom, lastValueFrom, map, range } from 'rxjs'
import { expect, it } from 'vitest'
import { produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { describeKafka, uniqueName } from '../support/kafka.js'
import { truthOf } from '../support/kafkajs-truth.js'

const partitions = 2
const keys = 20
const count = 400
const program = fileURLToPath(new URL('./retry-failpoint-member.mjs', import.meta.url))

interface Attempt {
  readonly life: number
  readonly partition: number
  readonly offset: number
  readonly key: string
  readonly isDone: boolean
}

const attemptsIn = (log: string): readonly Attempt[] => {
  if (!existsSync(log)) return []
  // A killed process may have been cut off in its last line.
  return readFileSync(log, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [life, partition, offset, key = '', outcome] = line.split(' ')
      return {
        life: Number(life),
        partition: Number(partition),
        offset: Number(offset),
        key,
        isDone: outcome === 'done'
      }
    })
}

/** Of a list of attempts, each that came before an earlier record of its key had succeeded. */
const tooEarly = (attempts: readonly Attempt[], ofKey: ReadonlyMap<string, readonly string[]>): readonly string[] => {
  const done = new Set<string>()
  return attempts.flatMap(({ life, partition, offset, key, isDone }) => {
    const place = `${String(partition)} ${String(offset)}`
    const all = ofKey.get(key) ?? []
    const before = all.slice(0, all.indexOf(place)).find((earlier) => !done.has(earlier))
    if (isDone) done.add(place)
    return before === undefined ? [] : [`${place} before ${before} of ${key} in life ${String(life)}`]
  })
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null

describeKafka('a member that is killed in the middle of a group of copies', (brokers) => {
  it.each([
    ['copy to be sent', [1, 9, 60]],
    ['some copies written', [1, 9, 60]],
    ['copy written', [1, 9, 60]],
    ['copy settled', [1, 9, 60]],
    // Commits are few: what becomes due while one is under way is folded into the next.
    ['commit sent', [1, 1, 2]],
    ['commit stored', [1, 1, 2]]
  ])('keeps the order of each key, and loses nothing: %s', async (point, deaths) => {
    const cluster = kafka({ 'bootstrap.servers': brokers })
    const topic = uniqueName('copies')
    const topics = [topic, `${topic}.retry.1s`, `${topic}.retry.2s`]
    const created = cluster.createTopicsEither(topics.map((name) => ({ topic: name, partitions })))
    expect(isLeft(await firstValueFrom(created))).toBe(false)
    const keyOf = (number: number): string => `k${String(number % keys)}`
    await lastValueFrom(
      range(0, count).pipe(
        map((number) => ({ partition: number % partitions, key: keyOf(number), value: String(number) })),
        produceTo(cluster, { topic })
      )
    )
    const ofKey = new Map<string, string[]>()
    for (let number = 0; number < count; number++) {
      const place = `${String(number % partitions)} ${String(Math.floor(number / partitions))}`
      ofKey.set(keyOf(number), [...(ofKey.get(keyOf(number)) ?? []), place])
    }
    const folder = mkdtempSync(join(tmpdir(), 'ackstream-copies-'))
    const log = join(folder, 'handled')
    const truth = await truthOf(brokers)
    for (const [life, nth] of [...deaths, Infinity].entries()) {
      const member = spawn(process.execPath, [program, brokers, topic, log, String(life), point, String(nth)], {
        stdio: 'inherit'
      })
      const exit = once(member, 'exit') as Promise<[number | null, string | null]>
      const isSettled = async (name: string): Promise<boolean> => {
        const [committed, ends] = [await truth.committed(topic, name), await truth.ends(name)]
        return [...ends].every(([partition, end]) => end === 0n || committed.get(partition) === end)
      }
      let settled = 0
      while (isRunning(member) && settled < topics.length)
        settled = (await isSettled(topics[settled] ?? '')) ? settled + 1 : 0
      // A member that has nothing left to do does not come to the point any more.
      member.kill('SIGTERM')
      expect(await exit, `life ${String(life)}, which was to end at "${point}" number ${String(nth)}`).toEqual(
        nth === Infinity ? [0, null] : [null, 'SIGKILL']
      )
    }
    const attempts = attemptsIn(log)
    const done = new Set(
      attempts.flatMap(({ partition, offset, isDone }) => (isDone ? [`${String(partition)} ${String(offset)}`] : []))
    )
    expect([...ofKey.values()].flat().filter((place) => !done.has(place))).toEqual([])
    expect(tooEarly(attempts, ofKey)).toEqual([])
    await truth.close()
    rmSync(folder, { recursive: true })
  })
})
