import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../../src/core/protocol/error-code.js'
import { broken, ConsumerMembershipTrial as Trial, ids, places } from '../../../../support/consumer-membership-trial.js'

const silent = { topics: null, pattern: null, owned: null, rebalanceTimeoutMs: null, assignor: null, rack: null }

describe('a member by the consumer protocol', () => {
  it('joins with its own id, epoch 0, all fields, and an empty list that is not null', () => {
    const trial = new Trial({ clientRack: 'r', remoteAssignor: 'range', groupInstanceId: 'i' })
    expect(trial.said()).toEqual([
      { groupId: 'g', memberId: 'id-1', memberEpoch: 0, groupInstanceId: 'i', rack: 'r', rebalanceTimeoutMs: 60_000, topics: ['t'], pattern: null, assignor: 'range', owned: [] } // prettier-ignore
    ])
  })

  it('reports at once the partitions that it owns, and from then on sends empty heartbeats', () => {
    const trial = new Trial()
    trial.said()
    trial.answer({ memberEpoch: 3, assignment: ids('T', 0, 1) })
    expect(trial.take('assigned')).toMatchObject([{ generation: 3, gained: places('t', 0, 1), kept: [], rebalance: { memberId: 'id-1', leader: '' } }]) // prettier-ignore
    expect(trial.said()).toMatchObject([{ ...silent, memberEpoch: 3, owned: ids('T', 0, 1) }])
    trial.answer({ memberEpoch: 3 })
    expect([trial.said(), trial.take('arm').at(-1)]).toEqual([[], { _tag: 'arm', timer: 'heartbeat', inMs: 750 }])
    trial.tell({ _tag: 'heartbeat due' })
    expect(trial.said()).toMatchObject([{ ...silent, memberEpoch: 3, memberId: 'id-1' }])
  })

  it('says nothing of what it owns while it drains, and the shorter list when all of it is released', () => {
    const trial = new Trial().joined(3, 0, 1, 2)
    trial.tell({ _tag: 'heartbeat due' })
    trial.said()
    trial.answer({ memberEpoch: 3, assignment: ids('T', 0) })
    expect(trial.take('revoking')).toMatchObject([{ partitions: places('t', 1, 2) }])
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3 })
    trial.tell({ _tag: 'released', partitions: places('t', 1) })
    trial.tell({ _tag: 'heartbeat due' })
    expect(trial.said()).toMatchObject([silent, silent])
    expect(trial.machine.held).toEqual(places('t', 0, 2))
    trial.answer({ memberEpoch: 3 })
    trial.tell({ _tag: 'released', partitions: places('t', 2) })
    expect(trial.said()).toMatchObject([{ ...silent, owned: ids('T', 0) }])
  })

  it('reports a release after the heartbeat in flight is answered, not beside it', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3, assignment: ids('T', 0) })
    trial.tell({ _tag: 'heartbeat due' })
    trial.said()
    trial.tell({ _tag: 'released', partitions: places('t', 1) })
    expect(trial.said()).toEqual([])
    trial.answer({ memberEpoch: 3 })
    expect(trial.said()).toMatchObject([{ owned: ids('T', 0) }])
  })

  it('says everything after an answer that was lost, what it still drains included', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3, assignment: ids('T', 0) })
    trial.tell({ _tag: 'heartbeat due' })
    trial.said()
    trial.lose()
    expect(trial.take('event')).toMatchObject([{ event: { _tag: 'reconnecting', fault: broken } }])
    trial.tell({ _tag: 'heartbeat due' })
    const all = { memberEpoch: 3, topics: ['t'], rebalanceTimeoutMs: 60_000, owned: ids('T', 0, 1) }
    expect(trial.said()).toMatchObject([all])
    trial.lose()
    trial.tell({ _tag: 'heartbeat due' })
    expect(trial.said()).toMatchObject([all])
  })

  it('a lost join is sent again, as the same member', () => {
    const trial = new Trial()
    trial.lose()
    trial.tell({ _tag: 'retry due' })
    expect(trial.said()).toMatchObject([{ memberId: 'id-1', memberEpoch: 0, owned: [] }, { memberId: 'id-1', memberEpoch: 0, topics: ['t'], owned: [] }]) // prettier-ignore
  })

  it('unknown to its group it joins under another id, fenced or stale under the same, with epoch 0 and nothing in hand', () => {
    for (const [given, memberId] of [
      [code.UNKNOWN_MEMBER_ID, 'id-2'],
      [code.FENCED_MEMBER_EPOCH, 'id-1'],
      [code.STALE_MEMBER_EPOCH, 'id-1']
    ] as const) {
      const trial = new Trial().joined(3, 0, 1)
      trial.tell({ _tag: 'heartbeat due' })
      trial.said()
      trial.answer({ code: given })
      expect(trial.take('lost')).toMatchObject([{ partitions: places('t', 0, 1), fault: { _tag: 'MembershipLostFault' } }]) // prettier-ignore
      expect(trial.said()).toMatchObject([{ memberId, memberEpoch: 0, topics: ['t'], owned: [] }])
      expect([trial.machine.held, trial.machine.epoch]).toEqual([[], -1])
    }
  })

  it('fenced when it joins anew, as before Kafka 4.3, it leaves first and comes as another', () => {
    const trial = new Trial().joined(3, 0)
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ code: code.FENCED_MEMBER_EPOCH })
    trial.said()
    trial.answer({ code: code.FENCED_MEMBER_EPOCH })
    expect(trial.take('leave')).toEqual([{ _tag: 'leave', memberId: 'id-1', epoch: -1 }])
    expect(trial.said()).toEqual([])
    trial.tell({ _tag: 'retry due' })
    expect(trial.said()).toMatchObject([{ memberId: 'id-2', memberEpoch: 0 }])
  })

  it('owns partitions of topics that it does not know yet, has them looked up, and reads them when it does', () => {
    const trial = new Trial()
    trial.said()
    trial.answer({ memberEpoch: 3, assignment: [...ids('T', 0), ...ids('NEW', 0, 1)] })
    expect(trial.take('look up topics').length).toBe(1)
    expect(trial.take('assigned')).toMatchObject([{ gained: places('t', 0) }])
    expect(trial.said()).toMatchObject([{ owned: [...ids('T', 0), ...ids('NEW', 0, 1)] }])
    expect(trial.machine.unknownTopic).toBe('NEW')
    trial.answer({ memberEpoch: 3 })
    trial.tell({ _tag: 'topics learned', names: new Map([['NEW', 'n']]) })
    expect(trial.take('assigned')).toMatchObject([{ generation: 3, gained: places('n', 0, 1), kept: places('t', 0) }])
    // The group knows already.
    expect(trial.said()).toEqual([])
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 4, assignment: ids('NEW', 1) })
    expect(trial.take('revoking')).toMatchObject([{ partitions: [...places('t', 0), ...places('n', 0)] }])
  })

  it('gains assigned partitions before the new epoch counts, and does not keep revoked ones a moment longer', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'heartbeat due' })
    const before = trial.machine.ownershipOf({ topic: 't', partition: 1 })
    trial.answer({ memberEpoch: 4, assignment: ids('T', 0, 2) })
    const [assigned, revoking] = trial.effects.filter(({ _tag }) => _tag === 'assigned' || _tag === 'revoking')
    expect(assigned).toMatchObject({ generation: 4, gained: places('t', 2), kept: places('t', 0) })
    expect(revoking).toMatchObject({ partitions: places('t', 1) })
    expect(trial.machine.ownershipOf({ topic: 't', partition: 1 })).toBe(before)
    trial.tell({ _tag: 'released', partitions: places('t', 1) })
    expect(trial.machine.ownershipOf({ topic: 't', partition: 1 })).toBeNull()
  })

  it('a commit that was refused as stale has it ask for its epoch, unless it asks already', () => {
    const trial = new Trial().joined(3, 0)
    trial.tell({ _tag: 'commit refused', epoch: 3, code: code.STALE_MEMBER_EPOCH })
    expect(trial.said().length).toBe(1)
    trial.tell({ _tag: 'commit refused', epoch: 3, code: code.STALE_MEMBER_EPOCH })
    expect(trial.said()).toEqual([])
    trial.answer({ memberEpoch: 4 })
    expect([trial.machine.epoch, trial.machine.held]).toEqual([4, places('t', 0)])
    trial.tell({ _tag: 'commit refused', epoch: 3, code: code.UNKNOWN_MEMBER_ID })
    expect(trial.take('lost')).toEqual([])
    trial.tell({ _tag: 'commit refused', epoch: 4, code: code.UNKNOWN_MEMBER_ID })
    expect(trial.take('lost').length).toBe(1)
    expect(trial.said()).toMatchObject([{ memberId: 'id-2', memberEpoch: 0 }])
  })

  it('cut off from its group it gives everything up after 45 s, or nine of the broker’s intervals', () => {
    for (const [heartbeatIntervalMs, lastsMs] of [
      [5_000, 45_000],
      [500, 4_500],
      [15_000, 45_000]
    ] as const) {
      // prettier-ignore
      const trial = new Trial()
      trial.answer({ memberEpoch: 3, heartbeatIntervalMs, assignment: ids('T', 0) })
      trial.lose()
      trial.after(lastsMs - 1).tell({ _tag: 'session due' })
      expect(trial.take('lost')).toEqual([])
      trial.after(1).tell({ _tag: 'session due' })
      expect(trial.take('lost')).toMatchObject([{ partitions: places('t', 0), fault: { reason: 'session expired' } }])
      expect(trial.said().at(-1)).toMatchObject({ memberEpoch: 0, owned: [] })
    }
  })

  it('that did not run for longer than nine short intervals asks its group before it gives anything up', () => {
    const starved = (ms: number): Trial => {
      const trial = new Trial()
      trial.answer({ memberEpoch: 3, heartbeatIntervalMs: 500, assignment: ids('T', 0) })
      trial.answer({ memberEpoch: 3, heartbeatIntervalMs: 500 })
      trial.said()
      trial.after(ms).tell({ _tag: 'session due' })
      return trial
    }
    const trial = starved(20_000)
    expect([trial.take('lost'), trial.said()]).toMatchObject([[], [{ ...silent, memberEpoch: 3 }]])
    trial.answer({ memberEpoch: 3, heartbeatIntervalMs: 500 })
    trial.after(4_499).tell({ _tag: 'session due' })
    expect(trial.take('lost')).toEqual([])

    const refused = starved(20_000)
    refused.answer({ code: code.UNKNOWN_MEMBER_ID })
    expect(refused.take('lost')).toMatchObject([{ fault: { reason: 'unknown member' } }])

    const unanswered = starved(20_000)
    unanswered.after(999).tell({ _tag: 'session due' })
    expect(unanswered.take('lost')).toEqual([])
    unanswered.after(1).tell({ _tag: 'session due' })
    expect(unanswered.take('lost')).toMatchObject([{ fault: { reason: 'session expired' } }])

    expect(starved(45_000).take('lost')).toMatchObject([{ fault: { reason: 'session expired' } }])
  })

  it('asks again when it reads an answer that has waited for longer than a session', () => {
    const trial = new Trial()
    const joinedAt = trial.now
    trial.said()
    trial.after(20_000).answer({ memberEpoch: 3, heartbeatIntervalMs: 500, assignment: ids('T', 0) }, joinedAt)
    expect(trial.said()).toMatchObject([{ memberEpoch: 3 }])
    trial.tell({ _tag: 'session due' })
    expect([trial.take('lost'), trial.said()]).toEqual([[], []])
    trial.answer({ memberEpoch: 3, heartbeatIntervalMs: 500 })
    expect(trial.take('arm').at(-1)).toMatchObject({ timer: 'heartbeat', inMs: 500 })
  })

  it('sends heartbeats more often than the brokers ask for if few of them would fit into a session', () => {
    const trial = new Trial()
    trial.answer({ memberEpoch: 3, heartbeatIntervalMs: 60_000 })
    trial.after(130_000).tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3, heartbeatIntervalMs: 60_000 })
    expect(trial.take('arm').at(-1)).toEqual({ _tag: 'arm', timer: 'heartbeat', inMs: 15_000 })
  })

  it('takes no interval of 0 or less', () => {
    const trial = new Trial()
    trial.answer({ memberEpoch: 3, heartbeatIntervalMs: 0 })
    trial.after(60_000).tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3, heartbeatIntervalMs: -1 })
    expect(trial.take('arm').at(-1)).toEqual({ _tag: 'arm', timer: 'heartbeat', inMs: 5_000 })
  })

  it('takes no epoch that is lower, and leaves out of an assignment what cannot be', () => {
    const trial = new Trial()
    trial.answer({ memberEpoch: 3, assignment: [...ids('T', 0, 0, -1), ...ids('T', 0)] })
    expect(trial.take('assigned')).toMatchObject([{ gained: places('t', 0) }])
    trial.answer({ memberEpoch: -1 })
    expect(trial.machine.epoch).toBe(3)
  })

  it('sends heartbeats often after a change, since only an answer tells what others have released', () => {
    const trial = new Trial().joined(3, 0)
    for (let beats = 0; trial.now < 11_000; beats++) {
      trial.after(750).tell({ _tag: 'heartbeat due' })
      trial.answer({ memberEpoch: 3 })
      expect(beats).toBeLessThan(20)
    }
    expect(trial.take('arm').at(-1)).toEqual({ _tag: 'arm', timer: 'heartbeat', inMs: 5_000 })
  })

  it('a static member whose instance is another’s tries for as long as that may be dead, and is the one that gives way', () => {
    const trial = new Trial({ groupInstanceId: 'i' })
    trial.answer({ code: code.UNRELEASED_INSTANCE_ID })
    expect(trial.take('event')).toMatchObject([{ event: { _tag: 'waiting', fault: { name: 'UNRELEASED_INSTANCE_ID' } } }]) // prettier-ignore
    let tries = 0
    while (trial.take('fatal').length === 0 && tries < 1_000) {
      trial.after(1_000).tell({ _tag: 'retry due' })
      if (trial.machine.state === 'joining') trial.answer({ code: code.UNRELEASED_INSTANCE_ID })
      if (trial.effects.some(({ _tag }) => _tag === 'fatal')) break
      tries++
    }
    expect([tries, trial.take('fatal')]).toEqual([64, [{ _tag: 'fatal', fault: { _tag: 'FencedFault', what: 'group.instance.id', id: 'i' } }]]) // prettier-ignore
    const patient = new Trial({ groupInstanceId: 'i' })
    patient.answer({ code: code.UNRELEASED_INSTANCE_ID })
    patient.tell({ _tag: 'retry due' })
    patient.answer({ memberEpoch: 3, assignment: ids('T', 0) })
    expect(patient.machine.held).toEqual(places('t', 0))
  })

  it('stays out of the group only once it has given up what it held: then it leaves, and comes back as another', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'suspend', stalled: places('t', 0) })
    expect([trial.take('leave'), trial.take('revoking')]).toMatchObject([[], [{ partitions: places('t', 1) }]])
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 4, assignment: ids('T', 0, 1, 2) })
    expect(trial.take('assigned')).toEqual([])
    expect(trial.said()).toMatchObject([silent])
    trial.tell({ _tag: 'released', partitions: places('t', 1) })
    expect(trial.take('leave')).toEqual([{ _tag: 'leave', memberId: 'id-1', epoch: -1 }])
    trial.tell({ _tag: 'heartbeat due' })
    expect(trial.said()).toEqual([])
    trial.tell({ _tag: 'resume' })
    expect(trial.said()).toMatchObject([{ memberId: 'id-2', memberEpoch: 0, owned: [] }])
  })

  it('wanted back before it has left, it leaves all the same: what it was assigned meanwhile it has not taken', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'suspend', stalled: [] })
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3, assignment: ids('T', 0) })
    trial.tell({ _tag: 'resume' })
    trial.said()
    trial.tell({ _tag: 'released', partitions: places('t', 0, 1) })
    expect(trial.take('leave')).toEqual([{ _tag: 'leave', memberId: 'id-1', epoch: -1 }])
    expect([trial.take('assigned'), trial.said()]).toMatchObject([
      [],
      [{ memberId: 'id-2', memberEpoch: 0, owned: [] }]
    ])
  })

  it('takes no more partitions when it is about to leave, though an assigned topic is known by then', () => {
    const trial = new Trial()
    trial.answer({ memberEpoch: 3, assignment: [...ids('T', 0), ...ids('NEW', 0)] })
    trial.tell({ _tag: 'suspend', stalled: [] })
    trial.take('assigned')
    trial.tell({ _tag: 'topics learned', names: new Map([['NEW', 'n']]) })
    expect([trial.take('assigned'), trial.machine.held]).toEqual([[], places('t', 0)])
    trial.tell({ _tag: 'released', partitions: places('t', 0) })
    expect([trial.take('leave').length, trial.machine.state]).toEqual([1, 'suspended'])
  })

  it('asked to stay out while it joins, it leaves once the result of the join is known', () => {
    for (const end of ['answered', 'lost'] as const) {
      const trial = new Trial()
      trial.tell({ _tag: 'suspend', stalled: [] })
      expect(trial.take('leave')).toEqual([])
      if (end === 'answered') trial.answer({ memberEpoch: 3, assignment: ids('T', 0) })
      else trial.lose()
      expect([trial.take('leave').length, trial.take('assigned'), trial.machine.state]).toEqual([1, [], 'suspended'])
    }
  })

  it('loses what is not released in time, and the group has the shorter list', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3, assignment: ids('T', 0) })
    trial.said()
    trial.after(11_000).tell({ _tag: 'drain due' })
    expect(trial.take('lost')).toMatchObject([{ partitions: places('t', 1), fault: { reason: 'deadline passed' } }])
    expect(trial.said()).toMatchObject([{ owned: ids('T', 0) }])
  })

  it('begins a partition that is assigned again while it drains only after the drain', () => {
    const trial = new Trial().joined(3, 0, 1)
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 3, assignment: ids('T', 0) })
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 4, assignment: ids('T', 0, 1) })
    expect(trial.take('assigned').flatMap(({ gained }) => gained)).toEqual([])
    trial.said()
    trial.tell({ _tag: 'released', partitions: places('t', 1) })
    expect(trial.take('assigned')).toMatchObject([{ generation: 4, gained: places('t', 1), kept: places('t', 0) }])
    trial.answer({ memberEpoch: 4 })
  })

  it('sends a changed subscription, and removes a pattern by an empty one', () => {
    const trial = new Trial().joined(3, 0)
    trial.tell({ _tag: 'subscription changed', subscription: { topics: ['t', 'u'], pattern: '.*' } })
    expect(trial.said()).toMatchObject([{ ...silent, topics: ['t', 'u'], pattern: '.*' }])
    trial.tell({ _tag: 'subscription changed', subscription: { topics: ['t', 'u'], pattern: null } })
    expect(trial.said()).toEqual([])
    trial.answer({ memberEpoch: 3 })
    expect(trial.said()).toMatchObject([{ ...silent, pattern: '' }])
  })

  it('leaves permanently, or as a static member that comes back; a dynamic member sends nothing then', () => {
    for (const [instance, leave, epochs] of [
      [null, true, [-1]],
      [null, false, []],
      ['i', true, [-1]],
      ['i', false, [-2]]
    ] as const) {
      // prettier-ignore
      const trial = new Trial({ groupInstanceId: instance }).joined(3, 0)
      trial.tell({ _tag: 'close', leave })
      expect(trial.take('leave').map(({ epoch }) => epoch)).toEqual(epochs)
      expect(trial.machine.state).toBe('closed')
    }
  })

  it('has left even if its group admits it afterwards', () => {
    const trial = new Trial()
    trial.tell({ _tag: 'close', leave: true })
    trial.take('leave')
    trial.answer({ memberEpoch: 3 })
    expect(trial.take('leave')).toEqual([{ _tag: 'leave', memberId: 'id-1', epoch: -1 }])
  })

  it('says that brokers do not speak the protocol, if that is all they say', () => {
    const missing = { _tag: 'UnsupportedVersionFault', api: 'ConsumerGroupHeartbeat', needed: 'v1', offered: 'nothing' } as const // prettier-ignore
    const old = new Trial()
    old.end({ _tag: 'Left', left: missing })
    expect(old.take('unsupported')).toEqual([{ _tag: 'unsupported', fault: missing }])
    const off = new Trial()
    off.answer({ code: code.UNSUPPORTED_VERSION })
    expect(off.take('unsupported').length).toBe(1)
    const blocked = new Trial()
    blocked.answer({ code: code.UNSUPPORTED_VERSION, message: 'Cannot upgrade: an unsupported custom assignor is in use.' }) // prettier-ignore
    expect([blocked.take('unsupported'), blocked.take('fatal')]).toMatchObject([[], [{ fault: { _tag: 'BrokerFault', message: 'Cannot upgrade: an unsupported custom assignor is in use.' } }]]) // prettier-ignore
  })

  it('names what is permanently refused', () => {
    const refused = (given: number, joined: boolean): unknown => {
      const trial = new Trial({ groupInstanceId: 'i', remoteAssignor: 'mine' })
      if (joined) {
        trial.joined(3, 0)
        trial.tell({ _tag: 'heartbeat due' })
      }
      trial.answer({ code: given, message: 'so it is' })
      return trial.take('fatal')[0]?.fault
    }
    expect(refused(code.GROUP_AUTHORIZATION_FAILED, false)).toMatchObject({ resource: 'group', name: 'g' })
    expect(refused(code.TOPIC_AUTHORIZATION_FAILED, false)).toMatchObject({ resource: 'topic', name: 't' })
    expect(refused(code.UNSUPPORTED_ASSIGNOR, false)).toMatchObject({ problems: [{ property: 'group.remote.assignor', given: '"mine"', allowed: 'an assignor of the broker (so it is)' }] }) // prettier-ignore
    expect(refused(code.INVALID_REGULAR_EXPRESSION, false)).toMatchObject({ problems: [{ property: 'subscription' }] })
    expect(refused(code.GROUP_ID_NOT_FOUND, false)).toMatchObject({ name: 'GROUP_ID_NOT_FOUND', message: 'so it is' })
    expect(refused(code.GROUP_ID_NOT_FOUND, true)).toBeUndefined()
    expect(refused(code.FENCED_INSTANCE_ID, true)).toMatchObject({ _tag: 'FencedFault', id: 'i' })
    expect(refused(code.GROUP_MAX_SIZE_REACHED, false)).toMatchObject({ name: 'GROUP_MAX_SIZE_REACHED' })
    expect(refused(code.COORDINATOR_LOAD_IN_PROGRESS, true)).toBeUndefined()
  })

  it('reports that it has no partition once all others must have released theirs', () => {
    const trial = new Trial().joined(3)
    trial.tell({ _tag: 'share due' })
    expect(trial.take('event')).toEqual([{ _tag: 'event', event: { _tag: 'no partitions', groupId: 'g' } }])
    trial.tell({ _tag: 'heartbeat due' })
    trial.answer({ memberEpoch: 4, assignment: ids('T', 0) })
    trial.tell({ _tag: 'share due' })
    expect(trial.take('event')).toEqual([])
  })
})
