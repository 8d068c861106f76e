import { type Either, isLeft, left, map as mapRight, right } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import type { PartitionRacks } from '../../core/group/assignors/assignor.js'
import { isBuiltIn } from '../../core/group/assignors/assignors.js'
import { assignedBy, userDataBy } from '../../core/group/assignors/custom-assignor.js'
import {
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type MemberSubscription
} from '../../core/group/member-subscription.js'
import type { GroupMemberInfo, MembershipEffect, MemberShare } from '../../core/group/membership-messages.js'
import type { AssignableMember, Assignment, Assignor } from '../../model/assignor.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { JoinGroupRequest } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'

/** A member whose bytes cannot be read gets nothing, so the group does not fail. */
const unreadable: MemberSubscription = { topics: [], userData: null, owned: [], generation: -1, rack: null }

const nothingYet = { partitions: [], generation: -1 }

/** What a member sends when it joins, and the shares that it computes for all if it leads. */
export class GroupAssignment {
  private readonly groupId: string
  private readonly offered: readonly Assignor[]
  private readonly metadata: ConsumerMetadata
  private readonly rack: string | null
  private topics: readonly string[] = []
  /** Its last assignment and the generation of that: the input of a sticky assignor. */
  private lastGiven: { readonly partitions: readonly TopicPartition[]; readonly generation: number } = nothingYet

  /** @param clientRack '' for none */
  constructor(groupId: string, offered: readonly Assignor[], metadata: ConsumerMetadata, clientRack: string) {
    this.groupId = groupId
    this.offered = offered
    this.metadata = metadata
    this.rack = clientRack === '' ? null : clientRack
  }

  /** The member's subscription when it last joined. */
  get offeredTopics(): readonly string[] {
    return this.topics
  }

  assigned(partitions: readonly TopicPartition[], generation: number): void {
    this.lastGiven = { partitions, generation }
  }

  /** The member's offers, each strategy with the data that the leader needs for it. */
  offers({ owned, generation }: Joining): Either<Fault, JoinGroupRequest['protocols']> {
    const { lastGiven, metadata, rack } = this
    // Sorted once for all strategies, which sort again: a sorted list takes little time.
    this.topics = [...metadata.subscribed].sort()
    const protocols: { readonly name: string; readonly metadata: Uint8Array }[] = []
    for (const assignor of this.offered) {
      const userData = userDataBy(assignor, lastGiven.partitions, lastGiven.generation)
      if (isLeft(userData)) return userData
      const subscription = { topics: this.topics, userData: userData.right, owned, generation, rack }
      protocols.push({ name: assignor.name, metadata: encodeSubscription(subscription) })
    }
    return right(protocols)
  }

  /** @param assigning called with the input of the assignment */
  shares(
    protocol: string,
    members: readonly GroupMemberInfo[],
    assigning: (partitions: ReadonlyMap<string, PartitionRacks>) => void
  ): Step<readonly MemberShare[]> {
    const known = subscriptionsOf(members)
    return this.metadata.partitionsOf(topicsOfAll(known)).pipe(
      map((answer) => {
        if (isLeft(answer)) return answer
        assigning(answer.right)
        const assignor = this.offered.find(({ name }) => name === protocol)
        if (assignor === undefined) return left(this.notOffered())
        return mapRight((assignment: Assignment) =>
          known.map(({ memberId }) => ({ memberId, assignment: encodeAssignment(assignment.get(memberId) ?? []) }))
        )(assignedBy(assignor, isBuiltIn(assignor), known, answer.right))
      })
    )
  }

  /**
   * The coordinator chooses among the strategies that all members offer: no other strategy may replace one that is
   * unknown here.
   */
  private notOffered(): Fault {
    return { _tag: 'GroupProtocolFault', groupId: this.groupId, offered: this.offered.map(({ name }) => name) }
  }
}

type Joining = MembershipEffect & { readonly _tag: 'join' }

/** All topics that they subscribe to. */
export const subscribedTopics = (members: readonly GroupMemberInfo[]): readonly string[] =>
  topicsOfAll(subscriptionsOf(members))

const topicsOfAll = (members: readonly AssignableMember[]): readonly string[] => [
  ...new Set(members.flatMap(({ topics }) => topics))
]

const subscriptionsOf = (members: readonly GroupMemberInfo[]): readonly AssignableMember[] =>
  members.map(({ memberId, groupInstanceId, metadata }) => ({
    memberId,
    groupInstanceId,
    ...(decodeSubscription(metadata) ?? unreadable)
  }))
