import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { FaultOnDemand, ProducerApi } from '../../src/sources/memory/fault-on-demand.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type { TransactionVersion } from '../../src/ports/kafka-calls.js'
import type { TransactionSession } from '../../src/ports/transaction-session.js'
import { type Outcome, Transacting } from '../support/transacting.js'

type Op =
  | { readonly op: 'send'; readonly partition: number }
  | { readonly op: 'offset' }
  | { readonly op: 'commit' }
  | { readonly op: 'abort' }
  | { readonly op: 'pass'; readonly ms: number }
  /** some requests of a kind fail: a broken connection before or after, what passes by itself, or what ends the transaction */
  | { readonly op: 'fail'; readonly api: ProducerApi; readonly fault: FaultOnDemand; readonly times: number }
  /** another process begins with the id; the former knows nothing of it, and goes on for a while */
  | { readonly op: 'take over' }

const apis: readonly ProducerApi[] = [
  'ApiVersions',
  'InitProducerId',
  'AddPartitionsToTxn',
  'Produce',
  'AddOffsetsToTxn',
  'TxnOffsetCommit',
  'EndTxn'
]
const faults: readonly FaultOnDemand[] = [
  'disconnect',
  'answer lost',
  code.NOT_COORDINATOR,
  code.CONCURRENT_TRANSACTIONS
]

/** No broker refuses an end that it has done before: then nobody could know what became of it. */
const failure = fc.oneof(
  fc.record({ api: fc.constantFrom(...apis), fault: fc.constantFrom(...faults) }),
  fc.record({
    api: fc.constantFrom(...apis.filter((api) => api !== 'EndTxn')),
    fault: fc.constant(code.TRANSACTION_ABORTABLE)
  })
)

const op: fc.Arbitrary<Op> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant('send' as const), partition: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.constant({ op: 'offset' as const }) },
  { weight: 3, arbitrary: fc.constant({ op: 'commit' as const }) },
  { weight: 2, arbitrary: fc.constant({ op: 'abort' as const }) },
  { weight: 4, arbitrary: fc.record({ op: fc.constant('pass' as const), ms: fc.oneof(fc.nat(10), fc.nat(400)) }) },
  {
    weight: 4,
    arbitrary: fc
      .record({ failure, times: fc.integer({ min: 1, max: 3 }) })
      .map(({ failure: { api, fault }, times }) => ({ op: 'fail' as const, api, fault, times }))
  },
  { weight: 1, arbitrary: fc.constant({ op: 'take over' as const }) }
)

/** Long enough for every retry of what is made to fail. */
const patience = 20_000

/** Someone who writes numbers in transactions, and what has to be visible by what was answered. */
class World {
  readonly on: Transacting
  readonly committed: string[][] = [[], []]
  stored: bigint | undefined
  private session: TransactionSession | null = null
  private written: string[][] = [[], []]
  private offset: bigint | undefined
  private next = 0

  constructor(version: TransactionVersion) {
    this.on = new Transacting({ version, transactionTimeoutMs: 900_000 })
  }

  run(ops: readonly Op[]): void {
    for (const one of ops) this.step(one)
    this.commit()
    // Whoever comes next aborts what is open.
    this.session = null
    this.step({ op: 'send', partition: 0 })
    this.step({ op: 'send', partition: 1 })
    this.commit()
  }

  private step(one: Op): void {
    switch (one.op) {
      case 'send': {
        const value = String(this.next++)
        this.on.send(this.open(), value, one.partition)
        this.written[one.partition]?.push(value)
        break
      }
      case 'offset': {
        const offset = BigInt(this.next++)
        if (this.on.take(this.on.offsets(this.open(), offset), patience) === 'done') this.offset = offset
        break
      }
      case 'commit':
        this.commit()
        break
      case 'abort':
        this.abort()
        break
      case 'pass':
        this.on.clock.advance(one.ms)
        break
      case 'fail':
        this.on.model.failNext(one.api, one.fault, one.times)
        break
      case 'take over': {
        const former = this.session
        this.session = null
        this.forget()
        this.open()
        if (former === null) break
        this.on.send(former, 'zombie', 0)
        expect(this.on.take(former.commit(), patience)).not.toBe('done')
      }
    }
  }

  /** A session with an open transaction. */
  private open(): TransactionSession {
    for (let tries = 0; this.session === null && tries < 30; tries++) this.begin(this.on.session())
    if (this.session === null) throw new Error('no transaction can be begun')
    return this.session
  }

  private begin(session: TransactionSession): void {
    this.forget()
    this.session = this.on.take(session.begin(), patience) === 'done' ? session : null
  }

  private commit(): void {
    const session = this.open()
    const told = this.on.take(session.commit(), patience)
    this.expectAnswer(told)
    if (told !== 'done') {
      this.abort()
      return
    }
    for (const [partition, values] of this.written.entries()) this.committed[partition]?.push(...values)
    this.stored = this.offset ?? this.stored
    this.begin(session)
  }

  private abort(): void {
    const session = this.open()
    for (let tries = 0; tries < 10; tries++) {
      const told = this.on.take(session.abort(), patience)
      this.expectAnswer(told)
      if (told !== 'done') continue
      this.begin(session)
      return
    }
    throw new Error('it cannot be aborted')
  }

  private expectAnswer(told: Outcome): void {
    expect(told).toBeDefined()
  }

  private forget(): void {
    this.written = [[], []]
    this.offset = undefined
  }
}

describe.each([1, 2] as const)('transactions by version %i', (version) => {
  it('show what was committed, all of it and once, and nothing else', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 40 }), (ops) => {
        const world = new World(version)
        world.run(ops)
        expect([world.on.visible(0), world.on.visible(1)]).toEqual(world.committed)
        expect(world.on.stored()).toBe(world.stored)
      }),
      { numRuns: 500 }
    )
  })
})
