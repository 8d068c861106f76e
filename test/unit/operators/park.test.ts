import { mergeAll, NEVER, Observable } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  type ConsumerConfig,
  type ConsumerRecord,
  deadLetter,
  eachPartition,
  exponential,
  handle,
  type HandleOptions,
  park,
  type ParkOptions
} from '../../../src/index.js'
import { rig, type Rig } from '../../support/rig.js'
import { eachUnacknowledged } from '../../support/unacknowledged.js'

const textOf = (record: { readonly value: Uint8Array | null }): string =>
  new TextDecoder().decode(record.value ?? undefined)
const backoff = exponential({ initialMs: 1_000, maxMs: 1_000, random: () => 1 })

interface Parked {
  readonly made: Rig
  /** what was handled, in order; a failed attempt with a `!` */
  readonly seen: string[]
  /** keys whose records fail */
  readonly broken: Set<string>
  readonly letters: () => readonly string[]
}

const keyOf = (record: ConsumerRecord): string => textOf({ value: record.key })

/** A pipeline whose handler fails for the broken keys. Values are the key and a number: a1, b1, a2, … */
const parked = (
  values: readonly string[],
  options: Partial<ParkOptions> = {},
  config: Partial<ConsumerConfig> = {},
  more: HandleOptions<ConsumerRecord> = {}
): Parked => {
  const made = rig(1, config)
  const { cluster, orders } = made
  cluster.createTopic('dead', 1)
  for (const value of values) cluster.produce('orders', { key: value.slice(0, 1), value })
  const seen: string[] = []
  const broken = new Set(['a'])
  const work = (record: ConsumerRecord): void => {
    seen.push(broken.has(keyOf(record)) ? `${textOf(record)}!` : textOf(record))
    if (broken.has(keyOf(record))) throw new Error('boom')
  }
  const policy = park({ retry: { attempts: 3, backoff }, then: deadLetter(cluster, { topic: 'dead' }), ...options })
  orders
    .pipe(
      eachPartition((p) =>
        p.pipe(handle(work, { order: 'key', concurrency: 4, onFailure: policy, ...more }), commit({ every: 1 }))
      )
    )
    .subscribe({ error: () => undefined })
  const letters = (): readonly string[] => cluster.records({ topic: 'dead', partition: 0 }).map(textOf)
  return { made, seen, broken, letters }
}

describe('park', () => {
  it('holds back only the key that failed; its later records follow once it succeeds', () => {
    const { made, seen, broken, letters } = parked(['a1', 'b1', 'a2', 'b2', 'a3'])
    made.clock.advance(500)
    expect([seen, made.committed()]).toEqual([['a1!', 'b1', 'b2'], [null]])
    broken.clear()
    made.clock.advance(1_000)
    expect([seen.slice(3), made.committed(), letters()]).toEqual([['a1', 'a2', 'a3'], [5n], []])
    expect(made.events).toMatchObject([
      {
        _tag: 'parked',
        topic: 'orders',
        partition: 0,
        offset: 0n,
        attempts: 1,
        inMs: 1_000,
        fault: { _tag: 'HandlerFault' }
      },
      { _tag: 'resumed', topic: 'orders', partition: 0, offset: 0n, attempts: 2 }
    ])
  })

  it('parks no more bytes than `bytes`: other records wait and keep their credit', () => {
    const { made, seen, broken } = parked(['a1', 'a2', 'b1', 'a3', 'b2'], { bytes: 6 })
    made.clock.advance(500)
    // Each is a key of one byte and a value of two: the third of the key keeps its credit, and the order.
    expect([seen, made.orders.positions()]).toMatchObject([['a1!', 'b1', 'b2'], [{ inFlight: 1 }]])
    broken.clear()
    made.clock.advance(1_000)
    expect([seen.slice(3), made.committed()]).toEqual([['a1', 'a2', 'a3'], [5n]])
  })

  it('sends it and the records parked behind it to the dead letters, in order, and continues with later ones', () => {
    const { made, seen, broken, letters } = parked(['a1', 'b1', 'a2', 'a3'])
    made.clock.advance(2_500)
    expect(letters()).toEqual([])
    made.clock.advance(1_000)
    expect([seen, letters(), made.committed()]).toEqual([['a1!', 'b1', 'a1!', 'a1!', 'a1!'], ['a1', 'a2', 'a3'], [4n]])
    const faults = made.cluster
      .records({ topic: 'dead', partition: 0 })
      .map(({ headers }) => headers.filter(({ name }) => name === 'dlq.fault' || name === 'dlq.attempts').map(textOf))
    expect(faults).toEqual([
      ['HandlerFault', '4'],
      ['PredecessorFailedFault', '0'],
      ['PredecessorFailedFault', '0']
    ])
    broken.clear()
    made.cluster.produce('orders', { key: 'a', value: 'a4' })
    made.clock.advance(1_000)
    expect([seen.at(-1), letters(), made.committed()]).toEqual(['a4', ['a1', 'a2', 'a3'], [5n]])
  })

  it('does so at once for a failure that is permanent', () => {
    const { made, seen, letters } = parked(
      ['a1', 'b1', 'a2'],
      {},
      {},
      { retry: { attempts: 5, backoff, classify: () => 'permanent' } }
    )
    made.clock.advance(500)
    expect([seen, letters(), made.committed()]).toEqual([['a1!', 'b1', 'a2!'], ['a1', 'a2'], [3n]])
  })

  it('keeps the order when a later record also fails, after its own attempts', () => {
    const { made, seen, broken } = parked(['a1', 'a2', 'b1'])
    made.clock.advance(500)
    broken.clear()
    made.clock.advance(999)
    expect(seen).toEqual(['a1!', 'b1', 'a1', 'a2'])
  })

  it('returns the credit of parked records, so that the others continue', () => {
    const values = Array.from({ length: 40 }, (_, number) => `${number < 20 ? 'a' : 'b'}${String(number)}`)
    const { made, seen } = parked(values, { records: 100 }, { maxInFlight: 4 })
    made.clock.advance(900)
    expect(seen.filter((value) => value.startsWith('b'))).toHaveLength(20)
    expect(made.orders.positions()).toMatchObject([
      { inFlight: 0, uncommitted: { from: 0n, to: 40n }, waitingFor: { offset: 0n, held: true } }
    ])
  })

  it('never parks more records than its limit: the rest waits and keeps its credit', () => {
    const values = Array.from({ length: 100 }, (_, number) => `a${String(number)}`)
    const { made } = parked(values, { records: 5 }, { maxInFlight: 4 })
    made.clock.advance(900)
    expect(made.orders.positions()).toMatchObject([{ inFlight: 4, position: 9n, standing: 'no credit' }])
  })

  it('never delivers further than maxUncommitted behind what is parked', () => {
    const values = Array.from({ length: 100 }, (_, number) => `a${String(number)}`)
    const { made } = parked(values, { records: 1_000 }, { maxUncommitted: 30 })
    made.clock.advance(900)
    expect(made.orders.positions()).toMatchObject([{ inFlight: 0, position: 30n, standing: 'commit range full' }])
  })

  it('does not hold up a drain, whose report counts it as repeated', () => {
    const { made, seen } = parked(['a1', 'b1', 'a2'])
    made.clock.advance(500)
    let report: unknown = null
    void made.orders.drain().then((given) => (report = given))
    made.clock.advance(100)
    return Promise.resolve().then(() => {
      expect(report).toMatchObject({
        outcome: 'drained',
        partitions: [{ outcome: 'drained', repeated: 2, committed: null }]
      })
      made.clock.advance(60_000)
      expect([seen, made.clock.pending]).toEqual([['a1!', 'b1'], 0])
    })
  })

  it('is delivered again from the first parked record, to the next owner', () => {
    const { made, broken } = parked(['b1', 'a1', 'b2', 'a2'])
    made.clock.advance(500)
    void made.orders.close()
    made.clock.advance(6_000)
    expect(made.committed()).toEqual([1n])
    broken.clear()
    const again: string[] = []
    made
      .member()
      .pipe(mergeAll())
      .subscribe((record) => void again.push(textOf(record)))
    made.clock.advance(1_000)
    expect(again).toEqual(['a1', 'b2', 'a2'])
  })

  it('is forgotten after a seek: records read then do not wait for earlier ones', () => {
    const { made, seen, broken } = parked(['a1', 'a2', 'b1'])
    made.clock.advance(300)
    broken.clear()
    made.orders.seek({ topic: 'orders', partition: 0 }, 'beginning')
    made.clock.advance(650)
    expect([seen, made.committed()]).toEqual([['a1!', 'b1', 'a1', 'a2', 'b1'], [3n]])
  })

  it.each([
    ['skip', { dead: [], committed: [3n], events: ['parked', 'skipped', 'skipped'] }],
    ['fail', { dead: [], committed: [null], events: ['parked', 'pipeline failed', 'stopped'] }]
  ] as const)('ends as then says: %s', (then, expected) => {
    const { made, letters } = parked(['a1', 'b1', 'a2'], { then })
    made.clock.advance(10_000)
    expect({ dead: letters(), committed: made.committed(), events: made.events.map(({ _tag }) => _tag) }).toEqual(
      expected
    )
  })

  it('parks a whole partition if it is one lane, and a record without a lane alone', () => {
    const whole = parked(['a1', 'b1'], {}, {}, { order: 'partition' })
    whole.made.clock.advance(500)
    expect(whole.seen).toEqual(['a1!'])
    const alone = parked(['a1', 'b1', 'a2'], {}, {}, { order: 'none' })
    alone.made.clock.advance(500)
    expect(alone.seen).toEqual(['a1!', 'b1', 'a2!'])
    expect(alone.made.events).toHaveLength(2)
  })

  it('waits while the dead letters cannot be written, and skips nothing', () => {
    const { made, letters } = parked(['a1', 'b1', 'a2'])
    made.clock.advance(2_500)
    made.cluster.failNext('Produce', 'disconnect', 5)
    made.clock.advance(1_000)
    expect([letters(), made.committed()]).toEqual([[], [null]])
    made.clock.advance(60_000)
    expect([letters(), made.committed()]).toEqual([['a1', 'a2'], [3n]])
  })

  it('keeps the bytes of parked records, not their response', () => {
    const { made } = parked([])
    const kept: ConsumerRecord[] = []
    const reader = made.member({ 'group.id': 'reader' })
    const policy = park({ retry: { attempts: 3, backoff }, then: 'skip' })
    const work = (record: ConsumerRecord, attempt: number): Observable<never> => {
      if (attempt > 1) kept.push(record)
      if (attempt > 1) return NEVER
      throw new Error('boom')
    }
    reader
      .pipe(
        eachUnacknowledged((p) =>
          p.pipe(handle((r, { attempt }) => work(r, attempt), { order: 'key', concurrency: 9, onFailure: policy }))
        )
      )
      .subscribe()
    const headers = [
      { name: 'h', value: 'one' },
      { name: 'h', value: null }
    ]
    made.cluster.produce('orders', { key: 'k', value: 'v', headers }, { key: 'x'.repeat(100_000), value: null })
    made.clock.advance(2_000)
    const [first] = kept
    expect([kept.length, keyOf(first as ConsumerRecord), textOf(first as ConsumerRecord), first?.offset]).toEqual([
      2,
      'k',
      'v',
      0n
    ])
    expect(first?.headers.map(({ name, value }) => [name, value && textOf({ value })])).toEqual([
      ['h', 'one'],
      ['h', null]
    ])
    expect(first?.value?.buffer.byteLength).toBeLessThan(50)
    expect(kept[1]?.value).toBeNull()
  })
})
