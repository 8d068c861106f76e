import fc from 'fast-check'
import { right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { GroupCoordinator } from '../../src/sources/memory/group-coordinator.js'
import { type AssignorName, assignors } from '../../src/core/group/assignors/assignors.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription
} from '../../src/core/group/member-subscription.js'
import { mailbox } from '../../src/core/group/mailbox.js'
import { Membership } from '../../src/core/group/membership.js'
import type {
  GroupMemberInfo,
  MembershipEffect,
  MembershipEvent,
  MembershipOptions,
  MembershipTimer,
  MemberShare
} from '../../src/core/group/membership-messages.js'
import type { Cancel } from '../../src/model/clock.js'
import { partitionKey, type TopicPartition } from '../../src/model/topic-partition.js'
import { LossyNetwork } from '../support/lossy-network.js'
import { member } from '../support/members.js'
import { partitionsOf } from '../support/partitions.js'

const options: Omit<MembershipOptions, 'protocol' | 'protocols'> = {
  groupId: 'g',
  groupInstanceId: null,
  sessionTimeoutMs: 1_500,
  heartbeatIntervalMs: 300,
  rebalanceTimeoutMs: 10_000,
  drainTimeoutMs: 2_000,
  retryBackoffMs: 50,
  retryBackoffMaxMs: 400,
  random: () => 0.5
}
const partitions = 6

/** A group, its members, and the network between them. */
class World extends LossyNetwork {
  readonly group: GroupCoordinator
  readonly assignor: AssignorName
  members: Node[] = []
  private ids = 0

  constructor(seed: number, assignor: AssignorName) {
    super(seed)
    this.assignor = assignor
    this.group = new GroupCoordinator('g', this.clock, () => `m${String(++this.ids)}`)
  }

  owners(key: string): readonly Node[] {
    return this.members.filter((member) => member.owns.has(key))
  }
}

/** One process: the machine, what it asks for, and a pipeline that takes its time to let go. */
class Node {
  readonly owns = new Map<string, TopicPartition>()
  readonly machine: Membership
  private readonly world: World
  private readonly timers = new Map<MembershipTimer, Cancel>()
  private readonly draining = new Map<string, Cancel>()
  private dead = false
  private readonly mail = mailbox((event: MembershipEvent) => {
    if (this.dead) return
    for (const effect of this.machine.handle(event, this.world.clock.now())) this.perform(effect)
    this.check()
  })

  constructor(world: World) {
    this.world = world
    const { protocol } = assignors[world.assignor]
    this.machine = new Membership({ ...options, protocols: [world.assignor], protocol })
  }

  /** Between two releases at the same time the machine has not heard of the second. */
  private check(): void {
    for (const key of this.owns.keys()) expect(this.held).toContain(key)
    if (this.draining.size === 0) expect(this.owns.size).toBe(this.held.length)
  }

  private get held(): readonly string[] {
    return this.machine.held.map(({ topic, partition }) => partitionKey(topic, partition))
  }

  tell(event: MembershipEvent): void {
    this.mail(event)
  }

  /** The process is gone; nobody is told. */
  kill(): void {
    this.dead = true
    this.owns.clear()
    this.stopDraining()
    for (const cancel of this.timers.values()) cancel()
    this.timers.clear()
  }

  private stopDraining(): void {
    for (const cancel of this.draining.values()) cancel()
    this.draining.clear()
  }

  commit(): void {
    const { generation, memberId, mayCommit } = this.machine
    if (!mayCommit || this.dead) return
    const keys = [...this.owns.keys()]
    this.world.call<number>(
      (answer) => {
        const given = this.world.group.mayCommit({ groupId: 'g', generation, memberId, groupInstanceId: null })
        // What the group takes from this member nobody else is working on.
        if (given === code.NONE)
          for (const key of keys) for (const owner of this.world.owners(key)) expect(owner).toBe(this)
        answer(given)
      },
      (answer) => {
        if (answer._tag === 'Right' && answer.right !== code.NONE)
          this.tell({ _tag: 'commit refused', generation, code: answer.right })
      }
    )
  }

  private perform(effect: MembershipEffect): void {
    const { world } = this
    const { clock, group } = world
    const common = { groupId: 'g', groupInstanceId: null }
    switch (effect._tag) {
      case 'join': {
        const { attempt, memberId, owned, generation } = effect
        // Under the eager protocol nobody joins with partitions in hand.
        if (assignors[world.assignor].protocol === 'eager') expect([owned, this.owns.size]).toEqual([[], 0])
        const metadata = encodeSubscription({ topics: ['t'], userData: null, owned, generation, rack: null })
        const { sessionTimeoutMs, rebalanceTimeoutMs } = options
        const protocols = [{ name: world.assignor, metadata }]
        world.call<Parameters<Parameters<GroupCoordinator['join']>[1]>[0]>(
          (answer) => {
            group.join({ ...common, memberId, sessionTimeoutMs, rebalanceTimeoutMs, protocols }, answer)
          },
          (answer) => {
            this.tell({ _tag: 'join answered', attempt, answer })
          }
        )
        break
      }
      case 'make assignment': {
        const { attempt, members } = effect
        clock.schedule(world.latency(), () => {
          this.tell({ _tag: 'assignment made', attempt, answer: right(sharesOf(world.assignor, members)) })
        })
        break
      }
      case 'sync': {
        const { attempt, memberId, generation, shares } = effect
        world.call<Parameters<Parameters<GroupCoordinator['sync']>[1]>[0]>(
          (answer) => {
            group.sync({ ...common, memberId, generation, assignments: shares }, answer)
          },
          (answer) => {
            const read =
              answer._tag === 'Left'
                ? answer
                : right({ code: answer.right.code, partitions: decodeAssignment(answer.right.assignment) })
            this.tell({ _tag: 'sync answered', attempt, answer: read })
          }
        )
        break
      }
      case 'heartbeat': {
        const { memberId, generation } = effect
        const sentAt = clock.now()
        world.call<number>(
          (answer) => {
            answer(group.heartbeat({ ...common, memberId, generation }))
          },
          (answer) => {
            this.tell({ _tag: 'heartbeat answered', generation, sentAt, answer })
          }
        )
        break
      }
      case 'leave':
        world.call<number>(
          (answer) => {
            answer(group.leave(effect.memberId))
          },
          () => undefined
        )
        this.owns.clear()
        this.stopDraining()
        break
      case 'arm': {
        const { timer, inMs } = effect
        this.timers.get(timer)?.()
        const due = clock.schedule(inMs, () => {
          this.timers.delete(timer)
          this.tell({ _tag: `${timer} due` })
        })
        this.timers.set(timer, due)
        break
      }
      case 'disarm':
        this.timers.get(effect.timer)?.()
        this.timers.delete(effect.timer)
        break
      case 'assigned':
        for (const place of effect.gained) {
          const key = partitionKey(place.topic, place.partition)
          this.owns.set(key, place)
          expect(world.owners(key).length).toBe(1)
        }
        break
      case 'revoking': {
        const all = effect.partitions
        expect(effect.deadline).toBeGreaterThanOrEqual(clock.now())
        const lasts = Math.floor(world.random() * 1.3 * options.drainTimeoutMs)
        for (const place of all) {
          const key = partitionKey(place.topic, place.partition)
          const released = clock.schedule(lasts, () => {
            this.draining.delete(key)
            expect(this.owns.delete(key)).toBe(true)
            this.tell({ _tag: 'released', partitions: [place] })
          })
          this.draining.set(key, released)
        }
        break
      }
      case 'lost':
        for (const { topic, partition } of effect.partitions) {
          const key = partitionKey(topic, partition)
          expect(this.owns.delete(key)).toBe(true)
          this.draining.get(key)?.()
          this.draining.delete(key)
        }
        break
      case 'event':
        break
      case 'fatal':
        expect(effect.fault).toBeNull()
    }
  }
}

const sharesOf = (assignor: AssignorName, members: readonly GroupMemberInfo[]): readonly MemberShare[] => {
  const known = members.map(({ memberId, groupInstanceId, metadata }) => {
    const { topics = [], ...more } = decodeSubscription(metadata) ?? {}
    return member(memberId, topics, { groupInstanceId, ...more })
  })
  const given = assignors[assignor].assign(known, partitionsOf({ t: partitions }))
  return known.map(({ memberId }) => ({ memberId, assignment: encodeAssignment(given.get(memberId) ?? []) }))
}

interface Happening {
  readonly afterMs: number
  readonly what: 'enter' | 'close' | 'kill' | 'commit' | 'topics changed' | 'network fails' | 'network heals'
  readonly who: number
}

const happening: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.oneof(fc.nat(60), fc.nat(3_000)),
  what: fc.oneof(
    { weight: 4, arbitrary: fc.constant('enter' as const) },
    { weight: 3, arbitrary: fc.constant('commit' as const) },
    { weight: 5, arbitrary: fc.constantFrom('close', 'kill', 'topics changed', 'network fails', 'network heals') }
  ),
  who: fc.nat(20)
})

const happen = (world: World, { afterMs, what, who }: Happening): void => {
  world.clock.advance(afterMs)
  const member = world.members[who % Math.max(1, world.members.length)]
  switch (what) {
    case 'enter':
      if (world.members.length < 5) {
        const node = new Node(world)
        world.members.push(node)
        node.tell({ _tag: 'start' })
      }
      break
    case 'commit':
      for (const node of world.members) node.commit()
      break
    case 'network fails':
      world.losses = 0.3
      break
    case 'network heals':
      world.losses = 0
      break
    case 'topics changed':
      member?.tell({ _tag: 'topics changed' })
      break
    case 'close':
    case 'kill':
      if (what === 'close') member?.tell({ _tag: 'close', leave: true })
      else member?.kill()
      world.members = world.members.filter((other) => other !== member)
  }
}

/** More of them in `npm run test:all`. */
const runs = Number(process.env['MEMBERSHIP_RUNS'] ?? 60)

describe('Membership', () => {
  // Each step checks it as it goes: see `assigned`, `join` and `commit` above.
  it.each(['range', 'cooperative-sticky'] as const)(
    'never lets two members own a partition, and comes to rest with every partition owned (%s)',
    (assignor) => {
      // prettier-ignore
      fc.assert(
      fc.property(fc.nat(), fc.array(happening, { maxLength: 30 }), (seed, happenings) => {
        const world = new World(seed, assignor)
        for (const step of [{ afterMs: 0, what: 'enter', who: 0 } as const, ...happenings]) happen(world, step)
        world.losses = 0
        world.clock.advance(60_000)
        for (const { machine } of world.members) expect(machine.state).toBe('stable')
        for (let partition = 0; partition < partitions; partition++)
          expect(world.owners(partitionKey('t', partition)).length).toBe(Math.min(1, world.members.length))
        const { state, generation, members } = world.group.describe()
        expect([state, members.length]).toEqual([world.members.length === 0 ? 'Empty' : 'Stable', world.members.length])
        // At rest nothing moves any more.
        world.clock.advance(60_000)
        expect(world.group.describe()).toMatchObject({ state, generation })
        for (const member of world.members) member.tell({ _tag: 'close', leave: true })
        world.clock.advance(60_000)
        expect([world.group.describe().members, world.clock.pending]).toEqual([[], 0])
      }),
      { numRuns: runs }
    )
    }
  )
})
