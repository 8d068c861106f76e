import { isLeft } from 'fp-ts/lib/Either.js'
import type { JoinAnswer, MembershipEffect } from '../../core/group/membership-messages.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'
import type { AssignedFrom } from './assigned-from.js'
import type { GroupRequests } from './group-requests.js'
import { currentAssignment, type ReturnedTo } from './current-assignment.js'

/**
 * A static member that returns may get its former assignment, made before it subscribed to all of its topics, or before they
 * had all of their partitions. Then the group has to assign again.
 */
export class ReturnedMember {
  private readonly context: SessionContext
  private readonly groupId: string
  private readonly metadata: ConsumerMetadata
  private readonly requests: GroupRequests
  private readonly assignedFrom: AssignedFrom
  /** The attempt by which the member may have returned, and the topics that its assignment has to cover. */
  private returned: (ReturnedTo & { readonly attempt: number }) | null = null

  constructor(
    context: SessionContext,
    groupId: string,
    metadata: ConsumerMetadata,
    requests: GroupRequests,
    assignedFrom: AssignedFrom
  ) {
    this.context = context
    this.groupId = groupId
    this.metadata = metadata
    this.requests = requests
    this.assignedFrom = assignedFrom
  }

  /** The group has accepted the member. `topicsOfAll`: of all members, if this one leads; `offered`: its own. */
  joined(
    { leader, memberId, skipAssignment }: JoinAnswer,
    request: MembershipEffect & { readonly _tag: 'join' },
    topicsOfAll: readonly string[],
    offered: readonly string[]
  ): void {
    const leads = leader === memberId
    const isStatic = this.context.settings.groupInstanceId !== null
    const mayHaveReturned = isStatic && request.memberId === '' && (!leads || skipAssignment)
    const { attempt } = request
    this.returned = mayHaveReturned ? { attempt, leader, topics: [...new Set([...topicsOfAll, ...offered])] } : null
    this.assignedFrom.joined(leads, topicsOfAll, mayHaveReturned)
  }

  /** Whether the member may have returned by this attempt. */
  hasReturnedBy(attempt: number): boolean {
    return this.returned?.attempt === attempt
  }

  /** The assigned partitions of topics that the member still subscribes to. The others go to other members. */
  stillWanted(partitions: readonly TopicPartition[], offered: readonly string[]): readonly TopicPartition[] {
    return partitions.filter(({ topic }) => offered.includes(topic))
  }

  /** Calls `outdated` if not all partitions are assigned. */
  checkWhole(isCurrent: () => boolean, outdated: () => void): void {
    const { context, groupId, metadata, returned } = this
    if (returned === null) return
    this.requests.ask(currentAssignment(context, groupId, metadata, returned), (answer) => {
      if (!isCurrent()) return
      if (isLeft(answer) || !answer.right.isWhole) outdated()
      else this.assignedFrom.assigning(answer.right.partitions)
    })
  }
}
