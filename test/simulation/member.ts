import { left } from 'fp-ts/lib/Either.js'
import { Observable, tap } from 'rxjs'
import { crc32c } from '../../src/core/record-batch/crc32c.js'
import { memoryCalls } from '../../src/broker/memory-calls.js'
import { ack, commit, consumer, type Consumer, type ConsumerConfig, type ConsumerRecord, eachPartition, handle, type PartitionStream, type RebalanceEvent, subscribe } from '../../src/index.js' // prettier-ignore
import type { Cluster } from '../../src/ports/cluster.js'
import { openSession } from '../../src/sources/session/open-session.js'
import type { Happening, MemberConfig } from './history.js'
import { overNetwork, type Line } from './network.js'
import { withOverrides } from './patch.js'
import { ProcessClock } from './process-clock.js'
import { group, topic, type World } from './world.js'

/** What a member is made of besides what the checker holds it to. */
export interface MemberSettings extends MemberConfig {
  readonly consumer: Partial<ConsumerConfig>
  /** null: stored by `enable.auto.commit` alone */
  readonly commitEvery: number | null
}

const text = new TextDecoder()

/** One process with a consumer and its pipelines: everything that it does and is told goes into the history. */
export class SimulatedMember {
  readonly name: string
  readonly process: ProcessClock
  readonly line: Line = { cut: false }
  readonly consumer: Consumer
  ended = false
  private readonly world: World
  private readonly settings: MemberSettings

  constructor(world: World, name: string, settings: MemberSettings) {
    this.world = world
    this.name = name
    this.settings = settings
    this.process = new ProcessClock(world.clock)
    this.note({ what: 'member started', member: name, config: settings })
    this.consumer = consumer(this.cluster(), {
      'group.id': group,
      subscription: subscribe(topic),
      'auto.offset.reset': 'earliest',
      'enable.auto.commit': settings.commitEvery === null,
      'auto.commit.interval.ms': settings.commitWithinMs,
      'drain.timeout.ms': settings.drainTimeoutMs,
      maxInFlight: settings.maxInFlight,
      ...settings.consumer
    })
    this.consumer.rebalances.subscribe((event) => {
      this.rebalanced(event)
    })
    this.consumer.commits.subscribe((event) => {
      if (event._tag !== 'stored') this.note({ what: 'commit troubled', member: name, how: event._tag })
    })
    this.consumer.pipe(eachPartition((partition) => this.pipeline(partition))).subscribe({
      error: (error: unknown) => {
        this.over(String(error))
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
    const withinMs = how === 'drain' ? this.settings.drainTimeoutMs : 5_000
    this.note({ what: 'member stopping', member: this.name, how, withinMs })
    if (how === 'drain') void this.consumer.drain()
    else void this.consumer.close()
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

  private over(error: string | null): void {
    this.ended = true
    this.note({ what: 'member ended', member: this.name, error })
  }

  private cluster(): Cluster {
    const { world, process, name } = this
    return {
      _tag: 'Cluster',
      clock: process,
      random: world.weather.random,
      openConsumer: (settings, handlers) => {
        const { sabotage } = world
        const calls = overNetwork(world.clock, process, this.line, world.weather, memoryCalls(world.model), {
          known: (memberId) => world.memberNames.set(memberId, name),
          joining: () => {
            this.note({ what: 'joining', member: name })
          },
          joined: () => {
            this.note({ what: 'joined', member: name })
          },
          given: (partitions) => world.given.set(name, partitions),
          commitRequested: (generation, offsets) => {
            this.note({ what: 'commit requested', member: name, generation, offsets })
          },
          commitAnswered: () => {
            this.note({ what: 'commit answered', member: name })
          },
          commitStored: (generation, offsets) => {
            this.note({ what: 'commit stored', member: name, generation, offsets })
          }
        })
        const context = {
          calls: sabotage.calls?.(calls) ?? calls,
          clock: process,
          random: world.weather.random,
          settings,
          handlers,
          decompress: () => left({ _tag: 'corrupt', reason: 'compressed' } as const),
          checksum: crc32c
        }
        const session = sabotage.session?.(context, openSession) ?? openSession(context)
        return withOverrides(session, {
          release: (partitions) => {
            this.note({ what: 'released', member: name, partitions: partitions.map(({ partition }) => partition) })
            session.release(partitions)
          }
        })
      },
      openProducer: () => {
        throw new Error('members do not produce')
      },
      createTopics: () => {
        throw new Error('members create no topics')
      }
    }
  }

  private rebalanced(event: RebalanceEvent): void {
    const member = this.name
    const { generation } = event
    switch (event._tag) {
      case 'assigned':
        this.note({
          what: 'assigned',
          member,
          generation,
          gained: event.gained.map(({ partition }) => partition),
          kept: event.kept.map(({ partition }) => partition),
          inGroup: this.world.membersInGroup()
        })
        break
      case 'revoking':
        this.note({
          what: 'revoking',
          member,
          generation,
          partitions: event.partitions.map(({ partition }) => partition),
          withinMs: event.withinMs
        })
        break
      case 'revoked':
      case 'lost':
        this.note({
          what: event._tag,
          member,
          generation,
          partitions: event.partitions.map(({ partition, outcome, committed, repeated }) => ({
            partition,
            outcome,
            committed: committed === null ? null : Number(committed),
            repeated
          })),
          reason: event._tag === 'lost' ? JSON.stringify(event.fault) : ''
        })
        break
    }
  }

  private pipeline(partition: PartitionStream): Observable<unknown> {
    const { settings, world } = this
    const stream = world.newStream()
    this.note({ what: 'opened', member: this.name, partition: partition.partition, stream })
    const watched = new Observable<ConsumerRecord>((subscriber) => {
      let over = false
      const subscription = partition.subscribe({
        next: (record) => {
          this.note({
            what: 'delivered',
            stream,
            offset: Number(record.offset),
            key: record.key === null ? '' : text.decode(record.key),
            value: record.value === null ? '' : text.decode(record.value)
          })
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
      handle((record) => this.work(stream, Number(record.offset)), {
        concurrency: settings.concurrency,
        order: world.sabotage.unordered === true ? 'none' : settings.order
      }),
      tap((record) => {
        this.note({ what: 'settled', stream, offset: Number(record.offset) })
      })
    )
    return settings.commitEvery === null
      ? handled.pipe(ack())
      : handled.pipe(commit({ every: settings.commitEvery, withinMs: settings.commitWithinMs }))
  }

  private work(stream: number, offset: number): Observable<void> {
    return new Observable((subscriber) => {
      this.note({ what: 'started', stream, offset })
      return this.process.schedule(this.world.workMs(), () => {
        this.note({ what: 'finished', stream, offset })
        subscriber.next()
        subscriber.complete()
      })
    })
  }
}
