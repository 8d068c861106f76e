import { left } from 'fp-ts/lib/Either.js'
import { filter, firstValueFrom, map, NEVER, type Observable, scan, Subject, take, toArray } from 'rxjs'
import { expect } from 'vitest'
import { crc32c } from '../../src/core/records/crc32c.js'
import { openShareSession } from '../../src/engine/share/open-share-session.js'
import {
  ack,
  type AcknowledgementEvent,
  type Cluster,
  type ConsumerEvent,
  type ConsumerRecord,
  deserialize,
  handle,
  producer,
  shareConsumer,
  type ShareConsumer,
  type ShareConsumerConfig,
  subscribe,
  transactionalProducer,
  utf8
} from '../../src/index.js'
import { realClock } from '../../src/internal/real-clock.js'
import type { ShareCalls } from '../../src/ports/kafka-calls.js'
import { withOverrides } from '../simulation/patch.js'
import { uniqueName } from '../support/kafka.js'
import { notStoring, releasedBehind } from './share-tampering.js'

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

const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `v${String(index)}`)
const text = deserialize({ value: utf8 })

/** Values and delivery counts of the next so many records. */
const next = <A>(count: number, from: Observable<A>): Promise<A[]> => firstValueFrom(from.pipe(take(count), toArray()))
const eventOf = <Tag extends ConsumerEvent['_tag']>(
  of: ShareConsumer,
  tag: Tag
): Promise<ConsumerEvent & { readonly _tag: Tag }> =>
  firstValueFrom(of.events.pipe(filter((event): event is ConsumerEvent & { readonly _tag: Tag } => event._tag === tag)))

/** Rules that hold on the embedded cluster and on real Kafka, besides those of `clusterContract`: they look into requests, or change locks. */
export const shareRules: readonly ShareRule[] = [
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
    name: 'acknowledgements that a broker could not store are sent again, and nothing is delivered twice',
    run: async (trial) => {
      await trial.begin(1)
      await trial.write(...numbered(5))
      const member = trial.member({}, notStoring(2))
      const counts: (number | null)[] = []
      const told: string[] = []
      member.events.subscribe((event) => {
        const what = event._tag === 'waiting' ? event.reason : event._tag === 'recovered' ? event.what : ''
        if (what.includes('cannot store acknowledgements')) told.push(event._tag)
      })
      const accepted = firstValueFrom(
        member.acknowledgements.pipe(
          scan((sum, event) => sum + event.accepted, 0),
          filter((sum) => sum === 5)
        )
      )
      member
        .pipe(
          handle(({ deliveryCount }: ConsumerRecord) => void counts.push(deliveryCount)),
          ack()
        )
        .subscribe()
      await accepted
      expect((await member.drain()).outcome).toBe('drained')
      expect([counts, member.status().lost]).toEqual([[1, 1, 1, 1, 1], 0])
      expect(told).toEqual(['waiting', 'recovered'])
      expect(member.status().fault).toBeNull()
    }
  },
  {
    name: 'a group of share.isolation.level read_committed gets nothing that was aborted or is not committed yet, and all of the rest',
    run: async (trial) => {
      const { topic } = trial
      await trial.begin(1, { 'share.isolation.level': 'read_committed' })
      const value = (text: string) => ({ topic, value: new TextEncoder().encode(text) })
      await using writer = transactionalProducer(trial.cluster, { 'transactional.id': topic })
      const write = (fate: 'commit' | 'abort', ...values: readonly string[]): Promise<unknown> =>
        writer
          .transaction(async (tx) => {
            for (const text of values) await tx.send(value(text))
            if (fate === 'abort') throw new Error('aborted')
          })
          .catch(() => undefined)
      await trial.write('a')
      await write('abort', 'b', 'c')
      await write('commit', 'd')
      let commits: () => void = () => undefined
      const committing = writer.transaction(async (tx) => {
        await tx.send(value('e'))
        await new Promise<void>((done) => (commits = done))
      })
      const member = trial.member()
      const got: string[] = []
      const [first, rest] = [new Subject<void>(), new Subject<void>()]
      member
        .pipe(
          text,
          handle(({ value }) => void got.push(value)),
          ack()
        )
        .subscribe(() => {
          if (got.length === 2) first.next()
          if (got.length === 4) rest.next()
        })
      await firstValueFrom(first)
      // Behind what is not committed, which holds it back.
      const written = firstValueFrom(rest)
      await trial.write('f')
      expect(got).toEqual(['a', 'd'])
      commits()
      await Promise.all([committing, written])
      expect((await member.drain()).outcome).toBe('drained')
      expect(got).toEqual(['a', 'd', 'e', 'f'])
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
  }
]
