import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { isFatal } from '../protocol/error-code.js'
import { type Verdict, verdictOn } from './group-verdict.js'
import type {
  JoinAnswer,
  MembershipEffect,
  MembershipEvent,
  MembershipOptions,
  MemberShare,
  SyncAnswer
} from './membership-messages.js'

/** The answer to one of the handshake's steps. */
export type HandshakeAnswer = MembershipEvent & {
  readonly _tag: 'join answered' | 'assignment made' | 'sync answered'
}

/** The result of an answer. */
export type HandshakeProgress =
  /** The answer belongs to an earlier attempt or step. */
  | { readonly _tag: 'stale' }
  /** The member belongs to a new generation. */
  | { readonly _tag: 'joined'; readonly answer: JoinAnswer; readonly next: MembershipEffect }
  | { readonly _tag: 'assignment made'; readonly next: MembershipEffect }
  | { readonly _tag: 'assigned'; readonly partitions: readonly TopicPartition[] }
  /** Start the handshake again at once, with the member ID from the group if it sent one. */
  | { readonly _tag: 'again'; readonly memberId: string | null }
  | HandshakeRefusal

/** Why the group does not accept the member (yet). */
export type HandshakeRefusal = Exclude<Verdict<never>, { readonly value: never }>

/**
 * How a member joins a group: JoinGroup, the assignment if the member leads, SyncGroup. Each attempt has a number;
 * answers to an earlier attempt are stale.
 */
export class Handshake {
  private readonly options: MembershipOptions
  private current: 'joining' | 'assigning' | 'syncing' = 'joining'
  private attempt = 0
  private memberId = ''
  private generation = -1
  private protocol = ''

  constructor(options: MembershipOptions) {
    this.options = options
  }

  get step(): 'joining' | 'assigning' | 'syncing' {
    return this.current
  }

  begin(memberId: string, generation: number, owned: readonly TopicPartition[]): MembershipEffect {
    this.abandon()
    return { _tag: 'join', attempt: this.attempt, memberId, owned, generation }
  }

  /** Later answers to this attempt are ignored. */
  abandon(): void {
    this.attempt++
    this.current = 'joining'
  }

  isOf(event: HandshakeAnswer): boolean {
    return event.attempt === this.attempt
  }

  answered(event: HandshakeAnswer): HandshakeProgress {
    if (!this.isOf(event)) return { _tag: 'stale' }
    switch (event._tag) {
      case 'join answered':
        return this.current === 'joining' ? this.joined(event.answer) : { _tag: 'stale' }
      case 'assignment made':
        return this.current === 'assigning' ? this.assignmentMade(event.answer) : { _tag: 'stale' }
      case 'sync answered':
        return this.current === 'syncing' ? this.synced(event.answer) : { _tag: 'stale' }
    }
  }

  private joined(result: Either<Fault, JoinAnswer>): HandshakeProgress {
    const verdict = verdictOn('JoinGroup', result, this.options)
    if (verdict._tag === 'join') return { _tag: 'again', memberId: verdict.value.memberId }
    if (verdict._tag !== 'accepted') return verdict
    const { value: answer } = verdict
    this.memberId = answer.memberId
    this.generation = answer.generation
    this.protocol = answer.protocol
    const leads = answer.leader === answer.memberId && !answer.skipAssignment
    return { _tag: 'joined', answer, next: leads ? this.assign(answer) : this.sync([]) }
  }

  private assign({ protocol, members }: JoinAnswer): MembershipEffect {
    this.current = 'assigning'
    return { _tag: 'make assignment', attempt: this.attempt, protocol, members }
  }

  private assignmentMade(made: Either<Fault, readonly MemberShare[]>): HandshakeProgress {
    if (isLeft(made)) return { _tag: isFatal(made.left) ? 'fatal' : 'later', fault: made.left }
    return { _tag: 'assignment made', next: this.sync(made.right) }
  }

  private sync(shares: readonly MemberShare[]): MembershipEffect {
    this.current = 'syncing'
    const { attempt, memberId, generation, protocol } = this
    return { _tag: 'sync', attempt, memberId, generation, protocol, shares }
  }

  private synced(result: Either<Fault, SyncAnswer>): HandshakeProgress {
    const verdict = verdictOn('SyncGroup', result, this.options)
    if (verdict._tag === 'join') return { _tag: 'again', memberId: null }
    if (verdict._tag !== 'accepted') return verdict
    const { partitions } = verdict.value
    // Unreadable bytes do not count as an empty assignment: the group relies on this member, and nobody would read its
    // partitions.
    if (partitions === null) return { _tag: 'fatal', fault: this.unreadable() }
    return { _tag: 'assigned', partitions }
  }

  private unreadable(): Fault {
    const reason = 'SyncGroup returned bytes that are not a ConsumerProtocolAssignment'
    return { _tag: 'AssignmentFault', groupId: this.options.groupId, reason }
  }
}
