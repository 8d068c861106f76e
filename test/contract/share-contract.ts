import { left } from 'fp-ts/lib/Either.js'
import { concatMap, filter, firstValueFrom, map, NEVER, type Observable, of, retry, take, toArray } from 'rxjs'
import { expect } from 'vitest'
import { crc32c } from '../../src/core/records/crc32c.js'
import { acknowledgeType } from '../../src/core/share/share-messages.js'
import { openShareSession } from '../../src/engine/share/open-share-session.js'
import {
  ack,
  type AcknowledgementEvent,
  batch,
  type Cluster,
  type ConsumerEvent,
  type ConsumerRecord,
  deadLetter,
  deserialize,
  exponential,
  fanOut,
  handle,
  producer,
  shareConsumer,
  type ShareConsumer,
  type ShareConsumerConfig,
  subscribe,
  utf8,
  writeTo
} from '../../src/index.js'
import { realClock } from '../../src/internal/real-clock.js'
import type { ShareAcknowledgeRequest, ShareCalls, ShareFetchRequest } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'
import { failingCodec } from '../../src/testing.js'
import { withOverrides } from '../simulation/patch.js'
import { uniqueName } from '../support/kafka.js'

/** A cluster with share groups, a topic of it, and a group that begins at its start. */
export class ShareTrial {
  readonly cluster: Cluster
  readonly topic = uniqueName('shared')
  private readonly calls: () => ShareCalls
  private readonly opened: ShareConsumer[] = []

  constructor(cluster: Cluster, calls: () => ShareCalls) {
    this.cluster = cluster
    this.calls = calls
  }

  async begin(partitions: number, group: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.cluster.createTopics([{ topic: this.topic, partitions }])
    const set = { 'share.auto.offset.reset': 'earliest', ...group }
    await this.cluster.admin().alterConfigs([{ type: 'group', name: this.topic, set }])
  }

  async write(...values: readonly string[]): Promise<void> {
    await using writing = producer(this.cluster)
    await Promise.all(
      values.map((value) => writing.send({ topic: this.topic, value: new TextEncoder().encode(value) }))
    )
  }

  /** `tampered` stands between the member and the brokers. */
  member(more: Partial<ShareConsumerConfig> = {}, tampered?: (calls: ShareCalls) => ShareCalls): ShareConsumer {
    const config = { 'group.id': this.topic, subscription: subscribe(this.topic), 'fetch.max.wait.ms': 50, ...more }
    const one = shareConsumer(tampered === undefined ? this.cluster : this.tamperedBy(tampered), config)
    this.opened.push(one)
    return one
  }

  private tamperedBy(tampered: (calls: ShareCalls) => ShareCalls): Cluster {
    const calls = tampered(this.calls())
    const means = { calls, clock: realClock, random: Math.random, decompress: uncompressed, checksum: crc32c }
    return withOverrides(this.cluster, {
      openShareConsumer: (settings, handlers) => openShareSession({ ...means, settings, handlers })
    })
  }

  async end(): Promise<void> {
    await Promise.all(this.opened.map((one) => one.close()))
  }
}

/** A rule of share groups, and of our member of them. */
export interface ShareRule {
  readonly name: string
  readonly run: (trial: ShareTrial) => Promise<void>
  /** It needs brokers that renew locks. */
  readonly renews?: true
}

const uncompressed = () => left({ _tag: 'corrupt', reason: 'compressed' } as const)

/** The record is released behind the member's back, before the first request that acknowledges others with it. */
const releasedBehind =
  (offset: bigint) =>
  (calls: ShareCalls): ShareCalls => {
    let ahead = 0
    const moved = <R extends ShareAcknowledgeRequest | ShareFetchRequest>(request: R): R => {
      if (request.sessionEpoch === 0) ahead = 0
      return request.sessionEpoch <= 0 ? request : { ...request, sessionEpoch: request.sessionEpoch + ahead }
    }
    const first = (node: number, request: ShareAcknowledgeRequest | ShareFetchRequest): Step<unknown> => {
      const [listed] = request.partitions.filter(({ acknowledgements }) => acknowledgements.length > 0)
      if (listed === undefined || ahead > 0) return of(null) as unknown as Step<unknown>
      const { groupId, memberId, sessionEpoch } = request
      const acknowledgements = [{ firstOffset: offset, lastOffset: offset, types: [acknowledgeType.release] }]
      ahead = 1
      const partitions = [{ ...listed, acknowledgements }]
      return calls.shareAcknowledge(node, { groupId, memberId, sessionEpoch, renews: false, partitions })
    }
    return {
      ...calls,
      shareFetch: (node, request) => first(node, request).pipe(concatMap(() => calls.shareFetch(node, moved(request)))),
      shareAcknowledge: (node, request) =>
        first(node, request).pipe(concatMap(() => calls.shareAcknowledge(node, moved(request))))
    }
  }

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `v${String(index)}`)
const sorted = (values: readonly string[]): readonly string[] => [...values].sort()
const text = deserialize({ value: utf8 })

/** Values and delivery counts of the next so many records. */
const next = <A>(count: number, from: Observable<A>): Promise<A[]> => firstValueFrom(from.pipe(take(count), toArray()))
const eventOf = <Tag extends ConsumerEvent['_tag']>(
  of: ShareConsumer,
  tag: Tag
): Promise<ConsumerEvent & { readonly _tag: Tag }> =>
  firstValueFrom(of.events.pipe(filter((event): event is ConsumerEvent & { readonly _tag: Tag } => event._tag === tag)))

/** Rules that hold on the embedded cluster and on real Kafka. */
export const shareRules: readonly ShareRule[] = [
  {
    name: 'two members share one partition: each record is handled once, and what is accepted is not delivered again',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write(...numbered(200))
      const seen: string[] = []
      const [one, other] = [trial.member({ maxInFlight: 20 }), trial.member({ maxInFlight: 20 })]
      await new Promise<void>((done, failed) => {
        const all = (value: string): void => {
          if (seen.push(value) === 200) done()
        }
        for (const member of [one, other])
          member
            .pipe(
              text,
              writeTo(({ value }) => all(value), { order: 'none' }),
              ack()
            )
            .subscribe({ error: failed })
      })
      const reports = [await one.drain(), await other.drain()]
      expect(reports.map(({ outcome }) => outcome)).toEqual(['drained', 'drained'])
      expect(sorted(seen)).toEqual(sorted(numbered(200)))
      await trial.write('last')
      const late = trial.member()
      const [first] = await next(1, late.pipe(text, ack()))
      expect([first?.value, first?.deliveryCount]).toEqual(['last', 1])
    }
  },
  {
    name: 'a released record comes again with a higher delivery count, a rejected one does not',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write('a', 'b', 'c')
      const seen: string[] = []
      const member = trial.member()
      const released = eventOf(member, 'released')
      const rejected = eventOf(member, 'rejected')
      await new Promise<void>((done, failed) => {
        member
          .pipe(
            text,
            handle(
              ({ value, deliveryCount }) => {
                seen.push(`${value}${String(deliveryCount)}`)
                if (value === 'b' && deliveryCount === 1) throw new Error('not yet')
                if (seen.includes('b2')) done()
              },
              { onFailure: 'release' }
            ),
            handle(
              (record) => {
                if (record.source.offset === 2n) throw new Error('never')
              },
              { onFailure: 'reject' }
            ),
            ack()
          )
          .subscribe({ error: failed })
      })
      expect([(await released).offset, (await rejected).offset]).toEqual([1n, 2n])
      expect((await member.drain()).outcome).toBe('drained')
      expect(seen).toEqual(['a1', 'b1', 'c1', 'b2'])
      const { accepted, rejected: gone } = member.status()
      expect([accepted, gone]).toEqual([2, 1])
    }
  },
  {
    name: 'a record is delivered as often as the group allows, and then given up',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write('poison')
      const counts: (number | null)[] = []
      const member = trial.member()
      await new Promise<void>((done, failed) => {
        member
          .pipe(
            text,
            handle(
              ({ value, deliveryCount }) => {
                if (value !== 'poison') {
                  done()
                  return
                }
                counts.push(deliveryCount)
                if (deliveryCount === 5) void trial.write('good')
                throw new Error('poison')
              },
              { onFailure: 'release' }
            ),
            ack()
          )
          .subscribe({ error: failed })
      })
      expect(counts).toEqual([1, 2, 3, 4, 5])
    }
  },
  {
    name: 'a pipeline that fails releases what is in flight, and gets it again when it is subscribed to anew',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write(...numbered(5))
      const member = trial.member()
      const records = member.pipe(
        text,
        handle(({ value, deliveryCount }) => {
          if (value === 'v2' && deliveryCount === 1) throw new Error('once')
          return `${value}${String(deliveryCount)}`
        }),
        ack(),
        retry(1),
        map(({ value }) => value)
      )
      expect(await next(5, records)).toEqual(['v01', 'v11', 'v22', 'v32', 'v42'])
    }
  },
  {
    name: 'what is in flight when a member is unsubscribed from goes to another at once',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write(...numbered(3))
      await next(3, trial.member())
      const again = await next(3, trial.member().pipe(text, ack()))
      expect(again.map(({ value, deliveryCount }) => [value, deliveryCount])).toEqual(numbered(3).map((value) => [value, 2])) // prettier-ignore
    }
  },
  {
    name: 'a drain waits for handlers until its deadline, releases the rest, and says what became of each record',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write(...numbered(4))
      const member = trial.member()
      const aborted = new Promise<void>((done, failed) => {
        member
          .pipe(
            text,
            handle(
              ({ value }, { signal }) =>
                value === 'v3'
                  ? new Promise<void>(() => {
                      signal.addEventListener('abort', () => {
                        done()
                      })
                    })
                  : undefined,
              { order: 'none', concurrency: 4 }
            ),
            ack()
          )
          .subscribe({ error: failed })
      })
      await firstValueFrom(member.acknowledgements)
      const report = await member.drain({ timeoutMs: 200 })
      await aborted
      expect(report.outcome).toBe('deadline')
      expect(report.partitions).toEqual([
        expect.objectContaining({ topic: trial.topic, partition: 0, released: 1, lost: 0 })
      ])
      expect(report.partitions[0]?.fates.at(-1)).toEqual({ first: 3n, last: 3n, fate: 'release' })
      const [again] = await next(1, trial.member().pipe(text, ack()))
      expect([again?.value, again?.deliveryCount]).toEqual(['v3', 2])
    }
  },
  {
    name: 'one record that is not locked any more does not keep others from being acknowledged, and counts as lost',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write(...numbered(10))
      const member = trial.member({}, releasedBehind(5n))
      const events: AcknowledgementEvent[] = []
      member.acknowledgements.subscribe((event) => events.push(event))
      let finish: () => void = () => undefined
      const finished = new Promise<void>((done) => {
        finish = done
      })
      const began: bigint[] = []
      await new Promise<void>((all, failed) => {
        const work = handle(
          ({ offset }: ConsumerRecord) => {
            if (began.push(offset) === 10) all()
            return finished
          },
          { order: 'none', concurrency: 10 }
        )
        member.pipe(work, ack()).subscribe({ error: failed })
      })
      const draining = member.drain()
      finish()
      const { outcome, partitions } = await draining
      const fates = partitions.flatMap((one) => one.fates.map(({ first, last, fate }) => `${String(first)}-${String(last)} ${fate}`)) // prettier-ignore
      expect([outcome, fates]).toEqual(['drained', ['0-4 accept', '5-5 lost', '6-9 accept']])
      const { accepted, lost } = member.status()
      expect([accepted, lost]).toEqual([9, 1])
      expect(events.filter((event) => event.lost > 0).map(({ fault }) => fault)).toEqual([
        expect.objectContaining({ _tag: 'BrokerFault', name: 'INVALID_RECORD_STATE' })
      ])
      await trial.write('last')
      const again = await next(2, trial.member().pipe(text, ack()))
      expect(again.map(({ value, deliveryCount }) => [value, deliveryCount])).toEqual([
        ['v5', 2],
        ['last', 1]
      ])
    }
  },
  {
    name: 'a member of a group that refuses renewals says so once, and loses the lock of what takes longer',
    renews: true,
    run: async (trial) => {
      await trial.begin(1, { 'share.record.lock.duration.ms': '1000', 'share.renew.acknowledge.enable': 'false' })
      await trial.write('long')
      const member = trial.member({ maxInFlight: 1 })
      const told: ConsumerEvent[] = []
      member.events.pipe(filter(({ _tag }) => _tag === 'locks not renewed')).subscribe((event) => told.push(event))
      const lost = eventOf(member, 'locks lost')
      const counts: (number | null)[] = []
      await new Promise<void>((done, failed) => {
        const work = handle(
          ({ deliveryCount }: ConsumerRecord) => {
            counts.push(deliveryCount)
            if (deliveryCount === 3) done()
            return deliveryCount === 3 ? undefined : NEVER
          },
          { order: 'none', concurrency: 3 }
        )
        member.pipe(work, ack()).subscribe({ error: failed })
      })
      expect(await lost).toMatchObject({ records: 1, reason: 'expired' })
      expect((await member.drain()).outcome).toBe('drained')
      expect(counts).toEqual([1, 2, 3])
      expect(told).toEqual([
        expect.objectContaining({ lockMs: 1_000, fault: expect.objectContaining({ name: 'INVALID_RECORD_STATE' }) })
      ])
    }
  },
  {
    name: 'a record that cannot be decoded, or handled, goes to the dead letters and is accepted then',
    run: async (trial) => {
      await trial.begin(1)
      const topic = `${trial.topic}.dlq`
      await trial.cluster.createTopics([{ topic, partitions: 1 }])
      await trial.write('a', 'b', 'c')
      const onFailure = deadLetter(trial.cluster, { topic })
      const member = trial.member()
      const attempts: string[] = []
      const letters = next(2, member.events.pipe(filter(({ _tag }) => _tag === 'dead lettered')))
      const retrying = { attempts: 3, backoff: exponential({ initialMs: 1, maxMs: 2 }) }
      member
        .pipe(
          deserialize({ value: failingCodec(utf8, ['b']) }, { onFailure }),
          handle(
            ({ value }) => {
              attempts.push(value)
              if (value === 'c') throw new Error('no')
            },
            { onFailure, retry: retrying }
          ),
          ack()
        )
        .subscribe()
      expect((await letters).map((event) => ('offset' in event ? event.offset : null))).toEqual([1n, 2n])
      expect((await member.drain()).outcome).toBe('drained')
      expect([attempts, member.status().accepted]).toEqual([['a', 'c', 'c', 'c'], 3])
    }
  },
  {
    name: 'a lock is renewed while its record is handled, but no longer than max.poll.interval.ms',
    renews: true,
    run: async (trial) => {
      // Long enough that a busy machine renews in time.
      await trial.begin(1, { 'share.record.lock.duration.ms': '2000' })
      await trial.write('long')
      const patient = trial.member({ maxInFlight: 1 })
      const counts: (number | null)[] = []
      let finish: () => void = () => undefined
      const finished = new Promise<void>((done) => {
        finish = done
      })
      await new Promise<void>((begun, failed) => {
        const work = handle(({ deliveryCount }: ConsumerRecord) => {
          counts.push(deliveryCount)
          begun()
          return finished
        })
        patient.pipe(work, ack()).subscribe({ error: failed })
      })
      await trial.write('longer')
      const hasty = trial.member({ 'max.poll.interval.ms': 1 })
      const lost = eventOf(hasty, 'locks lost')
      const deliveries = await next(
        2,
        hasty.pipe(
          text,
          map(({ value, deliveryCount }) => [value, deliveryCount])
        )
      )
      expect(deliveries).toEqual([1, 2].map((count) => ['longer', count]))
      expect(await lost).toMatchObject({ _tag: 'locks lost', records: 1, reason: 'expired' })
      // By now the other lock would have run out.
      finish()
      expect((await patient.drain()).outcome).toBe('drained')
      expect([counts, patient.status().accepted, patient.status().lost]).toEqual([[1], 1, 0])
    }
  },
  {
    name: 'batches are accepted as a whole, and leave when nothing more can be acquired, however many they lack',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write(...numbered(10))
      const member = trial.member({ maxInFlight: 10, 'max.poll.records': 10 })
      const sizes = await next(1, member.pipe(text, batch({ records: 1_000 }), ack()))
      expect(sizes.map(({ value }) => value.length)).toEqual([10])
      await trial.write('last')
      const [first] = await next(1, trial.member().pipe(text, ack()))
      expect(first?.value).toBe('last')
    }
  },
  {
    name: 'each branch of a fan-out gets a record, which is accepted when all have it, and not if one rejects it',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write('a', 'b')
      const member = trial.member()
      const seen: string[] = []
      const drained = await new Promise<Promise<unknown>>((done, failed) => {
        member
          .pipe(
            text,
            fanOut(
              (records) => records.pipe(writeTo(({ value }) => seen.push(value))),
              (records) =>
                records.pipe(
                  handle(
                    ({ value }) => {
                      if (value === 'b') throw new Error('no')
                    },
                    { onFailure: 'reject' }
                  )
                )
            ),
            ack()
          )
          .subscribe({ error: failed })
        void eventOf(member, 'rejected').then(() => {
          done(member.drain())
        })
      })
      expect(drained).toMatchObject({ outcome: 'drained' })
      const { accepted, rejected } = member.status()
      expect([seen, accepted, rejected]).toEqual([['a', 'b'], 1, 1])
    }
  }
]
