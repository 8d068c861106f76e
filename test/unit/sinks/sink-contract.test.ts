import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { concatMap, filter, mergeMap, Observable, type OperatorFunction, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { type ConsumerRecord, exponential, produceTo, sink, type SinkOptions, writeTo } from '../../../src/index.js'
import { writeNdjson } from '../../../src/ndjson.js'
import { memoryCluster, sinkContract, type SinkUnderTest } from '../../../src/testing.js'

const retry = { attempts: 5, backoff: exponential({ initialMs: 1, maxMs: 2 }) }
const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
const bad = 'the bad value'

class Refusal extends Error {}

/** A store that answers later, takes a batch or nothing of it, and never takes the bad value. */
const store = () => {
  const rows: string[] = []
  let failing = 0
  const insert = async (values: readonly string[]): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    if (failing > 0) {
      failing--
      throw new Error('connection lost')
    }
    if (values.includes(bad)) throw new Refusal('not this one')
    rows.push(...values)
  }
  return { rows, insert, failNext: (times: number) => void (failing = times) }
}

const throughSink =
  (options: Partial<SinkOptions<ConsumerRecord>> = {}) =>
  (): SinkUnderTest => {
    const { rows, insert, failNext } = store()
    return {
      operator: ({ onFailure }) =>
        sink({
          write: (records) => insert(records.map(({ value }) => textOf(value))),
          retry: { ...retry, classify: (cause) => (cause instanceof Refusal ? 'permanent' : 'retriable') },
          onFailure,
          ...options
        }),
      written: () => [...rows],
      badValue: bad,
      failNext,
      unordered: options.concurrency !== undefined
    }
  }

const throughProduceTo = (): SinkUnderTest => {
  const cluster = memoryCluster()
  cluster.createTopic('out', 1, { 'max.message.bytes': '1000' })
  return {
    operator: ({ onFailure }) => produceTo<ConsumerRecord>(cluster, { topic: 'out', onFailure }),
    written: () => cluster.records({ topic: 'out', partition: 0 }).map(({ value }) => textOf(value)),
    badValue: 'x'.repeat(2_000),
    failNext: (times) => {
      cluster.failNext('Produce', 'disconnect', times)
    }
  }
}

const throughNdjson = (): SinkUnderTest => {
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-sink-'))
  const path = join(folder, 'lines.ndjson')
  const line = ({ value }: ConsumerRecord): string => {
    if (textOf(value) === bad) throw new Refusal('not this one')
    return textOf(value)
  }
  return {
    // What it writes to opens with the first line.
    operator:
      ({ onFailure }) =>
      (source) =>
        source.pipe(
          writeTo((record) => void line(record), { onFailure }),
          writeNdjson<ConsumerRecord>(path, { line })
        ),
    written: () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .slice(0, -1)
        .map((text) => JSON.parse(text) as string),
    badValue: bad,
    close: () => {
      rmSync(folder, { recursive: true })
    }
  }
}

describe.each([
  ['sink', throughSink()],
  ['sink, in small batches', throughSink({ records: 7 })],
  ['sink, in batches by size and time', throughSink({ bytes: 40, withinMs: 5 })],
  ['produceTo', throughProduceTo],
  ['writeNdjson', throughNdjson]
] as const)('%s', (_name, open) => {
  const offers = open()
  void offers.close?.()
  const cases = sinkContract.filter(({ needs }) => needs === 'nothing' || offers[needs] !== undefined)
  it.each(cases)('$name', ({ run }) => run(open))
})

/** Sinks with one bug each, and what the contract says of them. */
const planted: Readonly<Record<string, readonly [open: () => SinkUnderTest, says: string]>> = {
  'passes records on before they are written': [
    () => {
      const { rows, insert, failNext } = store()
      return {
        operator: () => (source: Observable<ConsumerRecord>) =>
          source.pipe(tap(({ value }) => void insert([textOf(value)]))),
        written: () => [...rows],
        failNext
      }
    },
    'a record is in the store before it is passed on'
  ],
  'loses what comes behind a bad record in its batch': [
    () => {
      const open = throughSink()()
      const { rows, insert } = store()
      return {
        ...open,
        operator: ({ onFailure }) =>
          sink({
            write: async (records) => {
              const values = records.map(({ value }) => textOf(value))
              const at = values.indexOf(bad)
              await insert(at > 0 ? values.slice(0, at) : values)
            },
            retry: { ...retry, classify: (cause) => (cause instanceof Refusal ? 'permanent' : 'retriable') },
            onFailure
          }),
        written: () => [...rows]
      }
    },
    'of 50 records the one that the store never takes (number 17) goes to the dead letters alone; the others are written once'
  ],
  'writes in no order': [
    () => {
      const { rows, insert } = store()
      const shuffled: OperatorFunction<ConsumerRecord, ConsumerRecord> = (source) =>
        source.pipe(
          mergeMap(async (record) => {
            const turns = Number(record.offset) % 2 === 0 ? 3 : 1
            for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve))
            await insert([textOf(record.value)])
            return record
          })
        )
      return { operator: () => shuffled, written: () => [...rows] }
    },
    'each record is written once and passed on once, in order'
  ],
  'holds nothing while it writes': [
    () => {
      const { rows, insert } = store()
      const careless: OperatorFunction<ConsumerRecord, ConsumerRecord> = (source) =>
        source.pipe(
          concatMap(async (record) => {
            await insert([textOf(record.value)])
            return record
          })
        )
      return { operator: () => careless, written: () => [...rows] }
    },
    'a record keeps its credit until it is passed on, and no longer'
  ],
  'swallows what failed': [
    () => {
      const { rows, insert, failNext } = store()
      const swallowing: OperatorFunction<ConsumerRecord, ConsumerRecord> = (source) =>
        source.pipe(
          concatMap(async (record) => {
            try {
              await insert([textOf(record.value)])
              return record
            } catch {
              return null
            }
          }),
          filter((record) => record !== null)
        )
      return { operator: () => swallowing, written: () => [...rows], failNext }
    },
    'what failed and may succeed is written again, and nothing is lost or passed on twice'
  ]
}

describe('a sink', () => {
  it.each(Object.entries(planted).map(([name, [open, says]]) => [name, says, open] as const))(
    'that %s fails the contract: %s',
    async (_name, says, open) => {
      const broken = sinkContract.find(({ name }) => name === says)
      await expect(broken?.run(open)).rejects.toThrow()
    }
  )
})
