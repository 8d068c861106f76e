import { left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { Handshake, type HandshakeProgress } from '../../../../src/core/group/handshake.js'
import type { JoinAnswer, MembershipOptions } from '../../../../src/core/group/membership-messages.js'
import { errorCode } from '../../../../src/core/protocol/error-code.js'

const members = [{ memberId: 'm', groupInstanceId: null, metadata: new Uint8Array(0) }]
const joined = (more: Partial<JoinAnswer> = {}): JoinAnswer => ({
  code: errorCode.NONE,
  generation: 4,
  protocol: 'range',
  leader: 'm',
  skipAssignment: false,
  memberId: 'm',
  members,
  ...more
})
const options: MembershipOptions = {
  groupId: 'g',
  groupInstanceId: null,
  protocols: ['range'],
  protocol: 'eager',
  sessionTimeoutMs: 45_000,
  heartbeatIntervalMs: 3_000,
  rebalanceTimeoutMs: 60_000,
  drainTimeoutMs: 30_000,
  retryBackoffMs: 100,
  retryBackoffMaxMs: 1_000,
  random: () => 1
}
const place = { topic: 't', partition: 0 }

class Trial {
  readonly handshake = new Handshake(options)
  attempt = 0

  constructor() {
    this.begin()
  }
  begin(memberId = ''): unknown {
    const effect = this.handshake.begin(memberId, -1, [])
    if (effect._tag === 'join') this.attempt = effect.attempt
    return effect
  }
  join(answer = joined(), attempt = this.attempt): HandshakeProgress {
    return this.handshake.answered({ _tag: 'join answered', attempt, answer: right(answer) })
  }
  made(attempt = this.attempt): HandshakeProgress {
    const answer = right([{ memberId: 'm', assignment: new Uint8Array(1) }])
    return this.handshake.answered({ _tag: 'assignment made', attempt, answer })
  }
  sync(partitions: readonly (typeof place)[] | null, code: number = errorCode.NONE): HandshakeProgress {
    return this.handshake.answered({
      _tag: 'sync answered',
      attempt: this.attempt,
      answer: right({ code, partitions })
    })
  }
}

describe('Handshake', () => {
  it('leads from JoinGroup through the assignment and SyncGroup to partitions', () => {
    const trial = new Trial()

    expect(trial.join()).toMatchObject({
      _tag: 'joined',
      next: { _tag: 'make assignment', protocol: 'range', members }
    })
    expect(trial.made()).toMatchObject({
      next: { _tag: 'sync', memberId: 'm', generation: 4, protocol: 'range', shares: [{ memberId: 'm' }] }
    })
    expect(trial.sync([place])).toEqual({ _tag: 'assigned', partitions: [place] })
  })

  it.each([
    ['a follower', joined({ leader: 'other' })],
    // KIP-814: a static member came back, and the group keeps its assignment.
    ['a leader of a group that keeps its assignment', joined({ skipAssignment: true })]
  ])('lets %s only fetch its share', (_who, answer) => {
    expect(new Trial().join(answer)).toMatchObject({ next: { _tag: 'sync', shares: [] } })
  })

  it('starts again with the id that the group gives', () => {
    const trial = new Trial()
    const answer = joined({ code: errorCode.MEMBER_ID_REQUIRED, memberId: 'given' })

    expect(trial.join(answer)).toEqual({ _tag: 'again', memberId: 'given' })
    expect(trial.begin('given')).toMatchObject({ _tag: 'join', memberId: 'given' })
  })

  it('starts again, with the id it has, if the group rebalances before it has its share', () => {
    const trial = new Trial()
    trial.join(joined({ leader: 'other' }))

    expect(trial.sync([], errorCode.REBALANCE_IN_PROGRESS)).toEqual({ _tag: 'again', memberId: null })
  })

  it('ignores answers to an attempt, or a step, that has ended', () => {
    const trial = new Trial()
    const former = trial.attempt
    trial.begin()

    expect(trial.join(joined(), former)).toEqual({ _tag: 'stale' })
    expect(trial.made()).toEqual({ _tag: 'stale' })
    expect(trial.join()._tag).toBe('joined')
    expect(trial.join()).toEqual({ _tag: 'stale' })
    expect(trial.sync([place])).toEqual({ _tag: 'stale' })
    trial.handshake.abandon()
    expect(trial.made()).toEqual({ _tag: 'stale' })
    expect(trial.handshake.step).toBe('joining')
  })

  it('fails permanently with an assignment that cannot be read: no other member would read its partitions', () => {
    const trial = new Trial()
    trial.join(joined({ leader: 'other' }))

    expect(trial.sync(null)).toMatchObject({ _tag: 'fatal', fault: { _tag: 'AssignmentFault', groupId: 'g' } })
  })

  it('waits if the assignment could not be computed yet', () => {
    const trial = new Trial()
    trial.join()
    const answer = left({ _tag: 'ConnectionFault', broker: 'b', reason: 'cut' } as const)

    expect(trial.handshake.answered({ _tag: 'assignment made', attempt: trial.attempt, answer })._tag).toBe('later')
  })
})
