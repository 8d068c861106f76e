import { left, right } from 'fp-ts/lib/Either.js'
import { expect } from 'vitest'
import { errorCode as code } from '../../src/core/protocol/error-code.js'
import { Membership } from '../../src/core/group/membership.js'
import type {
  JoinAnswer,
  MembershipEffect,
  MembershipEvent,
  MembershipOptions,
  MembershipTimer
} from '../../src/core/group/membership-messages.js'
import type { Fault } from '../../src/model/fault.js'
import type { RebalanceSummary } from '../../src/model/rebalance-event.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'

const options: MembershipOptions = {
  groupId: 'g',
  groupInstanceId: null,
  protocols: ['range'],
  protocol: 'eager',
  sessionTimeoutMs: 10_000,
  heartbeatIntervalMs: 3_000,
  rebalanceTimeoutMs: 60_000,
  drainTimeoutMs: 30_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  // The whole of each delay, none of it by chance.
  random: () => 1
}

export const p0 = { topic: 't', partition: 0 }
export const p1 = { topic: 't', partition: 1 }

export const unreachable: Fault = { _tag: 'ConnectionFault', broker: 'b:1', reason: 'refused' }
export const joined = (change: Partial<JoinAnswer> = {}): JoinAnswer => ({
  code: code.NONE,
  generation: 1,
  protocol: 'range',
  leader: 'other',
  skipAssignment: false,
  memberId: 'me',
  members: [],
  ...change
})

export const arm = (timer: MembershipTimer, inMs: number): MembershipEffect => ({ _tag: 'arm', timer, inMs })
export const disarm = (...timers: readonly MembershipTimer[]): readonly MembershipEffect[] =>
  timers.map((timer) => ({ _tag: 'disarm', timer }))
export const at = (times: Partial<RebalanceSummary> = {}): RebalanceSummary => ({
  memberId: 'me',
  leader: 'other',
  protocol: 'range',
  drainMs: 0,
  joinMs: 0,
  syncMs: 0,
  ...times
})
export const lostBy = (reason: string, ...partitions: readonly TopicPartition[]): unknown => ({
  _tag: 'lost',
  partitions,
  fault: { _tag: 'MembershipLostFault', groupId: 'g', reason }
})

/** A member and the time that it is told. */
export class Trial {
  readonly member: Membership
  now = 0
  /** of the latest JoinGroup */
  attempt = 0

  constructor(change: Partial<MembershipOptions> = {}) {
    this.member = new Membership({ ...options, ...change })
  }

  tell(event: MembershipEvent): readonly MembershipEffect[] {
    const effects = this.member.handle(event, this.now)
    for (const effect of effects) if (effect._tag === 'join') this.attempt = effect.attempt
    return effects
  }
  at(now: number): this {
    this.now = now
    return this
  }
  join(change: Partial<JoinAnswer> = {}): readonly MembershipEffect[] {
    return this.tell({ _tag: 'join answered', attempt: this.attempt, answer: right(joined(change)) })
  }
  joinFails(fault: Fault): readonly MembershipEffect[] {
    return this.tell({ _tag: 'join answered', attempt: this.attempt, answer: left(fault) })
  }
  sync(given: number, partitions: readonly TopicPartition[] | null = []): readonly MembershipEffect[] {
    return this.tell({ _tag: 'sync answered', attempt: this.attempt, answer: right({ code: given, partitions }) })
  }
  syncFails(fault: Fault): readonly MembershipEffect[] {
    return this.tell({ _tag: 'sync answered', attempt: this.attempt, answer: left(fault) })
  }
  beat(given: number, { generation = this.member.generation, sentAt = this.now } = {}): readonly MembershipEffect[] {
    return this.tell({ _tag: 'heartbeat answered', generation, sentAt, answer: right(given) })
  }
  beatFails(fault: Fault): readonly MembershipEffect[] {
    const { generation } = this.member
    return this.tell({ _tag: 'heartbeat answered', generation, sentAt: this.now, answer: left(fault) })
  }
}

export const joining = (change: Partial<MembershipOptions> = {}): Trial => {
  const trial = new Trial(change)
  trial.tell({ _tag: 'start' })
  trial.join({ code: code.MEMBER_ID_REQUIRED, memberId: 'me' })
  expect(trial.member.state).toBe('joining')
  return trial
}
export const syncing = (change: Partial<MembershipOptions> = {}): Trial => {
  const trial = joining(change)
  trial.join()
  expect(trial.member.state).toBe('syncing')
  return trial
}
export const stable = (
  partitions: readonly TopicPartition[] = [p0, p1],
  change: Partial<MembershipOptions> = {}
): Trial => {
  const trial = syncing(change)
  trial.sync(code.NONE, partitions)
  expect(trial.member.state).toBe('stable')
  return trial
}
export const tags = (effects: readonly MembershipEffect[]): readonly string[] => effects.map(({ _tag }) => _tag)
export const only = <T extends MembershipEffect['_tag']>(
  effects: readonly MembershipEffect[],
  tag: T
): readonly MembershipEffect[] => effects.filter(({ _tag }) => _tag === tag)

export const unauthorized: Fault = { _tag: 'AuthorizationFault', resource: 'group', name: 'g' }

export const draining = (change: Partial<MembershipOptions> = {}): Trial => {
  const trial = stable([p0, p1], change)
  trial.beat(code.REBALANCE_IN_PROGRESS)
  expect(trial.member.state).toBe('draining')
  return trial
}
export const assigning = (): Trial => {
  const trial = joining()
  trial.join({ leader: 'me' })
  expect(trial.member.state).toBe('assigning')
  return trial
}
