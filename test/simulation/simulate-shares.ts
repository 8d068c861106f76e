import { left } from 'fp-ts/lib/Either.js'
import { Observable, type Subscription, tap } from 'rxjs'
import { crc32c } from '../../src/core/records/crc32c.js'
import { acknowledgeType, type ListedSharePartition } from '../../src/core/share/share-messages.js'
import { openShareSession } from '../../src/engine/share/open-share-session.js'
import { ack, type ConsumerRecord, handle, shareConsumer, type ShareConsumer, subscribe } from '../../src/index.js'
import { seededRandom } from '../../src/internal/seeded-random.js'
import type { Cluster } from '../../src/ports/cluster.js'
import type { ShareCalls } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'
import { BrokerModel } from '../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../src/sources/memory/memory-calls.js'
import { clusterOf } from '../../src/sources/memory/memory-cluster.js'
import { memoryShareCalls } from '../../src/sources/memory/memory-share-calls.js'
import { plainRecord } from '../support/record-runs.js'
import { VirtualClock } from '../support/virtual-clock.js'
import type { Line } from './network.js'
import { withOverrides } from './patch.js'
import { ProcessClock } from './process-clock.js'
import { shareOverNetwork, type ShareWeather } from './share-network.js'
import { type ShareAction, type ShareSchedule, shareScheduleOf } from './share-schedule.js'
import { withoutTimers } from './without-timers.js'

const topic = 'jobs'
const group = 'g'
const maxMembers = 4
const drainMs = 3_000
const text = new TextDecoder()

/** What came of a schedule. */
export interface ShareSimulation {
  readonly schedule: ShareSchedule
  readonly violations: readonly string[]
  /** how often a record was handled more than once */
  readonly repeated: number
  readonly handled: number
}

/** A planted bug between a member and its broker. */
export type ShareSabotage = (calls: ShareCalls) => ShareCalls

/** Runs the share group of a seed in virtual time, and holds what happened against its invariants. */
export const simulateShares = (seed: number, sabotage: ShareSabotage = (calls) => calls): ShareSimulation =>
  new ShareWorld(shareScheduleOf(seed), sabotage).run()

class ShareWorld {
  readonly clock = new VirtualClock()
  readonly model: BrokerModel
  readonly schedule: ShareSchedule
  readonly weather: ShareWeather
  readonly violations: string[] = []
  /** by `partition/offset`: how often it was handled to its end */
  readonly finished = new Map<string, number>()
  readonly sabotage: ShareSabotage
  longestMs = 50
  /** what the broker accepted, by member */
  readonly accepted = new Map<string, Set<string>>()
  private readonly poison = new Set<string>()
  private readonly members: ShareMember[] = []
  private values = 0
  /** Poison is none any more: else it would come again for as long as the group allows. */
  private isHealed = false

  constructor(schedule: ShareSchedule, sabotage: ShareSabotage) {
    this.schedule = schedule
    this.sabotage = sabotage
    this.model = new BrokerModel(this.clock, { heartbeatIntervalMs: 300, sessionTimeoutMs: 2_500 })
    this.weather = { random: seededRandom(schedule.seed ^ 0x2c1b3c6d), maxLatencyMs: schedule.maxLatencyMs, losses: 0 }
    this.model.createTopic(topic, schedule.partitions)
    this.model.configureGroup(group, {
      'share.auto.offset.reset': 'earliest',
      'share.record.lock.duration.ms': String(schedule.lockMs),
      'share.delivery.count.limit': String(schedule.deliveryLimit),
      'share.renew.acknowledge.enable': String(schedule.renews)
    })
  }

  run(): ShareSimulation {
    const { clock, schedule } = this
    const threw = (error: unknown): void => {
      this.violations.push(`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
    const restore = withoutTimers(threw)
    try {
      this.start()
      for (const action of schedule.actions) {
        clock.advance(action.afterMs)
        this.act(action)
      }
      this.heal()
      this.atRest()
      for (const member of this.alive()) member.end('drain')
      clock.advance(20_000)
      for (const member of this.members) member.check()
    } catch (error) {
      threw(error)
    } finally {
      restore()
    }
    const repeated = [...this.finished].filter(([, times]) => times > 1).length
    return { schedule, violations: this.violations, repeated, handled: this.finished.size }
  }

  isPoison(key: string): boolean {
    return !this.isHealed && this.poison.has(key)
  }

  private alive(): readonly ShareMember[] {
    return this.members.filter(({ isAlive }) => isAlive)
  }

  private start(): void {
    this.members.push(new ShareMember(this, `m${String(this.members.length + 1)}`))
  }

  private act(action: ShareAction): void {
    const { model, clock } = this
    const running = this.members.filter(({ isRunning }) => isRunning)
    const chosen = 'who' in action ? running[action.who % Math.max(1, running.length)] : undefined
    switch (action.act) {
      case 'produce': {
        const records = Array.from({ length: action.count }, () => plainRecord(`v${String(++this.values)}`))
        const base = Number(model.append({ topic, partition: action.partition }, records) ?? -1n)
        if (action.poison) this.poison.add(`${String(action.partition)}/${String(base)}`)
        break
      }
      case 'start':
        if (this.alive().length < maxMembers) this.start()
        break
      case 'drain':
      case 'close':
      case 'unsubscribe':
        if (action.fromHandler) chosen?.endInHandler(action.act)
        else chosen?.end(action.act)
        break
      case 'crash':
        chosen?.process.kill()
        break
      case 'freeze':
        chosen?.process.freeze()
        clock.schedule(action.forMs, () => chosen?.process.thaw())
        break
      case 'cut':
        if (chosen !== undefined) chosen.line.cut = true
        clock.schedule(action.forMs, () => {
          if (chosen !== undefined) chosen.line.cut = false
        })
        break
      case 'fail':
        model.failNext(action.api, action.fault, action.times)
        break
      case 'lose':
        this.weather.losses = action.losses
        break
      case 'pace':
        this.longestMs = action.longestMs
        break
      case 'elect':
        model.electLeader({ topic, partition: action.partition })
    }
  }

  private heal(): void {
    const { weather, model } = this
    weather.losses = 0
    this.longestMs = 10
    this.isHealed = true
    for (const api of ['ShareFetch', 'ShareAcknowledge', 'ShareGroupHeartbeat'] as const)
      while (model.takeFault(api) !== undefined);
    for (const member of this.alive()) member.heal()
    // Whose pipeline has failed is gone; what is planned for a handler may end the last.
    for (let round = 0; round < 40; round++) {
      this.clock.advance(5_000)
      if (this.alive().length === 0) this.start()
      if (this.open().length === 0) break
    }
  }

  /** Partitions that the group is not through with. */
  private open(): readonly string[] {
    return Array.from({ length: this.schedule.partitions }, (_, partition) => partition).flatMap((partition) => {
      const end = this.model.log({ topic, partition })?.logEnd ?? 0n
      const start = this.model.shares(group).group.stateOf({ topic, partition })?.start ?? 0n
      return start < end ? [`${String(partition)} at ${String(start)} of ${String(end)}`] : []
    })
  }

  private atRest(): void {
    const open = this.open()
    if (open.length > 0) this.violations.push(`the group comes to its end: ${open.join()}`)
    const { schedule } = this
    for (let partition = 0; partition < schedule.partitions; partition++)
      for (const { offset } of this.model.log({ topic, partition })?.records() ?? []) {
        const key = `${String(partition)}/${String(offset)}`
        const times = this.finished.get(key) ?? 0
        if (this.poison.has(key)) continue
        // With a low limit a record may be given up that only dead members had.
        if (times === 0 && schedule.deliveryLimit > 100) this.violations.push(`${key} is lost`)
        if (schedule.isCalm && times !== 1) this.violations.push(`${key} is handled ${String(times)} times in a calm schedule`) // prettier-ignore
      }
  }
}

/** One process with a share consumer and its pipeline. */
class ShareMember {
  readonly process: ProcessClock
  readonly line: Line = { cut: false }
  private readonly world: ShareWorld
  private readonly name: string
  private readonly consumer: ShareConsumer
  private readonly subscription: Subscription
  private readonly counted = { accepted: 0 }
  private plan: 'drain' | 'close' | 'unsubscribe' | null = null
  private asked: number | null = null
  private endedAt: number | null = null

  constructor(world: ShareWorld, name: string) {
    this.world = world
    this.name = name
    this.process = new ProcessClock(world.clock)
    const { maxInFlight, acquireMode, onPoison } = world.schedule
    this.consumer = shareConsumer(this.cluster(), {
      'group.id': group,
      subscription: subscribe(topic),
      'share.acquire.mode': acquireMode,
      'max.poll.records': 20,
      'max.poll.interval.ms': 20_000,
      'drain.timeout.ms': drainMs,
      'fetch.max.wait.ms': 200,
      'retry.backoff.ms': 50,
      'retry.backoff.max.ms': 400,
      'metadata.max.age.ms': 3_000,
      maxInFlight
    })
    this.consumer.acknowledgements.subscribe(({ accepted }) => {
      this.counted.accepted += accepted
    })
    const options = { order: 'none', concurrency: 8, onFailure: onPoison } as const
    this.subscription = this.consumer
      .pipe(
        handle((record) => this.work(record), options),
        ack()
      )
      .subscribe({
        error: () => {
          this.over(onPoison === 'fail' ? null : 'failed')
        },
        complete: () => {
          this.over(this.asked === null ? 'completed unasked' : null)
        }
      })
  }

  get isAlive(): boolean {
    return this.endedAt === null && this.process.state !== 'dead'
  }
  get isRunning(): boolean {
    return this.asked === null && this.endedAt === null && this.process.state === 'running'
  }

  end(how: 'drain' | 'close' | 'unsubscribe'): void {
    if (this.asked !== null) return
    this.asked = this.world.clock.now()
    if (how === 'drain') void this.consumer.drain()
    else if (how === 'close') void this.consumer.close()
    else {
      this.subscription.unsubscribe()
      this.over(null)
    }
  }

  endInHandler(how: 'drain' | 'close' | 'unsubscribe'): void {
    this.plan = how
  }

  heal(): void {
    this.line.cut = false
    this.plan = null
    this.process.thaw()
  }

  /** When all is over. */
  check(): void {
    const { world, name } = this
    if (this.process.state === 'dead') return
    if (this.endedAt === null) world.violations.push(`${name} does not end`)
    const mine = world.accepted.get(name)?.size ?? 0
    if (this.counted.accepted > mine) world.violations.push(`${name} counts ${String(this.counted.accepted)} as accepted, of ${String(mine)}`) // prettier-ignore
    if (this.process.pending > 0) world.violations.push(`${name} leaves ${String(this.process.pending)} timers`)
    if (this.consumer.status().inFlight > 0) world.violations.push(`${name} has records in flight`)
  }

  private over(wrong: string | null): void {
    if (wrong !== null) this.world.violations.push(`${this.name} ${wrong}`)
    this.endedAt ??= this.world.clock.now()
  }

  private work(record: ConsumerRecord): Observable<void> {
    const { world } = this
    const key = `${String(record.partition)}/${String(record.offset)}`
    const limit = world.schedule.deliveryLimit
    if ((record.deliveryCount ?? 0) > limit)
      world.violations.push(`${key} is delivered more than ${String(limit)} times`)
    if (record.value === null || text.decode(record.value) === '') world.violations.push(`${key} has no value`)
    return new Observable((subscriber) => {
      const { plan } = this
      this.plan = null
      if (plan !== null) this.end(plan)
      const isLong = world.weather.random() < 0.1
      const ms = Math.floor(world.weather.random() * (isLong ? world.longestMs : Math.min(50, world.longestMs)))
      return this.process.schedule(ms, () => {
        if (world.isPoison(key)) {
          subscriber.error(new Error('poison'))
          return
        }
        world.finished.set(key, (world.finished.get(key) ?? 0) + 1)
        subscriber.next()
        subscriber.complete()
      })
    })
  }

  private cluster(): Cluster {
    const { world, process, line } = this
    const inner = this.watched(memoryShareCalls(world.model))
    const door = { clock: process, random: world.weather.random, calls: () => memoryCalls(world.model) }
    return withOverrides<Cluster>(clusterOf(world.model, door), {
      openShareConsumer: (settings, handlers) =>
        openShareSession({
          calls: world.sabotage(shareOverNetwork(world.clock, process, line, world.weather, inner)),
          clock: process,
          random: world.weather.random,
          settings,
          handlers,
          decompress: () => left({ _tag: 'corrupt', reason: 'compressed' } as const),
          checksum: crc32c
        })
    })
  }

  /** Notes what the broker accepts: nothing but what was handled, or is poison that was rejected. */
  private watched(calls: ShareCalls): ShareCalls {
    const { world, name } = this
    const mine = new Set<string>()
    world.accepted.set(name, mine)
    const note = (listed: readonly ListedSharePartition[], codes: ReadonlyMap<number, number>): void => {
      for (const { partition, acknowledgements } of listed) {
        if ((codes.get(partition) ?? 0) !== 0) continue
        for (const { firstOffset, lastOffset, types } of acknowledgements)
          for (let offset = firstOffset; offset <= lastOffset; offset++) {
            if ((types[types.length === 1 ? 0 : Number(offset - firstOffset)] ?? 0) !== acknowledgeType.accept) continue
            const key = `${String(partition)}/${String(offset)}`
            mine.add(key)
            if (!world.finished.has(key)) world.violations.push(`${key} is accepted and was not handled`)
          }
      }
    }
    return {
      ...calls,
      shareFetch: (node, request) =>
        watching(calls.shareFetch(node, request), ({ code, partitions }) => {
          if (code === 0)
            note(request.partitions, new Map(partitions.map((one) => [one.partition, one.acknowledgeCode])))
        }),
      shareAcknowledge: (node, request) =>
        watching(calls.shareAcknowledge(node, request), ({ code, partitions }) => {
          if (code === 0) note(request.partitions, new Map(partitions.map((one) => [one.partition, one.code])))
        })
    }
  }
}

const watching = <A>(step: Step<A>, served: (answer: A) => void): Step<A> =>
  step.pipe(
    tap((answer) => {
      if (answer._tag === 'Right') served(answer.right)
    })
  )
