import { isLeft, right } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, shareConsumer, subscribe } from '../../../src/index.js'
import { metrics } from '../../../src/metrics.js'
import type { ShareCalls, ShareGroupLagResponse } from '../../../src/ports/kafka-calls.js'
import { BrokerModel } from '../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../src/sources/memory/memory-calls.js'
import { clusterOf } from '../../../src/sources/memory/memory-cluster.js'
import { memoryShareCalls } from '../../../src/sources/memory/memory-share-calls.js'
import { VirtualClock } from '../../support/virtual-clock.js'

type Partitions = ShareGroupLagResponse['partitions']

/** A member of a share group that has handled two of two records, and how often its group's lag was asked for. */
const running = (told: (given: Partitions) => Partitions = (given) => given) => {
  const clock = new VirtualClock()
  const model = new BrokerModel(clock)
  const seen = { asked: 0 }
  const counted = (calls: ShareCalls): ShareCalls => ({
    ...calls,
    shareGroupLag: (groupId) => {
      seen.asked++
      return calls
        .shareGroupLag(groupId)
        .pipe(map((answer) => (isLeft(answer) ? answer : right({ ...answer.right, partitions: told(answer.right.partitions) })))) // prettier-ignore
    }
  })
  const cluster = clusterOf(model, {
    clock,
    random: () => 0.5,
    calls: () => memoryCalls(model),
    shareCalls: () => counted(memoryShareCalls(model))
  })
  model.createTopic('jobs', 2)
  model.configureGroup('g', { 'share.auto.offset.reset': 'earliest' })
  cluster.produce('jobs', { value: 'a', partition: 0 }, { value: 'b', partition: 1 })
  const member = shareConsumer(cluster, { 'group.id': 'g', subscription: subscribe('jobs'), maxInFlight: 1 })
  const subscription = member.pipe(ack()).subscribe()
  clock.advance(1_000)
  return { clock, model, cluster, member, seen, subscription }
}

describe('the lag of a share group', () => {
  it('is requested when the status is read, every ten seconds at most', () => {
    const { clock, cluster, member, seen, subscription } = running()
    clock.advance(60_000)
    expect([seen.asked, member.status().lag, seen.asked]).toEqual([0, null, 1])
    clock.advance(1)
    const none = [
      { topic: 'jobs', partition: 0, lag: 0 },
      { topic: 'jobs', partition: 1, lag: 0 }
    ]
    expect([member.status().lag, seen.asked]).toEqual([none, 1])
    subscription.unsubscribe()
    clock.advance(1_000)
    cluster.produce('jobs', { value: 'c', partition: 1 }, { value: 'd', partition: 1 })
    // Nobody takes anything of it.
    member.subscribe()
    clock.advance(9_000)
    member.status()
    clock.advance(1)
    expect(member.status().lag).toEqual([none[0], { topic: 'jobs', partition: 1, lag: 2 }])
    expect(seen.asked).toBe(2)
    clock.advance(9_998)
    member.status()
    expect(seen.asked).toBe(2)
    clock.advance(1)
    member.status()
    expect(seen.asked).toBe(3)
  })

  it('is a metric of the group: two members in one process do not double it', () => {
    const { clock, cluster, model, member } = running()
    const other = shareConsumer(cluster, { 'group.id': 'g', subscription: subscribe('jobs'), maxInFlight: 1 })
    other.subscribe()
    clock.advance(10_000)
    cluster.produce('jobs', ...Array.from({ length: 5 }, () => ({ value: 'v', partition: 0 })))
    cluster.produce('jobs', ...Array.from({ length: 5 }, () => ({ value: 'v', partition: 1 })))
    clock.advance(10_000)
    const measured = metrics({ consumers: [member, other] })
    expect(measured.text()).not.toContain('ackstream_share_consumer_lag_records{')
    clock.advance(1)
    const lag = Number(/share_consumer_lag_records\{group="g",topic="jobs"\} (\d+)/.exec(measured.text())?.[1])
    const counted = model.shares('g').group.offsets.reduce((sum, one) => sum + Number(one.lag), 0)
    expect([counted > 0, lag]).toEqual([true, counted])
    measured.close()
  })

  it('stays the same while the coordinator does not answer', () => {
    const { clock, cluster, member } = running()
    member.status()
    clock.advance(10_000)
    const known = member.status().lag
    expect(known?.length).toBe(2)
    cluster.failNext('DescribeShareGroupOffsets', 'disconnect', 1)
    clock.advance(10_000)
    member.status()
    clock.advance(10)
    expect(member.status().lag).toEqual(known)
  })

  it('is unknown with brokers that do not count it', () => {
    const { clock, member } = running((partitions) => partitions.map((one) => ({ ...one, lag: -1n })))
    member.status()
    clock.advance(10)
    expect(member.status().lag).toBeNull()
  })
})
