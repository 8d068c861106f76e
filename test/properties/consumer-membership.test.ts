import fc from 'fast-check'
import type { Either } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { ConsumerMembership } from '../../src/core/group/consumer-protocol/consumer-membership.js'
import type {
  ConsumerMembershipEffect,
  ConsumerMembershipEvent,
  ConsumerMembershipTimer
} from '../../src/core/group/consumer-protocol/consumer-membership-messages.js'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse
} from '../../src/core/group/consumer-protocol/heartbeat-messages.js'
import { mailbox } from '../../src/core/group/mailbox.js'
import { errorCode } from '../../src/core/protocol/error-code.js'
import type { Cancel } from '../../src/model/clock.js'
import type { Fault } from '../../src/model/fault.js'
import { keyOf, type TopicPartition } from '../../src/model/topic-partition.js'
import { ConsumerGroupCoordinator } from '../../src/sources/memory/consumer-group-coordinator.js'
import { LossyNetwork } from '../support/lossy-network.js'

const partitions = 6
const drainTimeoutMs = 2_000
const heartbeatIntervalMs = 300
/** As long as a member counts on: nine intervals. */
const sessionTimeoutMs = 9 * heartbeatIntervalMs
const bothTopics = { topics: ['t', 'u'], pattern: null }
const oneTopic = { topics: ['t'], pattern: null }

/** A group, its members, and the network between them. */
class World extends LossyNetwork {
  readonly group: ConsumerGroupCoordinator
  members: Node[] = []
  /** whether the second topic is there, and whether the members have heard of it */
  hasOther = false
  ids = 0
  private calls = 0

  constructor(seed: number) {
    super(seed)
    const topics = () => [
      { topic: 't', topicId: 'T', partitions },
      ...(this.hasOther ? [{ topic: 'u', topicId: 'U', partitions: 2 }] : [])
    ]
    this.group = new ConsumerGroupCoordinator('g', this.clock, { heartbeatIntervalMs, sessionTimeoutMs }, topics)
  }

  serve<A>(serve: () => A, answered: (answer: Either<Fault, A>) => void): void {
    if (++this.calls > 30_000) throw new Error('it never comes to rest')
    this.call<A>((answer) => {
      answer(serve())
    }, answered)
  }

  owners(key: string): readonly Node[] {
    return this.members.filter((member) => member.owns.has(key))
  }
}

/** One process: the machine, what it asks for, and a pipeline that takes its time to let go. */
class Node {
  readonly owns = new Map<string, TopicPartition>()
  readonly machine: ConsumerMembership
  private readonly world: World
  private readonly timers = new Map<ConsumerMembershipTimer, Cancel>()
  private readonly draining = new Map<string, Cancel>()
  private readonly leaving = new Set<string>()
  private names: ReadonlyMap<string, string> = new Map([['T', 't']])
  private dead = false
  private readonly mail = mailbox((event: ConsumerMembershipEvent) => {
    if (this.dead) return
    for (const effect of this.machine.handle(event, this.world.clock.now())) this.perform(effect)
    for (const key of this.owns.keys()) expect(this.machine.held.map(keyOf)).toContain(key)
  })

  constructor(world: World) {
    this.world = world
    this.machine = new ConsumerMembership({
      groupId: 'g',
      groupInstanceId: null,
      clientRack: '',
      remoteAssignor: null,
      subscription: bothTopics,
      newMemberId: () => `m${String(++world.ids)}`,
      rebalanceTimeoutMs: 10_000,
      drainTimeoutMs,
      retryBackoffMs: 50,
      retryBackoffMaxMs: 400,
      random: () => 0.5
    })
  }

  start(): void {
    this.mail({ _tag: 'topics learned', names: this.names })
    this.mail({ _tag: 'start' })
  }

  tell(event: ConsumerMembershipEvent): void {
    this.mail(event)
  }

  kill(): void {
    this.dead = true
    this.stop()
    for (const cancel of this.timers.values()) cancel()
  }

  private stop(): void {
    this.owns.clear()
    for (const cancel of this.draining.values()) cancel()
    this.draining.clear()
  }

  commit(): void {
    const { epoch, memberId } = this.machine
    if (epoch < 0 || this.dead) return
    const keys = [...this.owns.keys()]
    this.world.serve(
      () => {
        const code = this.world.group.mayCommit({ memberId, generation: epoch })
        // What the group takes from this member nobody else is working on.
        if (code === errorCode.NONE)
          for (const key of keys)
            if (this.owns.has(key)) for (const owner of this.world.owners(key)) expect(owner).toBe(this)
        return code
      },
      (answer) => {
        if (answer._tag === 'Right' && answer.right !== errorCode.NONE && memberId === this.machine.memberId)
          this.tell({ _tag: 'commit refused', epoch, code: answer.right })
      }
    )
  }

  private perform(effect: ConsumerMembershipEffect): void {
    const { world } = this
    const { clock } = world
    switch (effect._tag) {
      case 'heartbeat': {
        const { attempt, request } = effect
        const sentAt = clock.now()
        this.check(request)
        world.serve<ConsumerGroupHeartbeatResponse>(
          () => world.group.heartbeat(request),
          (answer) => {
            // A request that the group finds wrong is never sent.
            if (answer._tag === 'Right') expect(answer.right.code).not.toBe(errorCode.INVALID_REQUEST)
            this.tell({ _tag: 'heartbeat answered', attempt, sentAt, answer })
          }
        )
        break
      }
      case 'leave':
        this.leaveFor(effect.memberId, effect.epoch)
        if (this.machine.state !== 'joining') this.stop()
        break
      case 'arm':
        this.timers.get(effect.timer)?.()
        this.timers.set(
          effect.timer,
          clock.schedule(effect.inMs, () => {
            this.timers.delete(effect.timer)
            this.tell({ _tag: `${effect.timer} due` })
          })
        )
        break
      case 'disarm':
        this.timers.get(effect.timer)?.()
        this.timers.delete(effect.timer)
        break
      case 'look up topics':
        clock.schedule(5 * world.latency(), () => {
          this.names = new Map([
            ['T', 't'],
            ['U', 'u']
          ])
          this.tell({ _tag: 'topics learned', names: this.names })
        })
        break
      case 'assigned':
        for (const place of effect.gained) {
          this.owns.set(keyOf(place), place)
          expect(world.owners(keyOf(place)).length).toBe(1)
        }
        break
      case 'revoking': {
        expect(effect.deadline).toBeGreaterThanOrEqual(clock.now())
        const lasts = Math.floor(world.random() * 1.3 * drainTimeoutMs)
        for (const place of effect.partitions) {
          const key = keyOf(place)
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
        for (const place of effect.partitions) {
          const key = keyOf(place)
          expect(this.owns.delete(key)).toBe(true)
          this.draining.get(key)?.()
          this.draining.delete(key)
        }
        break
      case 'event':
        break
      case 'unsupported':
      case 'fatal':
        expect(effect).toBeNull()
    }
  }

  /** What a heartbeat says of what is owned is true, and says nothing of it while something drains, unless it says everything. */
  private check({ owned, rebalanceTimeoutMs, memberEpoch }: ConsumerGroupHeartbeatRequest): void {
    if (memberEpoch === 0) expect(owned).toEqual([])
    if (owned === null) return
    const said = new Set(owned.map(({ topicId, partition }) => `${topicId === 'T' ? 't' : 'u'}/${String(partition)}`))
    for (const key of this.owns.keys()) expect(said).toContain(key)
    if (rebalanceTimeoutMs === null) expect(this.draining.size).toBe(0)
  }

  /** Until it is heard. */
  private leaveFor(memberId: string, epoch: number): void {
    if (this.leaving.has(memberId)) return
    const nothing = { groupInstanceId: null, rack: null, rebalanceTimeoutMs: null, topics: null, pattern: null, assignor: null, owned: null } // prettier-ignore
    const ask = (): void => {
      this.world.serve(
        () => this.world.group.heartbeat({ groupId: 'g', memberId, memberEpoch: epoch, ...nothing }),
        (answer) => {
          if (answer._tag === 'Left') this.world.clock.schedule(100, ask)
          else this.leaving.delete(memberId)
        }
      )
    }
    this.leaving.add(memberId)
    ask()
  }
}

interface Happening {
  readonly afterMs: number
  readonly what: 'enter' | 'close' | 'kill' | 'commit' | 'network fails' | 'network heals' | 'suspend' | 'resume' | 'subscribe' | 'new topic' // prettier-ignore
  readonly who: number
}

const happening: fc.Arbitrary<Happening> = fc.record({
  afterMs: fc.oneof(fc.nat(60), fc.nat(3_000)),
  what: fc.oneof(
    { weight: 5, arbitrary: fc.constant('enter' as const) },
    { weight: 4, arbitrary: fc.constant('commit' as const) },
    {
      weight: 7,
      arbitrary: fc.constantFrom('close', 'kill', 'network fails', 'network heals', 'suspend', 'resume', 'subscribe', 'new topic') // prettier-ignore
    }
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
        node.start()
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
    case 'suspend':
      member?.tell({ _tag: 'suspend', stalled: [] })
      break
    case 'resume':
      member?.tell({ _tag: 'resume' })
      break
    case 'subscribe':
      member?.tell({ _tag: 'subscription changed', subscription: who % 2 === 0 ? oneTopic : bothTopics })
      break
    case 'new topic':
      world.hasOther = true
      break
    case 'close':
    case 'kill':
      if (what === 'close') member?.tell({ _tag: 'close', leave: true })
      else member?.kill()
      world.members = world.members.filter((other) => other !== member)
  }
}

/** More of them in `npm run test:all`. */
const runs = Number(process.env['MEMBERSHIP_RUNS'] ?? 30)

describe('ConsumerMembership', () => {
  // Each step checks it as it goes: see `check`, `assigned` and `commit` above.
  it('never lets two members own a partition, says what is true of what it owns, and comes to rest with every partition owned', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(happening, { maxLength: 30 }), (seed, happenings) => {
        const world = new World(seed)
        for (const step of [{ afterMs: 0, what: 'enter', who: 0 } as const, ...happenings]) happen(world, step)
        world.losses = 0
        for (const member of world.members) {
          member.tell({ _tag: 'resume' })
          member.tell({ _tag: 'subscription changed', subscription: bothTopics })
        }
        world.clock.advance(60_000)
        const topics: readonly TopicPartition[] = [
          ...Array.from({ length: partitions }, (_, partition) => ({ topic: 't', partition })),
          ...(world.hasOther ? [0, 1].map((partition) => ({ topic: 'u', partition })) : [])
        ]
        for (const { machine } of world.members) expect(machine.state).toBe('member')
        for (const place of topics) expect(world.owners(keyOf(place)).length).toBe(Math.min(1, world.members.length))
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
  })
})
