import { describe, expect, it } from 'vitest'
import { errorCode as code } from '../../../../src/core/protocol/error-code.js'
import { acknowledgeType } from '../../../../src/core/share/share-messages.js'
import type { ShareFetchRequest } from '../../../../src/ports/kafka-calls.js'
import { PartitionLog } from '../../../../src/sources/memory/partition-log.js'
import { ShareGroup } from '../../../../src/sources/memory/share-group.js'
import { plainRecord } from '../../../support/record-runs.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const lockMs = 30_000
const place = { topicId: 'T', partition: 0 }

/** A group that has three records to give. */
const groupOf = (config: Record<string, string> = {}) => {
  const clock = new VirtualClock()
  const log = new PartitionLog()
  log.append(Array.from({ length: 3 }, () => plainRecord('v')))
  let woken = 0
  const group = new ShareGroup({
    clock,
    topics: () => [{ topic: 'jobs', topicId: 'T', logs: [log] }],
    config: () => ({ 'share.auto.offset.reset': 'earliest', ...config }),
    wake: () => woken++
  })
  const fetch = { maxRecords: 1, acquireMode: 'record_limit', partitions: [place], forgotten: [] }
  const acquire = (memberId: string): number => {
    const request = { ...fetch, memberId, sessionEpoch: 0 } as unknown as ShareFetchRequest
    group.step(request, false)
    group.list(request)
    return group.acquire(request).flatMap(({ acquired }) => acquired).length
  }
  const answer = (offset: number, type: number, memberId = 'm1') =>
    group.acknowledge(memberId, [
      { ...place, acknowledgements: [{ firstOffset: BigInt(offset), lastOffset: BigInt(offset), types: [type] }] }
    ])[0]?.code
  const states = () => group.stateOf({ topic: 'jobs', partition: 0 })?.records.map(({ state }) => state)
  return { clock, group, acquire, answer, states, config, woken: () => woken }
}

describe('the locks of a share group', () => {
  it('leave nothing scheduled when each record is settled: a process is not kept alive by them', () => {
    const { clock, acquire, answer } = groupOf()
    expect([acquire('m1'), acquire('m1'), acquire('m1')]).toEqual([1, 1, 1])
    expect(clock.pending).toBe(1)
    answer(0, acknowledgeType.accept)
    answer(1, acknowledgeType.reject)
    expect(clock.pending).toBe(1)
    answer(2, acknowledgeType.release)
    expect(clock.pending).toBe(0)
  })

  it('leave nothing scheduled when their member has gone, and wake those who wait', () => {
    const { clock, group, acquire, states, woken } = groupOf()
    acquire('m1')
    group.memberGone('m1')
    expect([clock.pending, states(), woken()]).toEqual([0, ['available'], 1])
  })

  it('leave nothing scheduled when the leader changes, the offset is set, or the topic is forgotten', () => {
    const jobs = { topic: 'jobs', partition: 0 }
    const ends = [
      ({ group }: ReturnType<typeof groupOf>) => group.leaderChanged(jobs),
      ({ group }: ReturnType<typeof groupOf>) => group.setOffset(jobs, 0n),
      ({ group }: ReturnType<typeof groupOf>) => group.forget('jobs')
    ]
    for (const end of ends) {
      const trial = groupOf()
      trial.acquire('m1')
      end(trial)
      expect(trial.clock.pending).toBe(0)
    }
  })

  it('run out one after the other, each at its own time', () => {
    const { clock, acquire, states, woken } = groupOf()
    acquire('m1')
    clock.advance(10_000)
    acquire('m1')
    clock.advance(lockMs - 10_001)
    expect(states()).toEqual(['acquired', 'acquired'])
    clock.advance(1)
    expect([states(), woken()]).toEqual([['available', 'acquired'], 1])
    clock.advance(9_999)
    expect(states()).toEqual(['available', 'acquired'])
    clock.advance(1)
    expect([states(), woken(), clock.pending]).toEqual([['available', 'available'], 2, 0])
  })

  it('are prolonged by a renewal from the time of it', () => {
    const { clock, acquire, answer, states } = groupOf()
    acquire('m1')
    clock.advance(20_000)
    expect(answer(0, acknowledgeType.renew)).toBe(code.NONE)
    clock.advance(lockMs - 1)
    expect(states()).toEqual(['acquired'])
    clock.advance(1)
    expect(states()).toEqual(['available'])
  })

  it('run out sooner when they are renewed after the duration was made shorter', () => {
    const { clock, acquire, answer, states, config } = groupOf()
    acquire('m1')
    config['share.record.lock.duration.ms'] = '15000'
    answer(0, acknowledgeType.renew)
    clock.advance(15_000)
    expect(states()).toEqual(['available'])
  })
})

describe('an acknowledgement', () => {
  it('that names a record twice is refused, and changes nothing', () => {
    const { group, acquire, states } = groupOf()
    acquire('m1')
    const one = { firstOffset: 0n, lastOffset: 0n, types: [acknowledgeType.accept] }
    const answers = group.acknowledge('m1', [{ ...place, acknowledgements: [one, one] }])
    expect([answers[0]?.code, states()]).toEqual([code.INVALID_REQUEST, ['acquired']])
  })
})
