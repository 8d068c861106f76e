import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Ledger } from '../../src/core/partition/ledger.js'
import { PartitionLifecycle } from '../../src/core/partition/partition-lifecycle.js'
import type {
  EndTimer,
  EndTrigger,
  PartitionEffect,
  PartitionEnd,
  PartitionEvent
} from '../../src/core/partition/partition-messages.js'

/** A position that may be chosen, or where a log goes on. */
const offset = fc.nat(50).map(BigInt)
const startCommit = fc.constantFrom('never' as const, 'in time' as const, 'at once' as const)
const fault = {
  _tag: 'CodecMissingFault',
  topic: 't',
  partition: 0,
  offset: 0n,
  codec: 'zstd',
  install: 'fzstd'
} as const

type Act =
  | { readonly kind: 'event'; readonly event: PartitionEvent }
  /** Answers a question, by its place among those that were asked. */
  | {
      readonly kind: 'locate'
      readonly which: number
      readonly offset: bigint
      readonly startCommit: 'never' | 'in time' | 'at once'
    }
  | { readonly kind: 'resume'; readonly which: number }
  /** Its stream is unsubscribed from, and subscribed to again. */
  | { readonly kind: 'again' }
  /** Hands a record over; within the call it may be settled, and the end asked for. */
  | { readonly kind: 'deliver'; readonly settles: boolean; readonly ends: boolean }
  /** Settles a record, of former epochs too. */
  | { readonly kind: 'settle'; readonly which: number }
  | { readonly kind: 'park'; readonly which: number }
  | { readonly kind: 'end by'; readonly inMs: number }
  | { readonly kind: 'commit answered'; readonly stored: boolean; readonly isSetBack: boolean }
  | { readonly kind: 'due' }
  | { readonly kind: 'wait'; readonly ms: number }

const event = (value: PartitionEvent): { readonly kind: 'event'; readonly event: PartitionEvent } => ({
  kind: 'event',
  event: value
})

const plain = fc
  .constantFrom<PartitionEvent>(
    { _tag: 'assigned' },
    { _tag: 'sought', position: 'end' },
    { _tag: 'refetched' },
    { _tag: 'unreadable', fault },
    { _tag: 'paused', paused: true },
    { _tag: 'paused', paused: false },
    { _tag: 'subscribed' },
    { _tag: 'subscribed' },
    { _tag: 'unsubscribed' },
    { _tag: 'pipeline attached' },
    { _tag: 'pipeline ended' },
    { _tag: 'pipeline failed', error: 'no' }
  )
  .map(event)

const ending = fc
  .constantFrom<PartitionEvent>(
    { _tag: 'revoke' },
    { _tag: 'drain' },
    { _tag: 'close' },
    { _tag: 'abort' },
    { _tag: 'lost' },
    { _tag: 'stalled' }
  )
  .map(event)

const leaderEpoch = fc.integer({ min: -1, max: 3 })

const elsewhere: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ _tag: fc.constant('moved' as const), offset, leaderEpoch, startCommit }).map(event),
  fc.record({ _tag: fc.constant('skipped' as const), to: offset, leaderEpoch, startCommit }).map(event),
  fc.record({ kind: fc.constant('locate' as const), which: fc.nat(3), offset, startCommit })
)

const deliver = fc.record({
  kind: fc.constant('deliver' as const),
  settles: fc.boolean(),
  ends: fc.nat(9).map((chance) => chance === 0)
})
const which = fc.nat(5)

/** What happens to it while it is assigned. */
const alive: readonly fc.WeightedArbitrary<Act>[] = [
  { arbitrary: plain, weight: 6 },
  { arbitrary: elsewhere, weight: 6 },
  { arbitrary: fc.constant(event({ _tag: 'sought', position: 'end' })), weight: 2 },
  { arbitrary: fc.record({ kind: fc.constant('resume' as const), which: fc.nat(2) }), weight: 2 },
  { arbitrary: fc.constant({ kind: 'again' as const }), weight: 3 },
  { arbitrary: fc.record({ kind: fc.constant('settle' as const), which }), weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('park' as const), which }), weight: 2 }
]

/** And when it has to end. */
const anything: readonly fc.WeightedArbitrary<Act>[] = [
  ...alive,
  { arbitrary: deliver, weight: 6 },
  { arbitrary: ending, weight: 4 },
  { arbitrary: fc.record({ kind: fc.constant('end by' as const), inMs: fc.nat(9_000) }), weight: 6 },
  {
    arbitrary: fc.record({
      kind: fc.constant('commit answered' as const),
      stored: fc.boolean(),
      isSetBack: fc.boolean()
    }),
    weight: 2
  },
  { arbitrary: fc.constant({ kind: 'due' as const }), weight: 1 },
  { arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(9_000) }), weight: 1 }
]

/** It lives for a while, listened to at once or not, and then ends. */
const acts = fc
  .tuple(
    fc.constantFrom<readonly Act[]>([], [event({ _tag: 'assigned' }), event({ _tag: 'subscribed' })]),
    fc.array(fc.oneof(...alive, { arbitrary: deliver.map((one) => ({ ...one, ends: false })), weight: 8 }), {
      maxLength: 40,
      size: 'max'
    }),
    fc.array(fc.oneof(...anything), { maxLength: 30, size: 'max' })
  )
  .map((parts) => parts.flat())

interface Delivered {
  readonly ledger: Ledger
  readonly seq: number
}

/** Does what the partition wants done, and keeps a book of its own of what may be. */
class Model {
  readonly commits = { lastCommitted: null as bigint | null, isComplete: true, isSetBack: false }
  readonly partition = new PartitionLifecycle(this.commits, false)
  readonly violations: string[] = []
  readonly ends: PartitionEnd[] = []
  private now = 0
  private readonly questions: number[] = []
  private readonly delivered: Delivered[] = []
  private readonly triggers: EndTrigger[] = []
  private readonly resumptions: number[] = []
  private wasAssigned = false
  private isTakenAway = false
  private wasRevoked = false
  private isClosed = false
  private begun = false
  private subscribed = false
  private everSubscribed = false
  private isOver = true
  private isAborted = false
  private isDue = false
  private completed = false
  private released = false
  private flushed = false
  private committing = false
  private wasCommitted = false
  private newest = -1
  private asked: number | null = null
  private deadline = Infinity
  private timers: Record<EndTimer, number> | null = null
  private handing = false
  private fetching = false

  get isEnded(): boolean {
    return this.ends.length > 0
  }

  private wrong(rule: string, is: boolean): void {
    if (is) this.violations.push(rule)
  }

  run(next: Act): void {
    switch (next.kind) {
      case 'event':
        if (next.event._tag === 'assigned' && this.wasAssigned) break
        this.wasAssigned ||= next.event._tag === 'assigned'
        this.say(next.event)
        break
      case 'locate': {
        const cursor = this.questions[this.questions.length - 1 - next.which]
        if (cursor === undefined) break
        const start = { offset: next.offset, leaderEpoch: 1, committed: null, startCommit: next.startCommit }
        const stale = cursor !== this.asked
        const effects = this.say({ _tag: 'located', cursor, start })
        this.wrong('an answer to an older question counts', stale && effects.length > 0)
        break
      }
      case 'resume': {
        const subscription = this.resumptions[this.resumptions.length - 1 - next.which]
        if (subscription === undefined) break
        const effects = this.say({ _tag: 'resumed', subscription })
        this.wrong('what was unsubscribed is resumed', next.which > 0 && effects.length > 0)
        break
      }
      case 'again':
        this.say({ _tag: 'unsubscribed' })
        this.say({ _tag: 'subscribed' })
        break
      case 'deliver':
        this.deliver(next.settles, next.ends)
        break
      case 'settle':
        this.settle(this.delivered[this.delivered.length - 1 - next.which])
        break
      case 'park': {
        const one = this.delivered[this.delivered.length - 1 - next.which]
        one?.ledger.hold(one.seq)
        one?.ledger.park(one.seq)
        if (this.partition.isDraining) this.say({ _tag: 'settled' })
        break
      }
      case 'end by':
        this.deadline = this.triggers.length > 0 ? Math.min(this.deadline, this.now + next.inMs) : this.deadline
        this.begun ||= this.triggers.length > 0
        this.say({ _tag: 'end by', deadline: this.now + next.inMs })
        this.wrong('it delivers after its end has begun', this.begun && this.partition.mayDeliver)
        break
      case 'commit answered':
        if (!this.committing) break
        this.committing = false
        if (next.stored) this.commits.isComplete = true
        this.commits.isSetBack = next.isSetBack
        this.say({ _tag: 'commit answered' })
        break
      case 'due':
        this.due()
        break
      case 'wait':
        while (this.timers !== null && Math.min(this.timers.abort, this.timers.end) <= this.now + next.ms) this.due()
        this.now += next.ms
        break
    }
    this.look()
  }

  /** Nothing else happens: what was begun has to come to its end. */
  finish(isAnswered: boolean): void {
    if (this.triggers.length === 0) this.run(event({ _tag: 'drain' }))
    this.run({ kind: 'end by', inMs: 1_000 })
    if (isAnswered) {
      for (const one of this.delivered) if (one.ledger.parkedCount === 0) this.settle(one)
      this.run({ kind: 'commit answered', stored: true, isSetBack: false })
    }
    for (let rounds = 0; rounds < 9 && !this.isEnded; rounds++) this.run({ kind: 'wait', ms: 1_000 })
    this.wrong('a state is not left', !this.isEnded)
    if (!this.isEnded) return
    for (const what of ['lost', 'abort', 'pipeline ended', 'commit answered', 'assigned', 'unsubscribed'] as const)
      this.say({ _tag: what })
  }

  private due(): void {
    if (this.timers === null) return
    const timer = this.timers.abort <= this.timers.end ? 'abort' : 'end'
    this.now = Math.max(this.now, this.timers[timer])
    this.timers = timer === 'abort' ? { ...this.timers, abort: Infinity } : null
    this.isDue = true
    this.say({ _tag: 'due', timer })
    this.wrong('the deadline does not end it', timer === 'end' && !this.isEnded)
  }

  private deliver(settles: boolean, ends: boolean): void {
    const { partition } = this
    const { ledger } = partition.reading
    this.wrong('it delivers though it may not', partition.mayDeliver && (!this.fetching || ledger === null))
    if (!partition.mayDeliver || ledger === null) return
    partition.pipeline.isHandingOver = this.handing = true
    const one = { ledger, seq: ledger.deliver(Number(ledger.position - ledger.base), this.now) }
    this.commits.isComplete = false
    this.delivered.push(one)
    if (settles) this.settle(one)
    if (ends) {
      this.say({ _tag: 'drain' })
      this.run({ kind: 'end by', inMs: 5_000 })
      this.wrong('it is over while a record is handed over', this.committing && !this.isAborted)
    }
    partition.pipeline.isHandingOver = this.handing = false
    if (partition.isDraining) this.say({ _tag: 'delivered' })
  }

  private settle(one: Delivered | undefined): void {
    if (one === undefined) return
    one.ledger.settle(one.seq)
    if (this.partition.isDraining) this.say({ _tag: 'settled' })
  }

  private say(said: PartitionEvent): readonly PartitionEffect[] {
    const before = this.partition.reading.committable
    const wasEnded = this.isEnded
    this.hear(said)
    const effects = this.partition.handle(said, this.now)
    this.wrong('something is done after the end', wasEnded && effects.length > 0)
    for (const effect of effects) this.perform(effect, said, before)
    return effects
  }

  /** What the outside knows by itself. */
  private hear(said: PartitionEvent): void {
    switch (said._tag) {
      case 'subscribed':
        if (!this.partition.isLive || this.subscribed) break
        this.isOver = false
        this.subscribed = this.everSubscribed = true
        break
      case 'unsubscribed':
        this.subscribed = false
        break
      case 'pipeline attached':
        this.isOver = !this.everSubscribed
        break
      case 'pipeline ended':
      case 'pipeline failed':
        this.isOver = true
        break
      case 'revoke':
      case 'drain':
      case 'close':
        if (!this.isEnded) this.triggers.push(said._tag === 'revoke' ? 'revocation' : said._tag)
        this.wasRevoked ||= said._tag === 'revoke'
        break
      case 'abort':
        this.isClosed ||= this.triggers.length > 0 && !this.isDue
        break
      case 'lost':
        this.isTakenAway = true
        break
      case 'stalled':
        this.isTakenAway ||= this.triggers.length === 0
        break
      default:
        break
    }
  }

  private perform(effect: PartitionEffect, said: PartitionEvent, before: { readonly offset: bigint } | null): void {
    const { reading } = this.partition
    this.wrong('an effect comes after the last', this.isEnded)
    if ('cursor' in effect) this.wrong('an old cursor is used', effect.cursor !== reading.cursor)
    switch (effect._tag) {
      case 'locate':
        this.wrong('a question is asked twice', this.questions.includes(effect.cursor))
        this.questions.push(effect.cursor)
        this.asked = effect.cursor
        break
      case 'begin at':
        this.asked = null
        break
      case 'discard':
        this.fetching = false
        this.asked = null
        break
      case 'begin epoch':
        this.wrong('an epoch begins elsewhere', said._tag === 'resumed' && reading.ledger?.base !== before?.offset)
        this.wrong('an epoch begins that nobody listens to', !this.subscribed)
        break
      case 'fetch from':
        this.wrong('it reads while it ends', this.begun)
        this.wrong('it reads from elsewhere', effect.offset !== reading.position)
        this.wrong('a cursor is used twice', effect.cursor <= this.newest)
        this.newest = effect.cursor
        this.fetching = true
        break
      case 'stop fetching':
        this.fetching = false
        break
      case 'resume later':
        this.resumptions.push(effect.subscription)
        break
      case 'arm':
        this.wrong('it is given more time', this.now + effect.endInMs > this.deadline)
        this.wrong('nothing is left for the last commit', effect.abortInMs > effect.endInMs || effect.abortInMs < 0)
        this.timers = { abort: this.now + effect.abortInMs, end: this.now + effect.endInMs }
        break
      case 'complete':
        this.wrong('it is completed twice', this.completed)
        this.wrong('it is completed while it reads', this.fetching)
        this.completed = true
        this.subscribed = false
        break
      case 'flush':
        this.flushed = true
        break
      case 'abort':
        this.wrong('it is aborted twice', this.isAborted)
        this.isAborted = true
        break
      case 'commit': {
        const isDone = (reading.inFlight === 0 && !this.handing) || this.isOver
        this.wrong('it commits what is lost', this.isTakenAway)
        // A commit that was set back is sent again: what a pipeline attached meanwhile does is not waited for.
        this.wrong('it does not wait for what works', !isDone && !this.isAborted && !this.wasCommitted)
        this.wrong('its commit has another trigger', effect.trigger !== (this.isClosed ? 'close' : this.triggers[0]))
        this.committing = this.wasCommitted = true
        break
      }
      case 'release':
        this.released = true
        break
      case 'revoked':
      case 'lost':
        this.over(effect, said)
        break
      default:
        break
    }
  }

  private over(
    { _tag: how, report }: PartitionEffect & { readonly _tag: 'revoked' | 'lost' },
    said: PartitionEvent
  ): void {
    const { reading } = this.partition
    this.ends.push(report)
    this.wrong('what is lost is said to be revoked', (how === 'lost') !== this.isTakenAway)
    this.wrong('the group is answered though it did not ask', this.released && !this.wasRevoked)
    this.wrong('the group is not answered', how === 'revoked' && this.wasRevoked && !this.released)
    this.wrong('what is lost is released', how === 'lost' && this.released)
    this.wrong('what is lost is not aborted', how === 'lost' && !this.isAborted)
    this.wrong('a stream is left open', this.subscribed)
    this.wrong(
      'it aborts what is done',
      this.isAborted &&
        how === 'revoked' &&
        !this.isDue &&
        !this.isClosed &&
        this.triggers[0] !== 'close' &&
        reading.parked === 0
    )
    this.wrong('what is parked goes on', reading.parked > 0 && !this.isAborted)
    this.wrong('nobody is asked to let records go', how === 'revoked' && this.begun && !this.isAborted && !this.flushed)
    const isDone = reading.inFlight === 0 && this.commits.isComplete
    const expected = !this.everSubscribed ? 'not subscribed' : isDone ? 'drained' : how === 'lost' ? 'aborted' : null
    const mayBeMore = said._tag === 'commit answered' && this.commits.isSetBack && !this.commits.isComplete
    this.wrong('what was set back is left so', mayBeMore)
    this.wrong('the report is wrong', expected !== null && report.outcome !== expected)
    this.wrong('it is drained though it is not', report.outcome === 'drained' && !isDone)
    this.wrong('it repeats something else', report.repeated !== reading.unsettled)
  }

  private look(): void {
    const { partition } = this
    if (this.isEnded || this.handing) return
    const mayEnd = (partition.reading.inFlight === 0 || this.isOver) && this.begun
    this.wrong('it waits for nothing', mayEnd && !this.wasCommitted)
    this.wrong('it reads though nobody listens', partition.mayDeliver && !this.subscribed)
    this.wrong('it is read though nothing is fetched', partition.mayDeliver && !this.fetching)
  }
}

const ended = (all: readonly Act[]): Model => {
  const model = new Model()
  for (const one of all) model.run(one)
  model.finish(all.length % 2 === 0)
  return model
}

describe('an assigned partition', () => {
  it('keeps its rules, whatever happens to it', () => {
    fc.assert(
      fc.property(acts, (all) => {
        expect(ended(all).violations).toEqual([])
      }),
      { numRuns: 3_000 }
    )
  })

  it('ends once, with one report, whatever happens to it', () => {
    fc.assert(
      fc.property(acts, (all) => {
        expect(ended(all).ends).toHaveLength(1)
      }),
      { numRuns: 1_000 }
    )
  })
})
