import { type Either, isLeft, left } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { randomId } from '../../core/group/consumer-protocol/random-id.js'
import type { TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'
import { waitsForGroup } from '../../core/group/coordinator-retries.js'
import { mailbox } from '../../core/group/mailbox.js'
import { isCoordinatorTrouble } from '../../core/protocol/coordinator-verdict.js'
import { brokerFault } from '../../core/protocol/error-code.js'
import {
  ShareMembership,
  type ShareMembershipEffect,
  type ShareMembershipEvent,
  type ShareMembershipTimer
} from '../../core/share/share-membership.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { SharePartitionLag } from '../../model/share-status.js'
import type { ConsumerGroupHeartbeatResponse } from '../../ports/kafka-calls.js'
import { NamedTimers } from '../named-timers.js'
import { OpenRequests } from '../open-requests.js'
import { retrying } from '../retrying.js'
import type { ShareContext } from './share-context.js'
import { ShareLag } from './share-lag.js'

/** Receives the reports of the membership. */
export interface ShareGroupListener {
  assigned(partitions: readonly TopicIdPartition[]): void
  lost(): void
  event(event: ConsumerEvent): void
  fatal(fault: Fault): void
}

/** Drives the membership of a share group: sends its heartbeats, and keeps its timers. */
export class ShareGroupClient {
  private readonly context: ShareContext
  private readonly listener: ShareGroupListener
  private readonly machine: ShareMembership
  private readonly timers: NamedTimers<ShareMembershipTimer>
  private readonly requests = new OpenRequests()
  private readonly groupLag: ShareLag
  private readonly post: (event: ShareMembershipEvent) => void
  /** Requests that leaving waits for, and the callback after them. */
  private underWay = 0
  private whenGone: (() => void) | null = null

  constructor(context: ShareContext, listener: ShareGroupListener) {
    const { settings, random } = context
    this.context = context
    this.listener = listener
    this.timers = new NamedTimers(context.clock)
    this.groupLag = new ShareLag(context)
    this.machine = new ShareMembership({
      ...settings,
      topics: settings.subscription.topics,
      newMemberId: () => randomId(random),
      random
    })
    this.post = mailbox((event) => {
      for (const effect of this.machine.handle(event, this.context.clock.now())) this.perform(effect)
    })
  }

  get memberId(): string {
    return this.machine.memberId
  }
  /** -1 while it is not a member */
  get epoch(): number {
    return this.machine.epoch
  }

  /** The group's lag as far as known. */
  lag(): readonly SharePartitionLag[] | null {
    return this.groupLag.look()
  }

  start(): void {
    this.post({ _tag: 'start' })
  }

  /** Leaves; calls `gone` when the group has answered. */
  leave(gone: () => void): void {
    this.whenGone = gone
    this.post({ _tag: 'close' })
    this.checkGone()
  }

  close(): void {
    this.requests.close()
    this.timers.close()
    this.groupLag.close()
  }

  private perform(effect: ShareMembershipEffect): void {
    if (this.requests.isClosed) return
    const { calls, clock, settings } = this.context
    switch (effect._tag) {
      case 'heartbeat': {
        const { attempt, request } = effect
        const sentAt = clock.now()
        this.underWay++
        this.requests.ask(calls.shareGroupHeartbeat(request), (answer) => {
          this.underWay--
          this.post({ _tag: 'heartbeat answered', attempt, sentAt, answer })
          this.checkGone()
        })
        break
      }
      case 'leave': {
        // Retried until the group accepts it; otherwise the group keeps the member until its session ends.
        const attempt = calls.shareGroupHeartbeat(effect.request).pipe(map(taken))
        this.underWay++
        this.requests.ask(
          retrying(this.context, () => attempt),
          () => {
            this.underWay--
            this.checkGone()
          }
        )
        break
      }
      case 'arm':
        this.timers.arm(effect.timer, effect.inMs, () => {
          this.post({ _tag: `${effect.timer} due` })
        })
        break
      case 'disarm':
        this.timers.disarm(effect.timer)
        break
      case 'assigned':
        this.listener.assigned(effect.partitions)
        break
      case 'lost':
        this.listener.event({ _tag: 'waiting', reason: waitsForGroup(settings.groupId), fault: effect.fault, inMs: 0 })
        this.listener.lost()
        break
      case 'event':
        this.listener.event(effect.event)
        break
      case 'fatal':
        this.listener.fatal(effect.fault)
    }
  }

  private checkGone(): void {
    if (this.underWay === 0) this.whenGone?.()
  }
}

/** A member that the group does not know has left already. */
const taken = (answer: Either<Fault, ConsumerGroupHeartbeatResponse>): Either<Fault, unknown> =>
  !isLeft(answer) && isCoordinatorTrouble(answer.right.code)
    ? left(brokerFault('ShareGroupHeartbeat', answer.right.code))
    : answer
