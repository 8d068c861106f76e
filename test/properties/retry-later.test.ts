import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  commit,
  type Consumer,
  type ConsumerRecord,
  deadLetter,
  eachPartition,
  handle,
  retryLater,
  retryOf,
  subscribe
} from '../../src/index.js'
import { rig } from '../support/rig.js'

/** How many; 200 take a minute. */
const runs = Number(process.env['RETRY_RUNS'] ?? 25)
const partitions = 3
const tiers = ['10s', '1m'] as const
const textOf = (bytes: Uint8Array | null): string => new TextDecoder().decode(bytes ?? undefined)

/** What happens meanwhile. */
type Act = 'join' | 'close' | 'drain' | 'records'

interface Given {
  /** of each record, how often it fails before it succeeds; more than twice leads to the dead letters */
  readonly failures: readonly number[]
  readonly acts: readonly { readonly act: Act; readonly member: number; readonly afterMs: number }[]
  readonly keys: number
}

const given = fc.record({
  failures: fc.array(fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(4) }), {
    minLength: 10,
    maxLength: 60
  }),
  acts: fc.array(
    fc.record({
      act: fc.constantFrom<Act>('join', 'close', 'drain', 'records'),
      member: fc.nat(2),
      afterMs: fc.integer({ min: 0, max: 20_000 })
    }),
    { maxLength: 8 }
  ),
  keys: fc.integer({ min: 1, max: 6 })
})

/** Runs it to the end; returns what was wrong. */
const run = ({ failures, acts, keys }: Given): readonly string[] => {
  const made = rig(partitions)
  const { cluster, clock } = made
  cluster.createTopic('dead', partitions)
  for (const tier of tiers) cluster.createTopic(`retry.${tier}`, partitions)
  const wrong: string[] = []
  const left = [...failures]
  const done = new Set<number>()
  const ofKey = new Map<string, number[]>()
  const letters = (): void => {
    for (let partition = 0; partition < partitions; partition++)
      for (const { value } of cluster.records({ topic: 'dead', partition })) done.add(Number(textOf(value)))
  }
  const work = (record: ConsumerRecord): void => {
    const number = Number(textOf(record.value))
    const key = textOf(record.key)
    letters()
    for (const earlier of ofKey.get(key) ?? [])
      if (earlier < number && !done.has(earlier)) wrong.push(`${String(number)} before ${String(earlier)} of ${key}`)
    const due = retryOf(record)?.due ?? 0
    if (due > clock.wallTime()) wrong.push(`${String(number)} before it was due`)
    const fails = (left[number] ?? 0) > 0
    left[number] = (left[number] ?? 0) - 1
    if (fails) throw new Error('boom')
    done.add(number)
  }
  const join = (): Consumer => {
    const retries = retryLater(cluster, { topic: 'retry', tiers, then: deadLetter(cluster, { topic: 'dead' }) })
    const member = made.member({ subscription: subscribe('orders', ...retries.topics) })
    member
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(work, { order: 'key', concurrency: 4, onFailure: retries }),
            commit({ every: 3, withinMs: 1_000 })
          )
        )
      )
      .subscribe({ error: (error: unknown) => wrong.push(String(error)) })
    return member
  }
  let written = 0
  const write = (count: number): void => {
    for (; written < Math.min(failures.length, count); written++) {
      const key = `k${String(written % keys)}`
      ofKey.set(key, [...(ofKey.get(key) ?? []), written])
      cluster.produce('orders', { key, value: String(written) })
    }
  }
  const members: (Consumer | null)[] = [join(), null, null]
  write(failures.length / 3)
  for (const { act, member, afterMs } of acts) {
    clock.advance(afterMs)
    const present = members[member] ?? null
    if (act === 'records') write(written + 10)
    else if (act === 'join') members[member] ??= join()
    else if (present !== null) {
      members[member] = null
      if (act === 'close') present.close().catch(() => undefined)
      else present.drain().catch(() => undefined)
    }
  }
  write(failures.length)
  if (members.every((member) => member === null)) join()
  clock.advance(300_000)
  letters()
  failures.forEach((_, number) => {
    if (!done.has(number)) wrong.push(`${String(number)} was lost`)
  })
  return wrong
}

it('keeps the order of each key and loses nothing, whatever fails, joins and leaves', () => {
  fc.assert(
    fc.property(given, (all) => {
      expect(run(all)).toEqual([])
    }),
    { numRuns: runs }
  )
})
