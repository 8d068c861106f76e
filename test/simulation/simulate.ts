import { configuredFor } from './by-consumer-protocol.js'
import { check } from './checker.js'
import type { TopicPartition } from '../../src/index.js'
import { type GroupAtRest, type HistoryEvent, placeOf, type Truth, type Violation } from './history.js'
import { SimulatedMember } from './member.js'
import { misuses } from './misuses.js'
import { type Action, type Schedule, scheduleOf, topicsOf } from './schedule.js'
import { withoutTimers } from './without-timers.js'
import { group, type Sabotage, World } from './world.js'

const maxMembers = 4
/** Longer than a request is under way. */
const lateMs = 50
/** How long it may take, after everything is healed, until all is read and committed. */
const healWithinMs = 60_000

export interface Simulation {
  readonly schedule: Schedule
  readonly history: readonly HistoryEvent[]
  readonly truth: Truth
  readonly violations: readonly Violation[]
}

/** Runs the schedule of a seed. */
export const simulate = (seed: number, sabotage: Sabotage = {}): Simulation =>
  simulateSchedule(scheduleOf(seed), sabotage)

/** Runs a schedule from its first member to its last, and checks what happened. */
export const simulateSchedule = (schedule: Schedule, sabotage: Sabotage = {}): Simulation => {
  const { history, truth } = new Run(schedule, sabotage).through()
  return { schedule, history, truth, violations: check(history, truth) }
}

class Run {
  private readonly schedule: Schedule
  private readonly world: World
  private readonly members: SimulatedMember[] = []

  constructor(schedule: Schedule, sabotage: Sabotage) {
    this.schedule = schedule
    this.world = new World(schedule.seed ^ 0x5bd1e995, topicsOf(schedule), schedule.maxLatencyMs, sabotage)
  }

  through(): { readonly history: readonly HistoryEvent[]; readonly truth: Truth } {
    const { world } = this
    const threw = (error: unknown): void => {
      world.note({ what: 'threw', error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
    const restore = withoutTimers(threw)
    try {
      this.run()
    } catch (error) {
      threw(error)
    } finally {
      restore()
    }
    const timersLeft = this.members.reduce((sum, { ended, process }) => sum + (ended ? process.pending : 0), 0)
    return { history: world.history, truth: world.truth(timersLeft) }
  }

  private run(): void {
    const { world } = this
    this.start()
    for (const action of this.schedule.actions) {
      world.clock.advance(action.afterMs)
      this.act(action)
    }
    this.heal()
    this.waitForRest()
    for (const member of this.alive()) member.stop('drain')
    world.clock.advance(20_000)
  }

  /**
   * A group that has just become a classic one again asks its members to rebalance, which is not in the log: the next coordinator
   * would find it stable, with an assignment that nobody has, and leave it at that. Kafka's does so too.
   */
  private get isTurningBack(): boolean {
    const { protocols = [] } = this.schedule
    const isMixed = protocols.includes('classic') && protocols.includes('consumer')
    return isMixed && this.world.model.describeGroup(group).state === 'PreparingRebalance'
  }

  private alive(): readonly SimulatedMember[] {
    return this.members.filter((member) => member.isAlive)
  }

  /** Starts the next member with the subscription whose turn it is, or with that of another one, in its place. */
  private start(inPlaceOf?: SimulatedMember, more: readonly string[] = []): void {
    const { member, subscriptions = [['orders']], areStatic = false, isByHand = false, protocols = [] } = this.schedule
    const number = this.members.length + 1
    const protocol = protocols[Math.min(this.members.length, protocols.length - 1)] ?? 'classic'
    const turn = subscriptions[this.members.length % subscriptions.length] ?? ['orders']
    const topics = [...new Set([...(inPlaceOf?.settings.topics ?? turn), ...more])]
    const instance = areStatic ? (inPlaceOf?.settings.instance ?? `i${String(number)}`) : null
    const chosen = isByHand ? this.chosenBy(0b1011_0110_1101 >> this.members.length) : null
    this.members.push(
      new SimulatedMember(this.world, `m${String(number)}`, {
        reset: 'earliest',
        ...member,
        consumer: configuredFor(protocol, member),
        topics,
        instance,
        chosen,
        protocol
      })
    )
  }

  /** No coordinator fences one who chooses by hand: the next begins when nothing of the one before is under way. */
  private startOnlyOne(inPlaceOf?: SimulatedMember): void {
    if (this.alive().length === 0) this.start(inPlaceOf)
  }

  /** Of the partitions that there are those whose bits are set, at least one. */
  private chosenBy(bits: number): readonly TopicPartition[] {
    const { partitions } = this.world
    const chosen = partitions.filter((_, index) => (bits >> index) & 1)
    return chosen.length > 0 ? chosen : [partitions[0] ?? { topic: 'orders', partition: 0 }]
  }

  private heal(): void {
    const { world } = this
    world.heal()
    world.pace = 'fast'
    for (const member of this.alive()) member.heal()
    // Those that are leaving are no owners any more.
    world.clock.advance(10_000)
    const read = new Set(this.alive().flatMap(({ settings }) => settings.topics))
    const unread = [...new Set(world.partitions.map(({ topic }) => topic))].filter((topic) => !read.has(topic))
    if (this.alive().length === 0 || (unread.length > 0 && this.schedule.isByHand !== true))
      this.start(undefined, unread)
    for (const member of this.alive()) {
      if (this.schedule.isByHand === true) member.reassign(world.partitions)
      member.consumer.resume()
    }
  }

  private waitForRest(): void {
    const { world } = this
    const until = world.clock.now() + healWithinMs
    for (;;) {
      const alive = this.alive().map(({ name }) => name)
      if (this.isAtRest(alive)) {
        // What the broker gave is on its way still; by the consumer protocol it comes with the next heartbeat.
        world.clock.advance(this.schedule.protocols === undefined ? 200 : 1_000)
        if (this.isAtRest(alive)) break
      }
      if (world.clock.now() >= until) return
      world.clock.advance(100)
    }
    world.note({ what: 'at rest', group: this.atRest() })
  }

  private isAtRest(alive: readonly string[]): boolean {
    const { world } = this
    return this.schedule.isByHand === true ? world.isRead && alive.length === 1 : world.isAtRest(alive)
  }

  private atRest(): GroupAtRest {
    const { world, schedule } = this
    if (schedule.isByHand === true) {
      const given = this.alive().map(({ name, settings }) => [name, (settings.chosen ?? []).map(placeOf)] as const)
      return { state: 'Stable', generation: -1, members: given.map(([name]) => name), given: new Map(given) }
    }
    const { state, generation } = world.model.describeGroup(group)
    return { state, generation, members: world.membersInGroup(), given: new Map(world.given) }
  }

  private act(action: Action): void {
    const { world } = this
    const running = this.members.filter((member) => member.isRunning)
    const chosen = 'who' in action ? running[action.who % Math.max(1, running.length)] : undefined
    const { topic = 'orders' } = action as { readonly topic?: string }
    switch (action.act) {
      case 'produce':
        world.produce({ topic, partition: action.partition }, action.count, action.transaction)
        break
      case 'start':
        if (this.schedule.isByHand === true) world.clock.schedule(lateMs, () => this.startOnlyOne())
        else if (this.alive().length < maxMembers) this.start()
        break
      case 'drain':
      case 'close':
        chosen?.stopAt(action.from ?? 'outside', action.act)
        break
      case 'restart':
        if (chosen !== undefined) this.restart(chosen, action)
        break
      case 'crash':
        chosen?.crash()
        break
      case 'freeze':
        if (chosen === undefined) break
        chosen.freeze()
        world.clock.schedule(action.forMs, () => {
          chosen.thaw()
        })
        break
      case 'cut':
        if (chosen === undefined) break
        chosen.line.cut = true
        world.clock.schedule(action.forMs, () => {
          chosen.line.cut = false
        })
        break
      case 'pause':
        chosen?.consumer.pause()
        break
      case 'resume':
        chosen?.consumer.resume()
        break
      case 'seek':
        chosen?.seekAt(action.from, action.which, action.to)
        break
      case 'commit':
        chosen?.commitAt(action.from, action.which, action.part)
        break
      case 'resubscribe':
        if (this.schedule.isByHand !== true) chosen?.resubscribeAt(action.from ?? 'outside', action.topics)
        break
      case 'reassign':
        chosen?.reassignAt(action.from, this.chosenBy(action.which))
        break
      case 'misuse':
        chosen?.misuse(misuses[action.call % misuses.length] ?? misuses[0])
        break
      case 'fail':
        world.model.failNext(action.api, action.fault, action.times)
        break
      case 'slow':
        world.weather.slow.set(action.api, action.byMs)
        break
      case 'lose':
        world.weather.losses = action.losses
        break
      case 'pace':
        world.pace = action.pace
        break
      case 'elect':
        world.model.electLeader({ topic, partition: action.partition })
        break
      case 'grow':
        world.grow(topic)
        break
      case 'move':
        if (!this.isTurningBack) world.model.consumers(group).move(action.loadingMs)
        break
      case 'recreate':
        world.recreate(topic, action.partitions, action.forMs)
        break
    }
    if (action.act !== 'produce') world.note({ what: 'disturbed', how: JSON.stringify(action) })
    // What is called from somewhere says so itself.
    if (!callable.has(action.act) && (!('who' in action) || chosen !== undefined))
      world.note({ what: 'did', how: action.act })
  }

  /** Ends a member, and starts another in its place: under its `group.instance.id`, if it has one. */
  private restart(member: SimulatedMember, { how, forMs, more = [] }: Action & { readonly act: 'restart' }): void {
    if (how === 'crash') member.crash()
    else member.stop(how)
    this.world.clock.schedule(this.schedule.isByHand === true ? forMs + lateMs : forMs, () => {
      if (this.schedule.isByHand !== true) this.start(member, more)
      else this.startOnlyOne(member)
    })
  }
}

/** What a member can be called for from more than one place. */
const callable: ReadonlySet<Action['act']> = new Set(['drain', 'close', 'seek', 'commit', 'resubscribe', 'reassign'])
