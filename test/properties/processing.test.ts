import fc from 'fast-check'
import { Observable, Subject, tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  commit,
  concurrencyLimit,
  type Consumer,
  type ConsumerRecord,
  deadLetter,
  eachPartition,
  exponential,
  handle,
  type HandleOptions,
  type OnFailure,
  park
} from '../../src/index.js'
import type { AckOrigin } from '../../src/model/acknowledgement.js'
import { firstOriginOf, isStale } from '../../src/model/carried.js'
import { rig } from '../support/rig.js'

/** How many; 10,000 take some minutes. */
const runs = Number(process.env['PROCESSING_RUNS'] ?? 400)
const partitions = 2
const keys = ['a', 'b', 'c', null] as const

const plan = fc.record({
  policy: fc.constantFrom('skip', 'deadLetter', 'park'),
  order: fc.constantFrom('key', 'partition'),
  attempts: fc.integer({ min: 1, max: 3 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  limit: fc.option(fc.integer({ min: 1, max: 5 })),
  timeoutMs: fc.option(fc.constantFrom(50, 700)),
  maxInFlight: fc.integer({ min: 2, max: 12 }),
  assignor: fc.constantFrom('range' as const, 'cooperative-sticky' as const)
})
const partition = fc.integer({ min: 0, max: partitions - 1 })
const act = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('succeed' as const), at: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('fail' as const), at: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 1, max: 900 }) }) },
  fc.record({ kind: fc.constant('produce' as const), partition, key: fc.constantFrom(...keys) }),
  fc.record({
    kind: fc.constant('seek' as const),
    partition,
    to: fc.oneof(fc.constant('committed' as const), fc.nat({ max: 12 }))
  }),
  fc.record({ kind: fc.constant('pause' as const), partition }),
  fc.record({ kind: fc.constant('resume' as const), partition }),
  fc.record({ kind: fc.constant('rebalance' as const), forMs: fc.integer({ min: 1, max: 2_000 }) }),
  fc.constant({ kind: 'lost' } as const),
  fc.constant({ kind: 'commits fail' } as const),
  fc.constant({ kind: 'dead letters down' } as const)
)
type Plan = typeof plan extends fc.Arbitrary<infer P> ? P : never
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never

interface OpenAttempt {
  readonly work: Subject<void>
  readonly record: ConsumerRecord
}

/** One run, and everything that it must not have done. */
class Trial {
  readonly breaches: string[] = []
  private readonly plan: Plan
  private readonly made: ReturnType<typeof rig>
  private readonly open: OpenAttempt[] = []
  /** offsets of each partition that are handled, skipped or among the dead letters */
  private readonly done = Array.from({ length: partitions }, () => new Set<bigint>())
  /** what each reading of a partition was given and is not through yet, by lane */
  private readonly lanes = new Map<AckOrigin, Map<string, bigint[]>>()
  private readonly last = new Map<AckOrigin, bigint>()
  private readonly current = new Map<string, AckOrigin>()
  /** what the user passed over by a seek, and how far back a seek went */
  private readonly excused = Array.from({ length: partitions }, () => 0n)
  private readonly back = Array.from({ length: partitions }, () => 1_000n)
  private readonly floor = Array.from({ length: partitions }, () => 0n)
  private readonly limit: HandleOptions<ConsumerRecord>['limit']
  private over = false

  constructor(given: Plan) {
    this.plan = given
    this.limit = given.limit === null ? undefined : concurrencyLimit(given.limit)
    const { maxInFlight, assignor } = given
    this.made = rig(partitions, {
      maxInFlight,
      'heartbeat.interval.ms': 100,
      'auto.commit.interval.ms': 300,
      'drain.timeout.ms': 500,
      'partition.assignment.strategy': [assignor]
    })
    this.made.cluster.createTopic('dead', 1)
    for (let number = 0; number < 12; number++) this.produce(number % partitions, keys[number % keys.length] ?? null)
    this.follow('first', this.made.orders)
    this.made.clock.advance(200)
  }

  perform(step: Act): void {
    const { clock, cluster, orders, member } = this.made
    switch (step.kind) {
      case 'succeed':
      case 'fail': {
        const [chosen] = this.open.splice(step.at % Math.max(1, this.open.length), 1)
        if (step.kind === 'fail') chosen?.work.error(new Error('boom'))
        else chosen?.work.complete()
        break
      }
      case 'wait':
        clock.advance(step.ms)
        break
      case 'produce':
        this.produce(step.partition, step.key)
        break
      case 'seek':
        this.seek(step.partition, step.to)
        break
      case 'pause':
        orders.pause([{ topic: 'orders', partition: step.partition }])
        break
      case 'resume':
        orders.resume([{ topic: 'orders', partition: step.partition }])
        break
      case 'rebalance': {
        const other = member()
        const subscription = this.follow('second', other)
        clock.advance(step.forMs)
        subscription.unsubscribe()
        break
      }
      case 'lost':
        cluster.failNext('Heartbeat', 25)
        break
      case 'commits fail':
        cluster.failNext('OffsetCommit', 14)
        break
      case 'dead letters down':
        cluster.failNext('Produce', 'disconnect', 2)
        break
    }
    this.look()
  }

  /** Everything succeeds from here on: all of it has to be done and committed in the end. */
  finish(): void {
    const { clock, cluster, orders } = this.made
    this.over = true
    orders.resume()
    // A seek to the end is not stored by itself, only what is done from there on.
    for (let number = 0; number < partitions; number++) this.produce(number, null)
    for (let round = 0; round < 100 && !this.isComplete(); round++) {
      for (const { work } of this.open.splice(0)) work.complete()
      clock.advance(5_000)
      this.look()
    }
    this.made.committed().forEach((committed, number) => {
      const end = cluster.logEnd({ topic: 'orders', partition: number })
      if ((committed ?? 0n) !== end)
        this.breaches.push(`partition ${String(number)} is committed up to ${String(committed)} of ${String(end)}`)
    })
    void orders.close()
    clock.advance(20_000)
    if (clock.pending > 0) this.breaches.push(`${String(clock.pending)} timers are left`)
  }

  private isComplete(): boolean {
    return this.made
      .committed()
      .every((committed, number) => committed === this.made.cluster.logEnd({ topic: 'orders', partition: number }))
  }

  private produce(to: number, key: string | null): void {
    this.made.cluster.produce('orders', { partition: to, key, value: 'v' })
  }

  private seek(number: number, to: 'committed' | number): void {
    const place = { topic: 'orders', partition: number }
    if (
      !this.made.orders
        .positions()
        .some(
          (position) => position.partition === number && position.position !== null && position.standing !== 'draining'
        )
    )
      return
    const target = to === 'committed' ? null : BigInt(Math.min(to, Number(this.made.cluster.logEnd(place))))
    this.made.orders.seek(place, target === null ? 'committed' : { offset: target })
    if (target === null) {
      // With nothing stored it is the beginning.
      this.back[number] = min(this.back[number], this.made.cluster.committed('billing', place) ?? 0n)
      return
    }
    if (target > (this.excused[number] ?? 0n)) this.excused[number] = target
    this.back[number] = min(this.back[number], target)
  }

  private follow(name: string, member: Consumer): { unsubscribe(): void } {
    member.events.subscribe((event) => {
      if (event._tag === 'skipped' || event._tag === 'dead lettered')
        this.through(this.current.get(`${name} ${String(event.partition)}`), event.partition, event.offset)
    })
    const { cluster } = this.made
    const { policy, order, attempts, concurrency, timeoutMs } = this.plan
    const backoff = exponential({ initialMs: 40, maxMs: 400, random: () => 1 })
    const dead = deadLetter(cluster, { topic: 'dead' })
    const onFailure: OnFailure =
      policy === 'skip'
        ? 'skip'
        : policy === 'deadLetter'
          ? dead
          : park({ records: 3, retry: { attempts: 2, backoff }, then: dead })
    const options: HandleOptions<ConsumerRecord> = {
      order,
      concurrency,
      retry: { attempts, backoff },
      onFailure,
      ...(this.limit === undefined ? {} : { limit: this.limit }),
      ...(timeoutMs === null ? {} : { timeoutMs })
    }
    return member
      .pipe(
        eachPartition((stream) =>
          stream.pipe(
            tap((record) => {
              this.delivered(name, record)
            }),
            handle((record) => this.attempt(record), options),
            tap((record) => {
              this.through(firstOriginOf(record) ?? undefined, record.partition, record.offset)
            }),
            commit({ every: 2, withinMs: 100 })
          )
        )
      )
      .subscribe({ error: (error: unknown) => this.breaches.push(`the pipeline failed: ${String(error)}`) })
  }

  private delivered(name: string, record: ConsumerRecord): void {
    const origin = firstOriginOf(record)
    if (origin === null) return
    const { offset } = record
    const before = this.last.get(origin)
    if (before !== undefined && offset !== before + 1n)
      this.breaches.push(`${String(offset)} was delivered behind ${String(before)}`)
    this.last.set(origin, offset)
    this.current.set(`${name} ${String(record.partition)}`, origin)
    const lanes = this.lanes.get(origin) ?? new Map<string, bigint[]>()
    this.lanes.set(origin, lanes)
    const lane = this.laneOf(record)
    lanes.set(lane, [...(lanes.get(lane) ?? []), offset])
  }

  private laneOf({ key }: ConsumerRecord): string {
    return this.plan.order === 'partition' || key === null ? 'all' : `key ${new TextDecoder().decode(key)}`
  }

  private attempt(record: ConsumerRecord): Observable<void> | undefined {
    const origin = firstOriginOf(record)
    const first = origin === null ? undefined : this.lanes.get(origin)?.get(this.laneOf(record))?.[0]
    if (first !== record.offset)
      this.breaches.push(`${String(record.offset)} began while ${String(first)} of its order was not through`)
    if (isStale(record)) this.breaches.push(`${String(record.offset)} began though its reading is over`)
    if (this.over) return undefined
    return new Observable((subscriber) => {
      const work = new Subject<void>()
      const entry = { work, record }
      this.open.push(entry)
      subscriber.add(() => {
        const at = this.open.indexOf(entry)
        if (at >= 0) this.open.splice(at, 1)
      })
      return work.subscribe(subscriber)
    })
  }

  private through(origin: AckOrigin | undefined, number: number, offset: bigint): void {
    this.done[number]?.add(offset)
    if (origin === undefined) return
    for (const lane of this.lanes.get(origin)?.values() ?? []) if (lane[0] === offset) lane.shift()
  }

  private look(): void {
    this.made.committed().forEach((stored, number) => {
      const committed = stored ?? 0n
      for (let offset = this.excused[number] ?? 0n; offset < committed; offset++)
        if (this.done[number]?.has(offset) !== true)
          this.breaches.push(`${String(number)}/${String(offset)} was committed and is not done`)
      if (committed < min(this.floor[number], this.back[number] ?? 0n))
        this.breaches.push(`${String(number)} went back to ${String(committed)}`)
      this.floor[number] = committed
    })
    // What is parked takes its credit again when it goes on: at most as many as may be parked.
    const most = this.plan.maxInFlight + (this.plan.policy === 'park' ? 3 : 0)
    for (const { inFlight } of this.made.orders.positions())
      if (inFlight > most) this.breaches.push(`${String(inFlight)} are in flight`)
    if (this.limit?._tag === 'ConcurrencyLimit' && this.limit.active > this.limit.size)
      this.breaches.push(`${String(this.limit.active)} handlers run`)
  }
}

const min = (a: bigint | undefined, b: bigint): bigint => (a === undefined || b < a ? b : a)

describe('processing', () => {
  it(`keeps order, credit and commits in ${String(runs)} interleavings of attempts, failures, parks, seeks, pauses and rebalances`, () => {
    fc.assert(
      fc.property(plan, fc.array(act, { maxLength: 60 }), (given, acts) => {
        const trial = new Trial(given)
        for (const step of acts) trial.perform(step)
        trial.finish()
        expect(trial.breaches.slice(0, 3)).toEqual([])
      }),
      { numRuns: runs }
    )
  }, 1_800_000)
})
