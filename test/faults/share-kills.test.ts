import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { lastValueFrom, map, range } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import { groupedBy } from '../../src/core/protocol/grouped-by.js'
import { produceTo } from '../../src/index.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { kafka } from '../../src/kafka.js'
import { until } from '../support/collect.js'
import { javaReads } from '../support/java-records.js'
import { uniqueName } from '../support/kafka.js'

const number = (name: string, otherwise: number): number => Number(process.env[name] ?? otherwise)
/** SHARE_RECORDS=200000 SHARE_KILLS=20 SHARE_SEED=7: the long form. */
const records = number('SHARE_RECORDS', 6_000)
const kills = number('SHARE_KILLS', 4)
const seed = number('SHARE_SEED', 1)
const members = 4
const lockMs = 6_000
const program = fileURLToPath(new URL('./share-member.mjs', import.meta.url))

interface Said {
  readonly pid: string
  readonly what: string
  readonly partition: string
  /** partition and offset */
  readonly place: string
}

/** Reads on in a file that grows. */
class Log {
  readonly all: Said[] = []
  readonly handled = new Set<string>()
  private readonly path: string
  private read = 0
  private rest = ''

  constructor(path: string) {
    this.path = path
    closeSync(openSync(path, 'a'))
  }

  readOn(): void {
    const file = openSync(this.path, 'r')
    const bytes = Buffer.alloc(fstatSync(file).size - this.read)
    this.read += readSync(file, bytes, 0, bytes.length, this.read)
    closeSync(file)
    const lines = (this.rest + bytes.toString()).split('\n')
    this.rest = lines.pop() ?? ''
    for (const line of lines) {
      const [pid = '', what = '', partition = '', offset = ''] = line.split(' ')
      const place = `${partition}/${offset}`
      this.all.push({ pid, what, partition, place })
      if (what === 'handled') this.handled.add(place)
    }
  }

  grouped(what: string): ReadonlyMap<string, readonly Said[]> {
    return groupedBy(
      this.all.filter((one) => one.what === what),
      ({ place }) => place
    )
  }
}

/** One in 1,000 takes longer than its lock, and one in 500 always fails. */
const valueOf = (at: number): string =>
  `${at % 500 === 3 ? 'poison' : at % 1_000 === 7 ? 'long' : 'plain'} ${String(at)}`

const isHere = inject('kafkaBrokers') !== null && process.env['KAFKA_BROKERS'] === undefined
describe.skipIf(!isHere)('a share group of four members that are killed', () => {
  let own: RunningKafka
  beforeAll(async () => {
    // Brokers lock for fifteen seconds at least unless they are set so.
    own = await startKafka({ version: '4.3.1', properties: { 'group.share.min.record.lock.duration.ms': 1_000 } })
  })
  afterAll(() => own.stop())

  it.each([1, 6])(
    'loses no record of %i partitions, repeats only what the killed had, and gives up poison after the attempts',
    async (partitions) => {
      const random = seededRandom(seed + partitions)
      const cluster = kafka({ 'bootstrap.servers': own.brokers })
      const [topic, letters] = [uniqueName('share-kills'), uniqueName('share-letters')]
      await using admin = cluster.admin()
      await admin.createTopics([
        { topic, partitions },
        { topic: letters, partitions: 1 }
      ])
      const set = {
        'share.auto.offset.reset': 'earliest',
        'share.record.lock.duration.ms': String(lockMs),
        // What several of the killed had is given out more often than poison would be.
        'share.delivery.count.limit': '10'
      }
      await admin.alterConfigs([{ type: 'group', name: topic, set }])
      const written = range(0, records).pipe(
        map((at) => ({ partition: at % partitions, value: valueOf(at) })),
        produceTo(cluster, { topic })
      )
      await lastValueFrom(written)
      const folder = mkdtempSync(join(tmpdir(), 'ackstream-share-'))
      const path = join(folder, 'said')
      const log = new Log(path)
      const args = [program, own.brokers, topic, path, letters, String(lockMs * 1.5)]
      const start = (): ChildProcess => spawn(process.execPath, args, { stdio: 'inherit' })
      const living = Array.from({ length: members }, start)
      const killed = new Set<string>()
      const done = (): number => {
        log.readOn()
        return log.handled.size
      }
      const poison = Array.from({ length: records }, (_, at) => valueOf(at)).filter((value) =>
        value.startsWith('poison')
      )
      const good = records - poison.length
      for (let kill = 1; kill <= kills; kill++) {
        // Somewhere in the part of the work that is this kill's.
        const at = Math.floor(((kill - 1 + random()) / (kills + 1)) * good)
        await until(() => done() >= at, `${String(at)} records handled before kill ${String(kill)}`)
        const which = Math.floor(random() * members)
        const victim = living[which]
        if (victim === undefined) throw new Error('nobody to kill')
        victim.kill('SIGKILL')
        await once(victim, 'exit')
        killed.add(String(victim.pid))
        living[which] = start()
      }
      await until(() => done() === good, 'each record handled')
      const open = async (): Promise<bigint> =>
        (await admin.fetchShareOffsets(topic)).reduce((sum, { lag }) => sum + (lag ?? 0n), 0n)
      while ((await open()) > 0n);
      for (const one of living) one.kill('SIGTERM')
      await Promise.all(living.filter((one) => one.exitCode === null).map((one) => once(one, 'exit')))

      done()
      const handled = log.grouped('handled')
      expect(handled.size).toBe(good)
      const lost = new Set(
        log.all.filter(({ what }) => what === 'lost').map(({ pid, partition }) => `${pid} ${partition}`)
      )
      /** Whether this one may have lost its lock: it was killed, or said so, which a busy machine may be the reason of. */
      const isExcused = ({ pid, partition }: Said): boolean => killed.has(pid) || lost.has(`${pid} ${partition}`)
      const again = [...handled].filter(([, by]) => by.length > 1)
      expect(again.filter(([, by]) => by.filter((one) => !isExcused(one)).length > 1)).toEqual([])
      const attempted = log.grouped('attempted')
      expect(attempted.size).toBe(poison.length)
      for (const [place, tries] of attempted)
        for (const [, of] of groupedBy(tries, ({ pid }) => pid))
          if (!of.some(isExcused)) expect([place, of.length]).toEqual([place, 3])
      const letterValues = (await javaReads(own.brokers, letters)).map(({ value }) => String(value))
      expect(new Set(letterValues).size).toBe(poison.length)
      const twice = letterValues.length - poison.length
      console.log(
        `${String(records)} records, ${String(partitions)} partitions, ${String(kills)} kills: ${String(again.length)} handled again, ${String(lost.size)} times locks lost, ${String(poison.length)} dead letters, ${String(twice)} of them twice`
      )
      rmSync(folder, { recursive: true })
    },
    // A busy machine takes ten minutes for the long form.
    600_000 + 5 * records
  )
})
