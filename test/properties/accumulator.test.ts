import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../src/core/records/crc32c.js'
import { PartitionLog } from '../../src/sources/memory/partition-log.js'
import { topicRules } from '../../src/sources/memory/topic-rules.js'
import { bareAnswer, type BatchAnswer } from '../../src/core/producing/batch-answer.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { Accumulator, type AccumulatorSettings, type NodeRequest } from '../../src/core/producing/accumulator.js'
import type { Settled } from '../../src/core/producing/settled.js'
import type { ProducerBatch } from '../../src/core/producing/producer-batch.js'
import { recordBound } from '../../src/core/records/batch-builder.js'
import type { Fault } from '../../src/model/fault.js'

const partitions = 3
const settings: AccumulatorSettings = {
  idempotent: true,
  transactional: false,
  lingerMs: 5,
  batchSize: 200,
  maxInFlight: 5,
  retries: Number.MAX_SAFE_INTEGER,
  deliveryTimeoutMs: 1_000,
  bufferMemory: 4_000,
  maxRequestSize: 450
}

type Op =
  | { readonly op: 'add'; readonly partition: number; readonly bytes: number; readonly keyless: boolean }
  | { readonly op: 'pass'; readonly ms: number }
  | { readonly op: 'pump' }
  /** the broker takes the next request and answers it: as it should, or with one of its errors for some partitions */
  | { readonly op: 'take'; readonly error: number | null; readonly partition: number }
  | { readonly op: 'answer' }
  /** the connection breaks: of what was sent, so many requests have reached the broker */
  | { readonly op: 'break'; readonly reached: number }
  /** the broker comes to a request of a connection that broke long ago */
  | { readonly op: 'ghost' }

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      op: fc.constant('add' as const),
      partition: fc.nat(partitions - 1),
      bytes: fc.nat(150),
      keyless: fc.nat(9).map((number) => number === 0)
    })
  },
  { weight: 2, arbitrary: fc.record({ op: fc.constant('pass' as const), ms: fc.oneof(fc.nat(20), fc.nat(600)) }) },
  { weight: 5, arbitrary: fc.constant({ op: 'pump' as const }) },
  {
    weight: 5,
    arbitrary: fc.record({
      op: fc.constant('take' as const),
      error: fc.option(
        fc.constantFrom(
          code.NOT_LEADER_OR_FOLLOWER,
          code.NOT_ENOUGH_REPLICAS,
          code.REQUEST_TIMED_OUT,
          code.MESSAGE_TOO_LARGE,
          code.TOPIC_AUTHORIZATION_FAILED,
          code.CORRUPT_MESSAGE
        ),
        { nil: null, freq: 3 }
      ),
      partition: fc.nat(partitions - 1)
    })
  },
  { weight: 5, arbitrary: fc.constant({ op: 'answer' as const }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('break' as const), reached: fc.nat(4) }) },
  { weight: 1, arbitrary: fc.constant({ op: 'ghost' as const }) }
)

type Sent = NodeRequest & { readonly bytes: readonly Uint8Array[]; readonly written: readonly Uint8Array[] }
type Told = { readonly _tag: 'written'; readonly offset: bigint } | { readonly _tag: 'failed'; readonly fault: Fault }

/** A broker, one connection to it, and whoever produces; what was told of each record. */
class World {
  readonly accumulator: Accumulator
  /** The first takes only records with a key. */
  readonly logs = Array.from(
    { length: partitions },
    (_, partition) => new PartitionLog({ rules: topicRules(partition === 0 ? { 'cleanup.policy': 'compact' } : {}) })
  )
  readonly added: { readonly partition: number; readonly keyless: boolean }[] = []
  readonly told = new Map<number, Told[]>()
  private readonly settings: AccumulatorSettings
  /** Whether the broker says which records it refuses. */
  private readonly names: boolean
  private now = 0
  private producerId = 1n
  private sent: Sent[] = []
  private answers: (BatchAnswer & { readonly batch: ProducerBatch })[][] = []
  private ghosts: Sent[] = []

  constructor(more: AccumulatorSettings, names: boolean) {
    this.settings = more
    this.names = names
    this.accumulator = new Accumulator(more)
    this.accumulator.identify({ producerId: this.producerId, epoch: 32_760 })
  }

  run(step: Op): void {
    switch (step.op) {
      case 'add':
        this.add(step.partition, step.bytes, step.keyless)
        break
      case 'pass':
        this.now += step.ms
        this.settle(this.accumulator.expire(this.now))
        break
      case 'pump':
        this.pump(false)
        break
      case 'take':
        this.take(step.error, step.partition)
        break
      case 'answer':
        this.answer()
        break
      case 'break':
        this.breakOff(step.reached)
        break
      case 'ghost': {
        const ghost = this.ghosts.shift()
        if (ghost !== undefined) this.apply(ghost, null, -1)
        break
      }
    }
    expect(this.accumulator.usedBytes).toBeLessThanOrEqual(this.settings.bufferMemory)
  }

  /** Nothing goes wrong any more, until everything is settled. */
  heal(): void {
    for (let round = 0; !this.accumulator.isEmpty || this.sent.length > 0 || this.answers.length > 0; round++) {
      expect(round).toBeLessThan(1_000)
      this.now += 10
      this.pump(true)
      this.take(null, -1)
      this.answer()
    }
    for (let ghost = this.ghosts.shift(); ghost !== undefined; ghost = this.ghosts.shift()) this.apply(ghost, null, -1)
  }

  private add(partition: number, bytes: number, keyless: boolean): void {
    const index = this.added.length
    const content = { key: keyless ? null : 'k', value: `${String(index)} ${'x'.repeat(bytes)}`, headers: [] }
    const callbacks = {
      written: (at: number, _topic: string, _partition: number, offset: bigint) =>
        this.tell(at, { _tag: 'written', offset }),
      failed: (at: number, fault: Fault) => this.tell(at, { _tag: 'failed', fault })
    }
    const given = { content, bound: recordBound(content), callbacks, index, acceptedAt: this.now, generation: 0 }
    if (this.accumulator.add('t', partition, 0, given) !== 'full') this.added.push({ partition, keyless })
  }

  private tell(index: number, told: Told): void {
    this.told.set(index, [...(this.told.get(index) ?? []), told])
  }

  private pump(hurry: boolean): void {
    if (this.accumulator.needsIdentity) this.accumulator.identify({ producerId: ++this.producerId, epoch: 0 })
    for (;;) {
      const hasRoom = (): boolean => this.sent.length + this.answers.length < 5
      const requests = this.accumulator.take(this.now, hurry, () => 1, hasRoom)
      if (requests.length === 0) return
      // Not copied: a connection reads them when the network takes them.
      for (const request of requests) {
        const bytes = request.batches.map((batch) => batch.encode(false, null, crc32c))
        this.sent.push({ ...request, bytes, written: bytes.map((one) => one.slice()) })
      }
    }
  }

  private take(error: number | null, partition: number): void {
    const request = this.sent.shift()
    if (request !== undefined) this.answers.push(this.apply(request, error, partition))
  }

  private apply(
    { batches, bytes, written }: Sent,
    error: number | null,
    partition: number
  ): (BatchAnswer & { readonly batch: ProducerBatch })[] {
    expect(bytes, 'what waits on the connection is what was put there').toEqual(written)
    return batches.map((batch, index) => {
      const failing = batch.partition === partition ? error : null
      const refused = { batch, ...bareAnswer(failing ?? code.NONE) }
      if (failing === code.REQUEST_TIMED_OUT) {
        const answer = this.append(batch, bytes[index])
        return answer.code === code.NONE ? refused : { batch, ...answer }
      }
      return failing === null ? { batch, ...this.append(batch, bytes[index]) } : refused
    })
  }

  private append(batch: ProducerBatch, bytes: Uint8Array = new Uint8Array()): BatchAnswer {
    const answer = this.logs[batch.partition]?.appendBatch(bytes) ?? bareAnswer(code.UNKNOWN_TOPIC_OR_PARTITION)
    return this.names ? answer : { ...answer, refused: [] }
  }

  private answer(): void {
    for (const { batch, ...answer } of this.answers.shift() ?? [])
      this.settle(this.accumulator.answered(batch, answer, this.now + 10))
  }

  private breakOff(reached: number): void {
    const lost = this.sent
    this.sent = []
    for (const request of lost.slice(0, reached)) this.apply(request, null, -1)
    // One may still be worked on, and without idempotence nothing would know it again. A whole line of them, come to after
    // what was sent later was refused for the gap, is what no client can tell from a gap.
    if (this.settings.idempotent)
      for (const ghost of lost.slice(reached, reached + 1)) this.ghosts.push({ ...ghost, bytes: ghost.written })
    const fault: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'broken' }
    const unanswered = [...this.answers.flat().map(({ batch }) => batch), ...lost.flatMap(({ batches }) => batches)]
    this.answers = []
    for (const batch of unanswered) this.settle(this.accumulator.unanswered(batch, fault, true, this.now + 10))
  }

  private settle(settled: readonly Settled[]): void {
    for (const one of settled) {
      if (one._tag === 'written') one.batch.callbacks.written(one.batch, one.baseOffset)
      else if (one._tag === 'failed') one.batch.callbacks.failed(one.fault)
      else one.batch.callbacks.failedEach(one.faults)
    }
  }
}

/** The numbers of the records in a log, in its order. */
const numbersIn = (log: PartitionLog | undefined): readonly number[] =>
  (log?.records() ?? []).map(({ value }) => parseInt(new TextDecoder().decode(value ?? undefined)))

const check = (world: World, duplicates: boolean): void => {
  world.added.forEach(({ partition, keyless }, index) => {
    const told = world.told.get(index) ?? []
    expect(told, `record ${String(index)} is told of once`).toHaveLength(1)
    const offsets = numbersIn(world.logs[partition]).flatMap((number, offset) => (number === index ? [offset] : []))
    const [outcome] = told
    if (outcome?._tag === 'written')
      expect(offsets, `record ${String(index)} stands where it was said`).toContain(Number(outcome.offset))
    else if (outcome?.fault._tag === 'ProduceFault' && !outcome.fault.maybeWritten)
      expect(offsets, `record ${String(index)} was not written, as was said`).toEqual([])
    const isBad = partition === 0 && keyless
    if (isBad) expect(offsets, `record ${String(index)} is not taken`).toEqual([])
    const isRefused =
      outcome?._tag === 'failed' &&
      outcome.fault._tag === 'ProduceFault' &&
      outcome.fault.reason.startsWith('INVALID_RECORD')
    if (isRefused) expect(isBad, `record ${String(index)} is refused for a reason of its own`).toBe(true)
    if (!duplicates) expect(offsets.length, `record ${String(index)} stands once at most`).toBeLessThanOrEqual(1)
  })
  for (const log of world.logs) {
    const numbers = numbersIn(log)
    const first = numbers.filter((number, place) => numbers.indexOf(number) === place)
    expect(first, 'the order is that of the calls').toEqual([...first].sort((a, b) => a - b))
  }
  expect(world.accumulator.usedBytes, 'no memory is left taken').toBe(0)
}

const sent: readonly Op[] = [
  { op: 'add', partition: 0, bytes: 100, keyless: false },
  { op: 'pass', ms: 5 },
  { op: 'pump' }
]
const times = (count: number, ops: readonly Op[]): readonly Op[] => Array.from({ length: count }, () => ops).flat()
const taken: Op = { op: 'take', error: null, partition: 0 }
const answered: Op = { op: 'answer' }

/** The oldest is written, not confirmed, and turned away while those behind it are written and confirmed. */
const overtaken: readonly Op[] = [
  ...sent,
  taken,
  answered,
  ...times(5, sent),
  { op: 'take', error: code.REQUEST_TIMED_OUT, partition: 0 },
  answered,
  { op: 'pass', ms: 10 },
  { op: 'pump' },
  ...times(4, [taken, answered]),
  ...times(4, sent),
  { op: 'take', error: code.NOT_LEADER_OR_FOLLOWER, partition: 0 },
  ...times(4, [taken]),
  ...times(5, [answered])
]

describe('an accumulator and a broker with a network that breaks', () => {
  it('tells of each record once and truly; in the log each stands once, in order, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 120, size: 'max' }), fc.boolean(), (ops, names) => {
        const world = new World(settings, names)
        for (const step of ops) world.run(step)
        world.heal()
        check(world, false)
      }),
      { numRuns: 1_000, examples: [[[...overtaken], true]] }
    )
  })

  it('keeps the order without idempotence too, where a lost answer means a record twice', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 120, size: 'max' }), fc.boolean(), (ops, names) => {
        const world = new World({ ...settings, idempotent: false }, names)
        for (const step of ops) world.run(step)
        world.heal()
        check(world, true)
      }),
      { numRuns: 300 }
    )
  })
})
