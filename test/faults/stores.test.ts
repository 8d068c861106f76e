import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { lastValueFrom, map, range } from 'rxjs'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import { type RunningKafka, startKafka } from '../../scripts/kafka-cluster.mjs'
import { ack, assign, consumer, eachPartition, handle, produceTo } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'
import { loadPg, pgHome, type Pool, type RunningPostgres, startPostgres } from '../support/postgres.js'
import { openSqlite } from '../support/sqlite.js'

// RECORDS=200000 KILLS=30 SEED=… npx vitest run --project long-faults test/faults/stores.test.ts
const count = Number(process.env['RECORDS'] ?? 20_000)
const kills = Number(process.env['KILLS'] ?? 10)
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const partitions = 4
/** With many records and kills it takes long. */
const limitMs = 3_600_000
const program = fileURLToPath(new URL('./store-member.mjs', import.meta.url))

const members: ChildProcess[] = []
const start = (setting: object): ChildProcess => {
  const member = spawn(process.execPath, [program, JSON.stringify(setting)], {
    stdio: ['ignore', 'inherit', 'inherit']
  })
  members.push(member)
  return member
}
const isUp = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null
const end = async (member: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (!isUp(member)) return
  const exit = once(member, 'exit')
  member.kill('SIGCONT')
  member.kill(signal)
  await exit
}
/** As Linux says; PostgreSQL's programs are for Linux too. */
const isSuspended = ({ pid }: ChildProcess): boolean =>
  / T /.test(readFileSync(`/proc/${String(pid)}/stat`, 'utf8').slice(0, 60))
/** A hang is ended by the limit of the test. */
const eventually = async (holds: () => Promise<boolean>): Promise<void> => {
  while (!(await holds())) await turn()
}
const turn = (): Promise<void> => new Promise((go) => setTimeout(go, 20))

const brokers = inject('kafkaBrokers') ?? ''

// Nodes and servers of its own, to be killed; where only KAFKA_BROKERS is given there may be no Java to run one.
describe.skipIf(brokers === '' || process.env['KAFKA_BROKERS'] !== undefined)(
  'a store that members write to',
  { timeout: limitMs },
  () => {
    let own: RunningKafka
    beforeAll(async () => {
      own = await startKafka({ nodes: 1 })
      console.log(`RECORDS=${String(count)} KILLS=${String(kills)} SEED=${String(seed)}`)
    })
    afterAll(() => own.stop())
    afterEach(async () => {
      for (const member of members.splice(0)) await end(member, 'SIGKILL')
    })

    /** A topic with so many numbered records, in partitions by turns. */
    const filled = async (name: string, from = 0): Promise<string> => {
      const cluster = kafka({ 'bootstrap.servers': own.brokers })
      if (from === 0) await cluster.createTopics([{ topic: name, partitions }])
      await lastValueFrom(
        range(from, count).pipe(
          map((number) => ({ partition: number % partitions, value: String(number) })),
          produceTo(cluster, { topic: name })
        )
      )
      return name
    }

    /** Kills something each time that some more is done, until all is done. */
    const killing = async (
      done: () => Promise<number>,
      settings: readonly object[],
      more: readonly (() => Promise<void>)[],
      before: () => void = () => undefined
    ): Promise<readonly ChildProcess[]> => {
      const random = seededRandom(seed)
      const running = settings.map(start)
      const revive = (at: number): void => {
        before()
        running[at] = start(settings[at] ?? {})
      }
      const reached = async (target: number): Promise<void> => {
        while ((await done()) < target) {
          // One that could not go on, as after a crash of its server: a supervisor starts it again.
          running.forEach((member, at) => {
            if (!isUp(member)) revive(at)
          })
          await turn()
        }
      }
      for (let kill = 1; kill <= kills; kill++) {
        await reached(Math.floor((count * (kill - 1 + random())) / kills))
        const choice = Math.floor(random() * (more.length + 1))
        const other = more[choice]
        if (other !== undefined) await other()
        else {
          const at = Math.floor(random() * running.length)
          const member = running[at]
          if (member !== undefined) await end(member, 'SIGKILL')
          revive(at)
        }
      }
      await reached(count)
      return running
    }

    /** The sum of the group's offsets; 0 while that cannot be looked up. */
    const committedIn = async (topic: string): Promise<number> => {
      const probe = consumer(kafka({ 'bootstrap.servers': own.brokers }), {
        'group.id': topic,
        subscription: assign([{ topic, partition: 0, from: 'beginning' }])
      })
      try {
        const places = Array.from({ length: partitions }, (_, partition) => ({ topic, partition }))
        return (await probe.committed(places)).reduce((sum, { offset }) => sum + Number(offset ?? 0n), 0)
      } catch {
        return 0
      }
    }

    /** The values that a topic holds for `read_committed`, by partition, in order. */
    const valuesIn = async (topic: string, expected: number): Promise<readonly (readonly number[])[]> => {
      const found = Array.from({ length: partitions }, (): number[] => [])
      const reader = consumer(kafka({ 'bootstrap.servers': own.brokers }), {
        'isolation.level': 'read_committed',
        subscription: assign(found.map((_, partition) => ({ topic, partition, from: 'beginning' as const })))
      })
      const text = new TextDecoder()
      const subscription = reader
        .pipe(
          eachPartition((stream) =>
            stream.pipe(
              handle(({ partition, value }) => void found[partition]?.push(Number(text.decode(value ?? undefined)))),
              ack()
            )
          )
        )
        .subscribe()
      await until(() => found.reduce((sum, { length }) => sum + length, 0) >= expected, 'all are read')
      // What comes twice comes behind.
      const ends = await reader.endOffsets(found.map((_, partition) => ({ topic, partition })))
      await until(() => reader.positions().every(({ partition, position }) => position !== null && position >= (ends[partition]?.offset ?? 0n)), 'to the end') // prettier-ignore
      subscription.unsubscribe()
      return found
    }
    const each = (times = 1): readonly (readonly number[])[] =>
      Array.from({ length: partitions }, (_, partition) =>
        Array.from({ length: count * times }, (__, at) => at).filter((number) => number % partitions === partition)
      )

    it('files: each record once, in whole lines, though members are killed', async () => {
      const topic = await filled(uniqueName('to-files'))
      const folder = mkdtempSync(join(tmpdir(), 'ackstream-stores-'))
      const done = (): Promise<number> =>
        Promise.resolve(
          Array.from({ length: partitions }, (_, partition) => {
            const path = join(folder, `${topic}-${String(partition)}.position`)
            return existsSync(path) ? Number(/ (\d+) \d+\n$/.exec(readFileSync(path, 'utf8'))?.[1] ?? 0) : 0
          }).reduce((sum, next) => sum + next, 0)
        )
      const from = performance.now()
      const [last] = await killing(done, [{ kind: 'ndjson', brokers: own.brokers, topic, group: topic, folder }], [])
      if (last !== undefined) await end(last, 'SIGTERM')
      console.log(`files: ${String(Math.round(performance.now() - from))} ms`)
      const found = Array.from({ length: partitions }, (): number[] => [])
      const names = readdirSync(folder)
        .filter((name) => !name.endsWith('.position'))
        .sort()
      // A partition of which no record came after the last kill keeps the file that was growing: its position counts.
      const written = (name: string): Buffer => {
        const data = readFileSync(join(folder, name))
        const partition = /-(\d+)-\d{20}\.ndjson\.gz\.open$/.exec(name)?.[1]
        if (partition === undefined) return data
        const position = readFileSync(join(folder, `${topic}-${partition}.position`), 'utf8')
        return data.subarray(0, Number(/ (\d+)\n$/.exec(position)?.[1]))
      }
      expect(names.filter((name) => !/\.ndjson\.gz(?:\.open)?$/.test(name))).toEqual([])
      for (const name of names)
        for (const line of gunzipSync(written(name)).toString().split('\n').slice(0, -1)) {
          const [partition, , value] = JSON.parse(line) as [number, string, string]
          found[partition]?.push(Number(value))
        }
      expect(found).toEqual(each())
      rmSync(folder, { recursive: true })
    })

    it('SQLite: each record once though members are killed, and the offsets are equal', async () => {
      const topic = await filled(uniqueName('to-sqlite'))
      const folder = mkdtempSync(join(tmpdir(), 'ackstream-stores-'))
      const database = join(folder, 'copy.db')
      // SQLite as WebAssembly locks by a folder, which a killed process leaves.
      const unlock = (): void => {
        rmSync(`${database}.lock`, { recursive: true, force: true })
      }
      const db = openSqlite(database)
      db.exec('create table copy (place integer, position integer, v text)')
      db.close()
      const one = (statement: string): Record<string, unknown> => {
        const reader = openSqlite(database)
        try {
          return reader.prepare(statement).get() as Record<string, unknown>
        } finally {
          reader.close()
        }
      }
      const progress = join(folder, 'progress')
      // What members have written, committed or not: to open the database here would lock it for them.
      const done = (): Promise<number> => {
        const next = new Map<string, number>()
        for (const line of existsSync(progress) ? readFileSync(progress, 'utf8').split('\n').slice(0, -1) : []) {
          const [partition = '', offset = '0'] = line.split(' ')
          next.set(partition, Math.max(next.get(partition) ?? 0, Number(offset) + 1))
        }
        return Promise.resolve([...next.values()].reduce((sum, offset) => sum + offset, 0))
      }
      const isAll = async (): Promise<boolean> => {
        for (let turns = 0; turns < 25; turns++) await turn()
        try {
          return Number(one('select count(*) as n from copy')['n']) >= count
        } catch {
          // The member has it locked.
          return false
        }
      }
      const from = performance.now()
      const [last] = await killing(
        done,
        [{ kind: 'sqlite', brokers: own.brokers, topic, group: topic, database, progress }],
        [],
        unlock
      )
      await eventually(isAll)
      if (last !== undefined) await end(last, 'SIGTERM')
      console.log(`SQLite: ${String(Math.round(performance.now() - from))} ms`)
      expect(one('select count(*) as n, count(distinct v) as different, count(distinct place || \' \' || position) as places from copy')).toMatchObject({ n: count, different: count, places: count }) // prettier-ignore
      expect(one('select min(next_offset) as least, max(next_offset) as most from ackstream_offsets')).toMatchObject({ least: count / partitions, most: count / partitions }) // prettier-ignore
      rmSync(folder, { recursive: true })
    })

    describe('PostgreSQL', () => {
      const pg = loadPg()
      let server: RunningPostgres | null = null
      let pool: Pool | null = null
      beforeAll(async () => {
        server = await startPostgres()
        if (pg === null || server === null) return
        pool = new pg.Pool({ connectionString: server.url, max: 2 })
        pool.on('error', () => undefined)
      })
      afterAll(async () => {
        await pool?.end()
        await server?.stop()
      })
      const up = (): { readonly pool: Pool; readonly server: RunningPostgres } => {
        if (pool === null || server === null) throw new Error('this test needs PostgreSQL and pg from npm')
        return { pool, server }
      }
      const setting = (topic: string, table: string): object => ({ kind: 'postgres', brokers: own.brokers, topic, group: topic, url: up().server.url, pg: pgHome(), table }) // prettier-ignore
      /** The server may be down. */
      const rowsIn = async (table: string): Promise<number> => {
        try {
          const { rows } = await up().pool.query(`select count(*)::int as n from ${table}`)
          return Number(rows[0]?.['n'])
        } catch {
          return 0
        }
      }
      const check = async (table: string, group: string, all: number): Promise<void> => {
        const { rows } = await up().pool.query(
          `select count(*)::int as n, count(distinct (place, position))::int as places, count(distinct v)::int as "values" from ${table}`
        )
        expect(rows).toEqual([{ n: all, places: all, values: all }])
        const { rows: offsets } = await up().pool.query('select next_offset::int as next from ackstream_offsets where group_id = $1 order by partition', [group]) // prettier-ignore
        expect(offsets).toEqual(Array.from({ length: partitions }, () => ({ next: all / partitions })))
      }

      it('has each record once though members, connections and the server are killed, and the offsets are equal', async () => {
        const topic = await filled(uniqueName('to-postgres'))
        const table = 'killed'
        await up().pool.query(`create table ${table} (place int, position int8, v text)`)
        const cut = async (): Promise<void> => {
          await up().pool.query(
            "select pg_terminate_backend(pid) from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 3"
          )
        }
        const from = performance.now()
        await killing(
          () => rowsIn(table),
          [setting(topic, table), setting(topic, table)],
          [cut, () => up().server.crash()]
        )
        console.log(`PostgreSQL: ${String(Math.round(performance.now() - from))} ms`)
        await check(table, topic, count)
      })

      it('takes nothing from a member that was suspended in mid-write until its partitions had moved', async () => {
        const topic = await filled(uniqueName('zombie-postgres'))
        const table = 'suspended'
        await up().pool.query(`create table ${table} (place int, position int8, v text)`)
        const zombie = start({ ...setting(topic, table), suspendAt: 10 })
        await eventually(() => Promise.resolve(isSuspended(zombie)))
        const other = start(setting(topic, table))
        await eventually(async () => (await rowsIn(table)) === count)
        zombie.kill('SIGCONT')
        await filled(topic, count)
        await eventually(async () => (await rowsIn(table)) >= 2 * count)
        await end(other, 'SIGTERM')
        await end(zombie, 'SIGTERM')
        await check(table, topic, 2 * count)
      })
    })

    it('in transactions: each result once, in order, though members and the broker are killed', async () => {
      const topic = await filled(uniqueName('copied'))
      const output = uniqueName('copy')
      const cluster = kafka({ 'bootstrap.servers': own.brokers })
      await cluster.createTopics([{ topic: output, partitions }])
      const setting = (id: number): object => ({ kind: 'transactions', brokers: own.brokers, topic, group: topic, output, id: `${topic}-${String(id)}` }) // prettier-ignore
      const done = (): Promise<number> => committedIn(topic)
      const crash = async (): Promise<void> => {
        await own.kill(1)
        await own.restart(1)
      }
      const from = performance.now()
      await killing(done, [setting(0), setting(1)], [crash])
      console.log(`transactions: ${String(Math.round(performance.now() - from))} ms`)
      expect(await valuesIn(output, count)).toEqual(each())
    })

    it('in transactions: nothing from a member that was suspended until its partitions had moved', async () => {
      const topic = await filled(uniqueName('zombie-copied'))
      const output = uniqueName('zombie-copy')
      const cluster = kafka({ 'bootstrap.servers': own.brokers })
      await cluster.createTopics([{ topic: output, partitions }])
      const setting = (id: number): object => ({ kind: 'transactions', brokers: own.brokers, topic, group: topic, output, id: `${topic}-${String(id)}` }) // prettier-ignore
      const done = (): Promise<number> => committedIn(topic)
      const zombie = start({ ...setting(0), suspendAt: 1_000 })
      await eventually(() => Promise.resolve(isSuspended(zombie)))
      const other = start(setting(1))
      await eventually(async () => (await done()) === count)
      zombie.kill('SIGCONT')
      await filled(topic, count)
      await eventually(async () => (await done()) === 2 * count)
      await end(other, 'SIGTERM')
      await end(zombie, 'SIGTERM')
      expect(await valuesIn(output, 2 * count)).toEqual(each(2))
    })
  }
)
