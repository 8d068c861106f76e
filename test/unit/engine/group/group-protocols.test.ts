import { isRight, map as mapRight, right } from 'fp-ts/lib/Either.js'
import { EMPTY, map, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { ConsumerConfig } from '../../../../src/config/consumer-config.js'
import { subscribe } from '../../../../src/config/subscribe.js'
import type { OpenGroup } from '../../../../src/engine/group/open-group.js'
import { openSession } from '../../../../src/engine/open-session.js'
import type { Fault } from '../../../../src/model/fault.js'
import type { TopicPartition } from '../../../../src/model/topic-partition.js'
import type { JoinGroupResponse, OffsetCommitRequest } from '../../../../src/ports/kafka-calls.js'
import { BrokerModel } from '../../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../../src/sources/memory/memory-calls.js'
import { sessionOn } from '../../../support/sessions.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const place: TopicPartition = { topic: 't', partition: 0 }
const config: ConsumerConfig = {
  'group.id': 'g',
  subscription: subscribe('t'),
  'partition.assignment.strategy': ['range']
}

describe('a group that has chosen a strategy which the member has not offered', () => {
  it('ends the member with a fault: it uses no other strategy instead', () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('t', 1)
    const calls = memoryCalls(model)
    const faults: Fault[] = []
    sessionOn(
      {
        ...calls,
        joinGroup: (request) =>
          calls
            .joinGroup(request)
            .pipe(map(mapRight((answer: JoinGroupResponse) => ({ ...answer, protocol: 'never-heard-of' }))))
      },
      clock,
      config,
      { fault: (fault) => faults.push(fault) }
    )
    clock.advance(10_000)
    expect(faults).toEqual([{ _tag: 'GroupProtocolFault', groupId: 'g', offered: ['range'] }])
  })
})

describe('a session', () => {
  it('knows its group only through the port of a protocol: another protocol is another implementation', () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    model.createTopic('t', 1)
    const calls = memoryCalls(model)
    const committed: OffsetCommitRequest[] = []
    const heard: string[] = []
    const member = { groupId: 'g', generation: 7, memberId: 'one', groupInstanceId: null }
    const times = { memberId: 'one', leader: '', protocol: 'server', drainMs: 0, joinMs: 0, syncMs: 0 }
    const byServer: OpenGroup = (_context, _groupId, _metadata, listener) => ({
      member,
      reader: null,
      isRebalancing: false,
      start: () => {
        listener.assigned(7, [place], [], times)
      },
      release: (partitions) => heard.push(`released ${String(partitions.length)}`),
      suspend: () => undefined,
      resume: () => undefined,
      topicsChanged: () => undefined,
      topicRecreated: () => undefined,
      resubscribed: () => undefined,
      ownershipOf: () => place,
      whenCommitsAreTaken: (run) => {
        run()
        return () => undefined
      },
      losesBy: () => true,
      readerRefused: () => undefined,
      commitRefused: () => undefined,
      leave: (tellGroup) => {
        heard.push(`left ${String(tellGroup)}`)
        return EMPTY
      },
      close: () => heard.push('closed')
    })
    const assigned: unknown[] = []
    const session = sessionOn(
      {
        ...calls,
        offsetCommit: (request) => {
          committed.push(request)
          return of(right(request.offsets.map(({ topic, partition }) => ({ topic, partition, code: 0 }))))
        }
      },
      clock,
      config,
      { assigned: (generation, gained) => assigned.push([generation, gained]) },
      (context) => openSession(context, byServer)
    )
    clock.advance(1_000)
    expect(assigned).toEqual([[7, [place]]])
    const outcomes: unknown[] = []
    session.commit([{ ...place, offset: 1n, leaderEpoch: -1, metadata: '' }]).subscribe((answer) => {
      if (isRight(answer)) outcomes.push(...answer.right.map(({ outcome }) => outcome))
    })
    expect(outcomes).toEqual(['committed'])
    expect(committed).toMatchObject([member])
    session.release([place])
    session.leave(true).subscribe()
    clock.advance(10_000)
    expect(heard.slice(0, 2)).toEqual(['released 1', 'left true'])
    expect(heard).toContain('closed')
  })
})
