import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { mailbox } from '../../src/core/group/mailbox.js'
import type { ConsumerGroupHeartbeatResponse } from '../../src/core/group/consumer-protocol/heartbeat-messages.js'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import {
  ShareMembership,
  type ShareMembershipEffect,
  type ShareMembershipEvent,
  type ShareMembershipTimer
} from '../../src/core/share/share-membership.js'
import type { Cancel } from '../../src/model/clock.js'
import { refusedHeartbeat } from '../../src/sources/memory/heartbeat-checks.js'
import { ShareGroupCoordinator } from '../../src/sources/memory/share-group-coordinator.js'
import { LossyNetwork } from '../support/lossy-network.js'

const partitions = 4
const rules = { heartbeatIntervalMs: 300, sessionTimeoutMs: 9 * 300 }
const codes = [code.COORDINATOR_NOT_AVAILABLE, code.NOT_COORDINATOR, code.FENCED_MEMBER_EPOCH, code.UNKNOWN_MEMBER_ID]

/** A share group, its members, and the network between them. */
class World extends LossyNetwork {
  readonly group: ShareGroupCoordinator
  members: Node[] = []
  ids = 0
  /** The next heartbeats are refused with these codes. */
  readonly refusals: number[] = []

  constructor(seed: number) {
    super(seed)
    this.group = new ShareGroupCoordinator({
      clock: this.clock,
      rules,
      topics: () => [{ topic: 't', topicId: 'T', partitions }],
      gone: () => undefined
    })
  }
}

class Node {
  readonly assigned = new Set<number>()
  readonly machine: ShareMembership
  private readonly world: World
  private readonly timers = new Map<ShareMembershipTimer, Cancel>()
  private closed = false
  private underWay = 0
  private epoch = 0
  private readonly post = mailbox((event: ShareMembershipEvent) => {
    for (const effect of this.machine.handle(event, this.world.clock.now())) this.perform(effect)
  })

  constructor(world: World) {
    this.world = world
    this.machine = new ShareMembership({
      groupId: 'g',
      clientRack: '',
      topics: ['t'],
      newMemberId: () => `m${String(++world.ids)}`,
      retryBackoffMs: 50,
      retryBackoffMaxMs: 400,
      random: () => 0.5
    })
  }

  tell(event: ShareMembershipEvent): void {
    this.post(event)
    if (event._tag === 'close') this.closed = true
  }

  private perform(effect: ShareMembershipEffect): void {
    const { world } = this
    const { clock } = world
    // Only what ends its timers, and tells the group, comes after the end.
    if (this.closed) expect(['disarm', 'leave']).toContain(effect._tag)
    switch (effect._tag) {
      case 'heartbeat': {
        const { attempt, request } = effect
        const sentAt = clock.now()
        // One after the other, but for a member that begins anew.
        if (request.memberEpoch > 0) expect(this.underWay).toBe(0)
        if (request.memberEpoch === 0) expect(request.topics).toEqual(['t'])
        else expect(request.memberEpoch).toBeGreaterThanOrEqual(this.epoch)
        this.epoch = request.memberEpoch
        this.underWay++
        world.call<ConsumerGroupHeartbeatResponse>(
          (answer) => {
            const refusal = world.refusals.shift()
            answer(refusal === undefined ? world.group.heartbeat(request) : refusedHeartbeat(refusal))
          },
          (answer) => {
            this.underWay--
            if (answer._tag === 'Right') expect(answer.right.code).not.toBe(code.INVALID_REQUEST)
            this.post({ _tag: 'heartbeat answered', attempt, sentAt, answer })
            // The same answer once more says nothing.
            this.post({ _tag: 'heartbeat answered', attempt: attempt - 1, sentAt, answer })
          }
        )
        break
      }
      case 'leave': {
        expect(effect.request.memberEpoch).toBe(-1)
        const ask = (): void => {
          world.call<ConsumerGroupHeartbeatResponse>(
            (answer) => {
              answer(world.group.heartbeat(effect.request))
            },
            (answer) => {
              if (answer._tag === 'Left') clock.schedule(100, ask)
            }
          )
        }
        ask()
        break
      }
      case 'arm':
        this.timers.get(effect.timer)?.()
        this.timers.set(
          effect.timer,
          clock.schedule(effect.inMs, () => {
            this.timers.delete(effect.timer)
            this.post({ _tag: `${effect.timer} due` })
          })
        )
        break
      case 'disarm':
        this.timers.get(effect.timer)?.()
        this.timers.delete(effect.timer)
        break
      case 'assigned':
        this.assigned.clear()
        for (const { partition } of effect.partitions) this.assigned.add(partition)
        break
      case 'lost':
        this.assigned.clear()
        this.epoch = 0
        break
      case 'event':
        break
      case 'fatal':
        expect(effect).toBeNull()
    }
  }
}

const happening = fc.record({
  afterMs: fc.oneof(fc.nat(60), fc.nat(3_000)),
  what: fc.constantFrom('enter', 'enter', 'close', 'network fails', 'network heals', 'refuse'),
  which: fc.nat(20)
})

/** More of them in `npm run test:all`. */
const runs = Number(process.env['MEMBERSHIP_RUNS'] ?? 30)

describe('ShareMembership', () => {
  it('has one heartbeat under way, moves its epoch on, says nothing once closed, and comes to rest with every partition assigned', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(happening, { maxLength: 30 }), (seed, happenings) => {
        const world = new World(seed)
        for (const { afterMs, what, which } of [{ afterMs: 0, what: 'enter', which: 0 }, ...happenings]) {
          world.clock.advance(afterMs)
          const member = world.members[which % Math.max(1, world.members.length)]
          if (what === 'enter' && world.members.length < 5) {
            const node = new Node(world)
            world.members.push(node)
            node.tell({ _tag: 'start' })
          } else if (what === 'network fails') world.losses = 0.3
          else if (what === 'network heals') world.losses = 0
          else if (what === 'refuse') world.refusals.push(codes[which % codes.length] ?? code.NOT_COORDINATOR)
          else if (what === 'close') {
            member?.tell({ _tag: 'close' })
            world.members = world.members.filter((other) => other !== member)
          }
        }
        world.losses = 0
        world.refusals.length = 0
        world.clock.advance(60_000)
        const ids = world.members.map(({ machine }) => machine.memberId)
        expect([...world.group.memberIds].sort()).toEqual([...ids].sort())
        for (const { machine } of world.members) expect(machine.epoch).toBeGreaterThan(0)
        const covered = new Set(world.members.flatMap(({ assigned }) => [...assigned]))
        expect(covered.size).toBe(world.members.length === 0 ? 0 : partitions)
        for (const member of world.members) member.tell({ _tag: 'close' })
        world.clock.advance(60_000)
        expect([world.group.memberIds, world.clock.pending]).toEqual([[], 0])
      }),
      { numRuns: runs }
    )
  })
})
