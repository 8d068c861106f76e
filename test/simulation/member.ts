import { Observable, Subscription, tap } from 'rxjs'
import {
  ack,
  assign,
  commit,
  consumer,
  type Consumer,
  type ConsumerConfig,
  ConsumerError,
  type ConsumerRecord,
  eachPartition,
  handle,
  type PartitionStream,
  type Position,
  type RebalanceEvent,
  subscribe,
  type TopicPartition
} from '../../src/index.js'
import { type Happening, type MemberConfig, type Place, placeOf } from './history.js'
import { lookUpOf } from './look-up-of.js'
import { notedRebalance } from './noted-rebalance.js'
import type { Misuse } from './misuses.js'
import { clusterOf, type ClusterUser } from './member-cluster.js'
import type { Line } from './network.js'
import { ProcessClock } from './process-clock.js'
import type { From, Target } from './schedule.js'
import { group, type World } from './world.js'

/** What a member is made of besides what the checker holds it to. */
export interface MemberSettings extends MemberConfig {
  readonly consumer: Partial<ConsumerConfig>
  /** null: stored by `enable.auto.commit` alone */
  readonly commitEvery: number | null
  /** the partitions that are chosen by hand; null where a group assigns them */
  readonly chosen: readonly TopicPartition[] | null
}

/** What all members of a group have in common. */
export type GroupSettings = Omit<MemberSettings, 'topics' | 'instance' | 'reset' | 'chosen'> & {
  /** @default 'earliest' */
  readonly reset?: MemberConfig['reset']
}

const text = new TextDecoder()

/** One process with a consumer and its pipelines: everything that it does and is told goes into the history. */
export class SimulatedMember {
  readonly name: string
  readonly process: ProcessClock
  readonly line: Line = { cut: false }
  readonly consumer: Consumer
  ended = false
  settings: MemberSettings
  private readonly world: World
  /** What is done the next time that the member is there. */
  private readonly plans = new Map<From, ((partition: TopicPartition) => void)[]>()
  /** where it has sought to what a look-up says */
  private readonly looksUp = new Set<Place>()
  /** of each partition's last stream */
  private readonly signals = new Map<Place, AbortSignal>()
  /** the first record that was delivered of each partition */
  private readonly firsts = new Map<Place, bigint>()
  /** by which it knows its topics */
  private readonly topicIds = new Map<string, string>()
  private readonly deliveries = new WeakMap<ConsumerRecord, number>()

  constructor(world: World, name: string, settings: MemberSettings) {
    this.world = world
    this.name = name
    this.settings = settings
    this.process = new ProcessClock(world.clock)
    this.note({ what: 'member started', member: name, config: settings })
    this.consumer = consumer(clusterOf(this.seen()), {
      'group.id': group,
      subscription: settings.chosen === null ? subscribe(...settings.topics) : assign(fromCommitted(settings.chosen)),
      'auto.offset.reset': settings.reset,
      'enable.auto.commit': settings.commitEvery === null,
      'auto.commit.interval.ms': settings.commitWithinMs,
      'drain.timeout.ms': settings.drainTimeoutMs,
      maxInFlight: settings.maxInFlight,
      ...settings.consumer,
      ...(settings.instance === null ? {} : { 'group.instance.id': settings.instance })
    })
    this.consumer.rebalances.subscribe((event) => {
      this.rebalanced(event)
    })
    this.consumer.commits.subscribe((event) => {
      if (event._tag !== 'stored') this.note({ what: 'commit troubled', member: name, how: event._tag })
    })
    this.consumer.pipe(eachPartition((partition) => this.pipeline(partition))).subscribe({
      error: (error: unknown) => {
        this.over(error instanceof ConsumerError ? `${error.fault._tag}: ${error.message}` : String(error))
      },
      complete: () => {
        this.over(null)
      }
    })
  }

  get isRunning(): boolean {
    return !this.ended && this.process.state === 'running'
  }
  get isAlive(): boolean {
    return !this.ended && this.process.state !== 'dead'
  }

  stop(how: 'drain' | 'close'): void {
    if (this.ended) return // It was stopped from two places.
    const withinMs = how === 'drain' ? this.settings.drainTimeoutMs : 5_000
    this.note({ what: 'member stopping', member: this.name, how, withinMs })
    void (how === 'drain' ? this.consumer.drain() : this.consumer.close())
  }

  resubscribeAt(from: From, topics: readonly string[]): void {
    this.planned(from, () => {
      this.did(`resubscribe from ${from}`)
      this.consumer.resubscribe(subscribe(...topics))
      this.settings = { ...this.settings, topics }
    })
  }

  reassignAt(from: From, chosen: readonly TopicPartition[]): void {
    this.planned(from, () => {
      this.did(`reassign from ${from}`)
      this.reassign(chosen)
    })
  }

  /** Chooses other partitions; what it had of them goes on. */
  reassign(chosen: readonly TopicPartition[]): void {
    this.consumer.resubscribe(assign(fromCommitted(chosen)))
    this.settings = { ...this.settings, chosen }
  }

  stopAt(from: From, how: 'drain' | 'close'): void {
    this.planned(from, () => {
      this.did(`${how} from ${from}`)
      this.stop(how)
    })
  }

  /** Seeks in one of the partitions that it has, or in that of where it is. */
  seekAt(from: From, which: number, to: Target): void {
    this.planned(from, (place) => {
      const held = this.consumer.positions()
      const partition = place === nowhere ? held[which % Math.max(1, held.length)] : place
      if (partition === undefined || !this.seek(partition, to)) return
      this.did(`seek from ${from}`)
      this.did(`seek to ${typeof to === 'string' ? to : 'log' in to ? 'an offset' : 'a time'}`)
    })
  }

  /** Commits what is settled, or a part of what was delivered to one of its partitions: everything below counts as settled. */
  commitAt(from: From, which: number, part: number | null): void {
    this.planned(from, (place) => {
      const held = this.consumer.positions()
      const partition = place === nowhere ? held[which % Math.max(1, held.length)] : place
      if (part === null) this.consumer.commitAsync()
      else if (partition === undefined || !this.commit(partition, part)) return
      this.did(`commit ${part === null ? 'what is settled' : 'an offset'} from ${from}`)
    })
  }

  /** Calls what no type allows: it has to be refused, and nothing may come of it. */
  misuse({ name, call }: Misuse): void {
    const [partition] = this.consumer.positions()
    if (partition === undefined) return
    let refused = false
    try {
      const answer = call(this.consumer, partition)
      refused = answer instanceof Promise
      // A promise settles in real time, which does not pass here.
      if (answer instanceof Promise) answer.catch(() => undefined)
    } catch {
      refused = true
    }
    this.note({ what: 'misused', member: this.name, call: name, refused })
  }

  /** Nothing that was planned is done any more. */
  heal(): void {
    this.line.cut = false
    this.plans.clear()
    this.thaw()
  }

  crash(): void {
    this.process.kill()
    this.note({ what: 'member crashed', member: this.name })
  }
  freeze(): void {
    this.process.freeze()
    this.note({ what: 'member frozen', member: this.name })
  }
  thaw(): void {
    if (this.process.state !== 'frozen') return
    this.note({ what: 'member thawed', member: this.name })
    this.process.thaw()
  }

  private note(happening: Happening): void {
    this.world.note(happening)
  }

  private did(how: string): void {
    this.note({ what: 'did', how })
  }

  private seek(partition: TopicPartition, to: Target): boolean {
    const position = this.positionOf(partition, to)
    try {
      this.consumer.seek(partition, position)
    } catch {
      // It is being given up already.
      return false
    }
    const member = this.name
    const place = placeOf(partition)
    this.firsts.delete(place)
    if (typeof position === 'object' && 'offset' in position) {
      const offset = Number(position.offset)
      this.world.seeks(place, offset)
      this.note({ what: 'moved', member, place, to: { offset } })
    } else {
      this.looksUp.add(place)
      this.note({ what: 'moved', member, place, to: { lookUp: lookUpOf(position) } })
    }
    return true
  }

  private commit({ topic, partition }: TopicPartition, part: number): boolean {
    const held = this.consumer.positions().find((one) => one.topic === topic && one.partition === partition)
    const place = placeOf({ topic, partition })
    const first = this.firsts.get(place)
    if (held?.position == null || first === undefined) return false
    // What is set back below where this assignment began stays so while nothing is acknowledged: others read it again.
    const offset = first + BigInt(Math.floor(Math.max(0, part * Number(held.position - first))))
    // What is being given up is taken too: it is where Java's onPartitionsRevoked commits.
    const isAborted = this.signals.get(place)?.aborted === true
    if (offset <= held.position)
      this.note({ what: 'acknowledged', member: this.name, place, below: Number(offset), isAborted })
    this.consumer.commitAsync([{ topic, partition, offset }])
    return true
  }

  private positionOf(partition: TopicPartition, to: Target): Position {
    if (typeof to === 'string') return to
    if ('log' in to) return { offset: BigInt(Math.floor(to.log * this.world.logEnd(partition))) }
    return { timestamp: Math.floor(to.time * this.process.wallTime()) }
  }

  private planned(from: From, run: (partition: TopicPartition) => void): void {
    if (from === 'outside') run(nowhere)
    else this.plans.set(from, [...(this.plans.get(from) ?? []), run])
  }

  /** Does what was planned for here; says whether there was anything. */
  private reached(from: From, partition: TopicPartition): boolean {
    const plan = this.plans.get(from)?.shift()
    plan?.(partition)
    return plan !== undefined
  }

  private over(error: string | null): void {
    this.ended = true
    this.note({ what: 'member ended', member: this.name, error })
  }

  private seen(): ClusterUser {
    const { world, process, line, name, looksUp } = this
    return {
      world,
      process,
      line,
      name,
      looksUp,
      note: (happening) => {
        this.note(happening)
      },
      described: (topic, topicId) => {
        this.described(topic, topicId)
      }
    }
  }

  private described(topic: string, topicId: string | null): void {
    if (topicId === null || this.topicIds.get(topic) === topicId) return
    this.topicIds.set(topic, topicId)
    const isCurrent = topicId === this.world.model.idOf(topic)
    this.note({ what: 'topic known', member: this.name, topic, isCurrent })
  }

  private rebalanced(event: RebalanceEvent): void {
    const { name, world, settings } = this
    // Nobody is in the group where partitions are chosen by hand: this one has them all the same.
    this.note(notedRebalance(name, event, settings.chosen === null ? world.membersInGroup() : [name]))
    if (event._tag === 'assigned') for (const partition of event.gained) this.reached('assigned', partition)
    this.reached('rebalances', nowhere)
  }

  private pipeline(partition: PartitionStream): Observable<unknown> {
    const { settings, world } = this
    const stream = world.newStream()
    this.reached('project', partition)
    this.note({ what: 'opened', member: this.name, place: placeOf(partition), stream })
    this.firsts.delete(placeOf(partition))
    this.signals.set(placeOf(partition), partition.signal)
    const watched = new Observable<ConsumerRecord>((subscriber) => {
      let over = false
      const subscription = partition.subscribe({
        next: (record) => {
          const delivery = world.newDelivery()
          this.deliveries.set(record, delivery)
          this.note({
            what: 'delivered',
            stream,
            delivery,
            offset: Number(record.offset),
            key: record.key === null ? '' : text.decode(record.key),
            value: record.value === null ? '' : text.decode(record.value)
          })
          if (!this.firsts.has(placeOf(partition))) this.firsts.set(placeOf(partition), record.offset)
          this.reached('tap', partition)
          subscriber.next(record)
        },
        error: (error: unknown) => {
          over = true
          this.note({ what: 'errored', stream })
          subscriber.error(error)
        },
        complete: () => {
          over = true
          this.note({ what: 'completed', stream })
          subscriber.complete()
        }
      })
      return () => {
        if (!over) this.note({ what: 'unsubscribed', stream })
        over = true
        subscription.unsubscribe()
      }
    })
    const handled = watched.pipe(
      handle((record) => this.work(stream, record), {
        concurrency: settings.concurrency,
        order: world.sabotage.unordered === true ? 'none' : settings.order
      }),
      tap((record) => {
        this.note({ what: 'settled', stream, delivery: this.deliveryOf(record) })
      })
    )
    return settings.commitEvery === null
      ? handled.pipe(ack())
      : handled.pipe(commit({ every: settings.commitEvery, withinMs: settings.commitWithinMs }))
  }

  private work(stream: number, record: ConsumerRecord): Observable<void> {
    return new Observable((subscriber) => {
      const delivery = this.deliveryOf(record)
      this.note({ what: 'started', stream, delivery })
      const finish = (): void => {
        this.note({ what: 'finished', stream, delivery })
        subscriber.next()
        subscriber.complete()
      }
      this.reached('handler', record)
      if (this.reached('awaiting', record)) subscriber.add(this.whenAlone(record, finish))
      else subscriber.add(this.process.schedule(this.world.workMs(), finish))
    })
  }

  /** A handler that awaits its own consumer's drain goes on when nothing is left of that but the handler's own partition. */
  private whenAlone({ topic, partition }: TopicPartition, run: () => void): Subscription {
    const waiting = new Subscription()
    const look = (): void => {
      if (this.consumer.positions().every((held) => held.topic === topic && held.partition === partition)) run()
      else waiting.add(this.process.schedule(10, look))
    }
    waiting.add(this.process.schedule(10, look))
    return waiting
  }

  private deliveryOf({ source }: { readonly source: ConsumerRecord }): number {
    return this.deliveries.get(source) ?? -1
  }
}

const nowhere: TopicPartition = { topic: '', partition: 0 }

const fromCommitted = (chosen: readonly TopicPartition[]) =>
  chosen.map(({ topic, partition }) => ({ topic, partition, from: 'committed' as const }))
