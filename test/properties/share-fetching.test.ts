import fc from 'fast-check'
import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { mailbox } from '../../src/core/group/mailbox.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type { AcquiredBatch } from '../../src/core/share/acquired-batch.js'
import { acknowledgeType, type ListedSharePartition } from '../../src/core/share/share-messages.js'
import { ShareFetching } from '../../src/core/share/share-fetching.js'
import type { ShareAnswer, ShareEffect } from '../../src/core/share/share-fetching-messages.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { Cancel } from '../../src/model/clock.js'
import type { Fault } from '../../src/model/fault.js'
import { lockMs, ShareBrokers, topicId } from '../support/share-brokers.js'
import { VirtualClock } from '../support/virtual-clock.js'

const partitions = 3
const nodes = 2
const broken: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }
const refusals = [code.SHARE_SESSION_NOT_FOUND, code.INVALID_SHARE_SESSION_EPOCH, code.SHARE_SESSION_LIMIT_REACHED]
const ways = ['accept', 'release', 'reject'] as const

/** A member, its brokers, and the network between them. */
class World {
  readonly clock = new VirtualClock()
  readonly brokers = new ShareBrokers(partitions, nodes)
  readonly batches: AcquiredBatch[] = []
  /** of 1, the part of requests that fail: with the broken connection, or with a code */
  losses = 0
  /** Everything is accepted as soon as it is acquired. */
  accepts = false
  closed = false
  readonly counted = { accepted: 0, released: 0, rejected: 0, lost: 0 }
  readonly wrong: string[] = []
  private readonly random: () => number
  private readonly machine: ShareFetching
  private readonly meant = new Map<string, number>()
  private readonly underWay = new Map<number, number>()
  private readonly freeAt = new Map<number, number>()
  private told = new Map<number, number>()
  private memberId = 'm1'
  private ids = 1
  private wakes: Cancel | null = null
  private readonly post = mailbox((call: (now: number) => readonly ShareEffect[]) => {
    for (const effect of call(this.clock.now())) this.perform(effect)
  })

  constructor(seed: number) {
    this.random = seededRandom(seed)
    const { random } = this
    this.machine = new ShareFetching({
      groupId: 'g',
      maxInFlight: 40,
      maxPollRecords: 10,
      acquireMode: 'batch_optimized',
      fetchMaxWaitMs: 100,
      fetchMinBytes: 1,
      fetchMaxBytes: 1_000_000,
      renewForMs: 5_000,
      retryBackoffMs: 50,
      retryBackoffMaxMs: 400,
      random
    })
  }

  /** The member hears who leads the partitions that it is assigned. */
  assign(which = 0b111): void {
    const assigned = this.brokers.partitions.flatMap(({ leader }, partition) =>
      (which >> partition) & 1 ? [{ topic: 't', topicId, partition, leader }] : []
    )
    this.told = new Map(assigned.map(({ partition, leader }) => [partition, leader]))
    this.post((now) => this.machine.assign(this.memberId, assigned, now))
  }

  lose(): void {
    this.brokers.gone(this.memberId)
    this.underWay.clear()
    this.post((now) => this.machine.memberLost(now))
    this.memberId = `m${String(++this.ids)}`
    this.assign()
  }

  acknowledge(which: number, count: number): void {
    const open = this.batches.filter(({ locked }) => locked > 0)
    const batch = open[which % Math.max(1, open.length)]
    for (let seq = 0; batch !== undefined && seq < Math.min(count, batch.count); seq++)
      this.say(batch, seq, ways[Math.floor(this.random() * 4)] ?? 'accept')
  }

  stop(): void {
    this.post((now) => this.machine.stop(now))
  }
  close(): void {
    this.post((now) => this.machine.close(now))
  }

  private say(batch: AcquiredBatch, seq: number, as: (typeof ways)[number]): void {
    if (!batch.isLocked(seq)) return
    this.meant.set(keyOf(batch, batch.first + BigInt(seq)), acknowledgeType[as])
    this.post((now) => this.machine.acknowledge(batch, seq, as, now))
  }

  private perform(effect: ShareEffect): void {
    if (this.closed) this.wrong.push(`${effect._tag} after closed`)
    switch (effect._tag) {
      case 'fetch': {
        const { node, attempt, request } = effect
        const wanted = new Set([...this.told].filter(([, leader]) => leader === node).map(([partition]) => `${topicId}/${String(partition)}`)) // prettier-ignore
        this.check(node, request.partitions)
        this.send(node, attempt, 'fetch', () => {
          const answer = this.brokers.fetch(node, request, this.clock.now())
          // What was listed only for its acknowledgements is forgotten again.
          const kept = this.brokers.sessionOf(node, request.memberId) ?? []
          for (const key of kept) if (answer.code === 0 && !wanted.has(key)) this.wrong.push(`${key} is fetched from`)
          return answer
        })
        break
      }
      case 'acknowledge': {
        const { node, attempt, request } = effect
        this.check(node, request.partitions)
        this.send(node, attempt, 'acknowledge', () => this.brokers.acknowledge(node, request, this.clock.now()))
        break
      }
      case 'acquired':
        for (const batch of effect.records.batches) {
          this.batches.push(batch)
          if (this.accepts) for (let seq = 0; seq < batch.count; seq++) this.say(batch, seq, 'accept')
        }
        break
      case 'acknowledged':
        for (const fate of ['accepted', 'released', 'rejected', 'lost'] as const) this.counted[fate] += effect.event[fate] // prettier-ignore
        break
      case 'locks lost':
        this.counted.lost += effect.records
        break
      case 'leader named':
      case 'refresh metadata':
        this.clock.schedule(20, () => {
          if (!this.closed) this.assign()
        })
        break
      case 'wake':
        this.wakes?.()
        this.wakes = effect.inMs === null ? null : this.clock.schedule(effect.inMs, () => this.post((now) => this.machine.tick(now))) // prettier-ignore
        break
      case 'closed':
        this.closed = true
        break
      case 'event':
        break
      case 'fatal':
        this.wrong.push('fatal')
    }
  }

  /** What is acknowledged was locked by this broker, which leads the partition as far as is known. */
  private check(node: number, listed: readonly ListedSharePartition[]): void {
    for (const { partition, acknowledgements } of listed) {
      const leader = this.told.get(partition)
      if (acknowledgements.length > 0 && leader !== undefined && leader !== node)
        this.wrong.push(`acknowledged at ${String(node)}, though ${String(leader)} leads`)
    }
  }

  /** A broker serves one request after another; there is never more than one. */
  private send<A>(node: number, attempt: number, tag: ShareAnswer['_tag'], serve: () => A): void {
    const { clock, memberId } = this
    if (this.underWay.has(node)) this.wrong.push('two requests at a time')
    this.underWay.set(node, attempt)
    const fate = this.random()
    const at = Math.max(this.freeAt.get(node) ?? 0, clock.now() + 1 + Math.floor(this.random() * 30))
    this.freeAt.set(node, at)
    const answered = (answer: Either<Fault, unknown>): void => {
      const given = { _tag: tag, answer } as ShareAnswer
      const times = this.random() < 0.1 ? 2 : 1
      clock.schedule(1 + Math.floor(this.random() * 30), () => {
        if (this.underWay.get(node) === attempt) this.underWay.delete(node)
        for (let time = 0; time < times; time++) this.post((now) => this.machine.answered(node, attempt, given, now))
      })
    }
    clock.schedule(at - clock.now(), () => {
      if (fate < this.losses / 3) {
        const refusal = refusals[Math.floor(this.random() * refusals.length)] ?? code.SHARE_SESSION_NOT_FOUND
        this.brokers.forget(node, memberId)
        answered(right({ code: refusal, message: null, lockTimeoutMs: 0, partitions: [] }))
      } else if (fate < this.losses) {
        if (fate < this.losses * 0.6) serve()
        this.brokers.forget(node, memberId)
        answered(left(broken))
      } else answered(right(serve()))
    })
  }

  /** `isAll`: nothing was acquired when the member did not want it any more, which is released at once. */
  checkFates(isAll: boolean): void {
    const sum = { accept: 0, release: 0, reject: 0, lost: 0 }
    for (const batch of this.batches) {
      let next = batch.first
      for (const { first, last, fate } of batch.fates()) {
        expect(first).toBe(next)
        next = last + 1n
        sum[fate] += Number(last - first) + 1
        for (let offset = first; offset <= last && fate !== 'lost'; offset++) this.checkFate(batch, offset, fate)
      }
      expect([batch.isDone, next]).toEqual([true, batch.first + BigInt(batch.count)])
    }
    const { accepted, released, rejected, lost } = this.counted
    expect([accepted, rejected]).toEqual([sum.accept, sum.reject])
    if (isAll) expect([released, lost]).toEqual([sum.release, sum.lost])
    else expect(released + lost).toBeGreaterThanOrEqual(sum.release + sum.lost)
  }

  /** What counts as acknowledged took effect, as it was meant. */
  private checkFate(batch: AcquiredBatch, offset: bigint, fate: (typeof ways)[number]): void {
    const { share } = this.brokers.partitions[batch.place.partition] ?? {}
    const type = acknowledgeType[fate]
    // What is not acknowledged is released at the end.
    expect(this.meant.get(keyOf(batch, offset)) ?? acknowledgeType.release).toBe(type)
    if (share !== undefined && offset >= share.start) expect([...this.brokers.applied]).toContain(`${keyOf(batch, offset)} ${String(type)}`) // prettier-ignore
  }
}

const keyOf = ({ place, deliveryCount }: AcquiredBatch, offset: bigint): string =>
  `${String(place.partition)} ${String(offset)} ${String(deliveryCount)}`

const happening = fc.record({
  afterMs: fc.oneof(fc.nat(40), fc.nat(lockMs * 2)),
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom('produce', 'acknowledge', 'acknowledge') },
    {
      weight: 6,
      arbitrary: fc.constantFrom('move', 'assign', 'lose', 'break', 'network fails', 'network heals', 'steal')
    }
  ),
  which: fc.nat(30)
})

const happen = (world: World, what: string, which: number): void => {
  const { brokers } = world
  const partition = which % partitions
  if (what === 'produce') brokers.produce(partition, 1 + (which % 12))
  else if (what === 'acknowledge') world.acknowledge(which, 1 + (which % 9))
  else if (what === 'move') brokers.move(partition, 1 + (which % nodes))
  else if (what === 'assign') world.assign(which % 8)
  else if (what === 'lose') world.lose()
  else if (what === 'network fails') world.losses = 0.3
  else if (what === 'network heals') world.losses = 0
  // Locks of one offset in three end early, behind the member's back.
  else if (what === 'steal') brokers.partitions[partition]?.share.release(({ deadline }) => deadline % 3 === which % 3)
  else brokers.forget(1 + (which % nodes), `m${String(1 + (which % 3))}`)
}

/** More of them in `npm run test:all`. */
const runs = Number(process.env['MEMBERSHIP_RUNS'] ?? 60)
const ends = fc.constantFrom('through', 'drained', 'closed')

describe('ShareFetching', () => {
  it('counts as acknowledged only what took effect, gives each record one fate, and leaves nothing behind', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(happening, { maxLength: 40 }), ends, (seed, happenings, end) => {
        const world = new World(seed)
        world.assign()
        for (const { afterMs, what, which } of happenings) {
          world.clock.advance(afterMs)
          happen(world, what, which)
        }
        if (end === 'through') {
          world.losses = 0
          world.accepts = true
          world.assign()
          world.clock.advance(60_000)
          // Nothing was lost: all of it is acknowledged.
          expect(world.brokers.partitions.map(({ share, log }) => share.start === log.logEnd)).toEqual([
            true,
            true,
            true
          ])
        }
        if (end === 'drained') {
          world.stop()
          world.clock.advance(500)
        }
        world.losses = 0
        world.close()
        world.clock.advance(10_000)
        expect([world.closed, world.wrong, world.brokers.complaints, world.clock.pending]).toEqual([true, [], [], 0])
        world.checkFates(end === 'through')
      }),
      { numRuns: runs }
    )
  })
})
