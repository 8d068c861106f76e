import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { ConsumerMembership } from '../../src/core/group/consumer-protocol/consumer-membership.js'
import type {
  ConsumerMembershipEffect,
  ConsumerMembershipEvent,
  ConsumerMembershipOptions
} from '../../src/core/group/consumer-protocol/consumer-membership-messages.js'
import type {
  ConsumerGroupHeartbeatRequest,
  ConsumerGroupHeartbeatResponse
} from '../../src/core/group/consumer-protocol/heartbeat-messages.js'
import type { Fault } from '../../src/model/fault.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'

export const broken: Fault = { _tag: 'ConnectionFault', broker: 'b', reason: 'cut' }
/** Partitions of a topic by its id. */
export const ids = (
  topicId: string,
  ...partitions: readonly number[]
): readonly { readonly topicId: string; readonly partition: number }[] =>
  partitions.map((partition) => ({ topicId, partition }))
export const places = (topic: string, ...partitions: readonly number[]): readonly TopicPartition[] =>
  partitions.map((partition) => ({ topic, partition }))

/** A member by the consumer protocol whose coordinator is the test. The topic `t` has the id `T`. */
export class ConsumerMembershipTrial {
  readonly machine: ConsumerMembership
  now = 1_000
  /** what was wanted done since it was last looked at */
  effects: ConsumerMembershipEffect[] = []
  private made = 0
  private lastAttempt = 0

  constructor(options: Partial<ConsumerMembershipOptions> = {}) {
    this.machine = new ConsumerMembership({
      groupId: 'g',
      groupInstanceId: null,
      clientRack: '',
      remoteAssignor: null,
      subscription: { topics: ['t'], pattern: null },
      newMemberId: () => `id-${String(++this.made)}`,
      rebalanceTimeoutMs: 60_000,
      drainTimeoutMs: 10_000,
      retryBackoffMs: 100,
      retryBackoffMaxMs: 1_000,
      random: () => 0.5,
      ...options
    })
    this.tell({ _tag: 'topics learned', names: new Map([['T', 't']]) })
    this.tell({ _tag: 'start' })
  }

  tell(event: ConsumerMembershipEvent): readonly ConsumerMembershipEffect[] {
    const effects = this.machine.handle(event, this.now)
    this.effects.push(...effects)
    for (const effect of effects) if (effect._tag === 'heartbeat') this.lastAttempt = effect.attempt
    return effects
  }

  /** The heartbeats since it was last asked. */
  said(): readonly ConsumerGroupHeartbeatRequest[] {
    return this.take('heartbeat').map(({ request }) => request)
  }

  take<Tag extends ConsumerMembershipEffect['_tag']>(
    tag: Tag
  ): readonly (ConsumerMembershipEffect & { readonly _tag: Tag })[] {
    const isOf = (one: ConsumerMembershipEffect): one is ConsumerMembershipEffect & { readonly _tag: Tag } =>
      one._tag === tag
    const taken = this.effects.filter(isOf)
    this.effects = this.effects.filter((one) => !isOf(one))
    return taken
  }

  /** The heartbeat under way is answered. */
  answer(given: Partial<ConsumerGroupHeartbeatResponse>, sentAt?: number): readonly ConsumerMembershipEffect[] {
    const answer = { code: 0, message: null, memberId: null, memberEpoch: 0, heartbeatIntervalMs: 5_000, assignment: null, ...given } // prettier-ignore
    return this.end(right(answer), sentAt)
  }

  lose(): readonly ConsumerMembershipEffect[] {
    return this.end(left(broken))
  }

  end(
    answer: Either<Fault, ConsumerGroupHeartbeatResponse>,
    sentAt: number = this.now
  ): readonly ConsumerMembershipEffect[] {
    return this.tell({ _tag: 'heartbeat answered', attempt: this.lastAttempt, sentAt, answer })
  }

  /** It has joined, has these, and has said so. */
  joined(epoch: number, ...partitions: readonly number[]): this {
    this.answer({ memberEpoch: epoch, assignment: ids('T', ...partitions) })
    if (partitions.length > 0) this.answer({ memberEpoch: epoch })
    this.effects = []
    return this
  }

  after(ms: number): this {
    this.now += ms
    return this
  }
}
