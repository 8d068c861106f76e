import { check } from './checker.js'
import type { HistoryEvent, Truth, Violation } from './history.js'
import { SimulatedMember } from './member.js'
import { type Action, type Schedule, scheduleOf } from './schedule.js'
import { group, type Sabotage, World } from './world.js'

const maxMembers = 4
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
    this.world = new World(schedule.seed ^ 0x5bd1e995, schedule.partitions, schedule.maxLatencyMs, sabotage)
  }

  through(): { readonly history: readonly HistoryEvent[]; readonly truth: Truth } {
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
    const timersLeft = this.members.reduce((sum, { ended, process }) => sum + (ended ? process.pending : 0), 0)
    return { history: world.history, truth: world.truth(timersLeft) }
  }

  private alive(): readonly SimulatedMember[] {
    return this.members.filter((member) => member.isAlive)
  }

  private start(): void {
    this.members.push(new SimulatedMember(this.world, `m${String(this.members.length + 1)}`, this.schedule.member))
  }

  private heal(): void {
    this.world.heal()
    this.world.pace = 'fast'
    for (const member of this.alive()) {
      member.line.cut = false
      member.thaw()
    }
    // Those that are leaving are no owners any more.
    this.world.clock.advance(10_000)
    if (this.alive().length === 0) this.start()
    for (const member of this.alive()) member.consumer.resume()
  }

  private waitForRest(): void {
    const { world } = this
    const until = world.clock.now() + healWithinMs
    for (;;) {
      const alive = this.alive().map(({ name }) => name)
      if (world.isAtRest(alive)) {
        // What the broker gave is on its way still.
        world.clock.advance(200)
        if (world.isAtRest(alive)) break
      }
      if (world.clock.now() >= until) return
      world.clock.advance(100)
    }
    const { state, generation } = world.model.coordinator(group).describe()
    world.note({
      what: 'at rest',
      group: { state, generation, members: world.membersInGroup(), given: new Map(world.given) }
    })
  }

  private act(action: Action): void {
    const { world } = this
    const running = this.members.filter((member) => member.isRunning)
    const chosen = 'who' in action ? running[action.who % Math.max(1, running.length)] : undefined
    switch (action.act) {
      case 'produce':
        world.produce(action.partition, action.count, action.transaction)
        break
      case 'start':
        if (this.alive().length < maxMembers) this.start()
        break
      case 'drain':
      case 'close':
        chosen?.stop(action.act)
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
      case 'fail':
        world.model.failNext(action.api, action.fault, action.times)
        break
      case 'lose':
        world.weather.losses = action.losses
        break
      case 'pace':
        world.pace = action.pace
        break
      case 'elect':
        world.model.electLeader({ topic: 'orders', partition: action.partition })
        break
      case 'grow':
        world.model.createTopic('orders', world.partitions + 1)
        break
    }
    if (action.act !== 'produce') world.note({ what: 'disturbed', how: JSON.stringify(action) })
  }
}
