import { type Either, isLeft, left, map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { decodeAssignment } from '../../core/group/member-subscription.js'
import type { MembershipEffect, SyncAnswer } from '../../core/group/membership-messages.js'
import { isCoordinatorTrouble } from '../../core/protocol/coordinator-verdict.js'
import { brokerFault } from '../../core/protocol/error-code.js'
import type { Fault } from '../../model/fault.js'
import type { GroupMember, JoinGroupRequest, JoinGroupResponse, SyncGroupResponse } from '../../ports/kafka-calls.js'
import type { Step } from '../../ports/step.js'
import { OpenRequests } from '../open-requests.js'
import { retrying } from '../retrying.js'
import type { SessionContext } from '../session-context.js'
import { JoinWatch } from './join-watch.js'

type EffectOf<Tag extends MembershipEffect['_tag']> = MembershipEffect & { readonly _tag: Tag }

/** The requests of one member to its group's coordinator. */
export class GroupRequests {
  private readonly context: SessionContext
  private readonly groupId: string
  private readonly requests = new OpenRequests()
  /** A JoinGroup is in flight whose answer has this member's ID. */
  private awaitsId = false
  /** LeaveGroup requests in flight. */
  private leaving = 0
  private gone: (() => void) | null = null
  private readonly joinWatch: JoinWatch

  constructor(context: SessionContext, groupId: string) {
    this.context = context
    this.groupId = groupId
    this.joinWatch = new JoinWatch(context, groupId)
  }

  get isClosed(): boolean {
    return this.requests.isClosed
  }

  join(
    { memberId }: EffectOf<'join'>,
    protocols: JoinGroupRequest['protocols'],
    answered: (answer: Either<Fault, JoinGroupResponse>) => void
  ): void {
    const { settings, calls } = this.context
    const { sessionTimeoutMs, rebalanceTimeoutMs, groupInstanceId } = settings
    const { groupId } = this
    this.awaitsId = memberId === ''
    this.joinWatch.sent()
    this.ask(
      calls.joinGroup({ groupId, sessionTimeoutMs, rebalanceTimeoutMs, memberId, groupInstanceId, protocols }),
      (answer) => {
        this.awaitsId = false
        this.joinWatch.answered()
        answered(answer)
        this.checkGone()
      }
    )
  }

  sync(
    { memberId, generation, protocol, shares: assignments }: EffectOf<'sync'>,
    answered: (answer: Either<Fault, SyncAnswer>) => void
  ): void {
    const { calls, settings } = this.context
    const { groupInstanceId } = settings
    const read = mapRight(({ code, assignment }: SyncGroupResponse) => ({
      code,
      partitions: decodeAssignment(assignment)
    }))
    this.ask(
      calls.syncGroup({ groupId: this.groupId, generation, memberId, groupInstanceId, protocol, assignments }),
      (answer) => {
        answered(read(answer))
      }
    )
  }

  heartbeat(member: GroupMember, answered: (answer: Either<Fault, number>) => void): void {
    this.ask(this.context.calls.heartbeat(member), answered)
  }

  /** Retried until the group accepts it; otherwise the group would wait for the end of the member's session. */
  leave(memberId: string): void {
    const { calls, settings } = this.context
    const request = { groupId: this.groupId, memberId, groupInstanceId: settings.groupInstanceId }
    const attempt = calls.leaveGroup(request).pipe(map(taken))
    this.leaving++
    this.ask(
      retrying(this.context, () => attempt),
      () => {
        this.leaving--
        this.checkGone()
      }
    )
  }

  ask<A>(step: Step<A>, answered: (answer: Either<Fault, A>) => void): void {
    this.requests.ask(step, answered)
  }

  /**
   * Calls `run` once the group knows that the member is gone. The group may have accepted this member already and would wait
   * for it: the answer to its JoinGroup has the ID to leave with. With `tellGroup` false the member does not leave the group.
   */
  whenGone(tellGroup: boolean, run: () => void): void {
    this.gone = run
    if (!tellGroup) this.awaitsId = false
    this.checkGone()
  }

  close(): void {
    this.requests.close()
    this.joinWatch.stop()
  }

  private checkGone(): void {
    if (this.leaving === 0 && !this.awaitsId) this.gone?.()
  }
}

/** Whether the group has accepted the request; a member that it does not know has left already. */
const taken = (answer: Either<Fault, number>): Either<Fault, unknown> =>
  !isLeft(answer) && isCoordinatorTrouble(answer.right) ? left(brokerFault('LeaveGroup', answer.right)) : answer
