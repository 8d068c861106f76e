import { map as mapRight } from 'fp-ts/lib/Either.js'
import { map } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  ack,
  type Carried,
  commit,
  consumer,
  describeFault,
  deserialize,
  eachPartition,
  handle,
  shareConsumer,
  subscribe,
  utf8
} from '../../../src/index.js'
import type { KafkaCalls } from '../../../src/ports/kafka-calls.js'
import { BrokerModel } from '../../../src/sources/memory/broker-model.js'
import { memoryCalls } from '../../../src/sources/memory/memory-calls.js'
import { clusterOf } from '../../../src/sources/memory/memory-cluster.js'
import { memoryShareCalls } from '../../../src/sources/memory/memory-share-calls.js'
import { VirtualClock } from '../../support/virtual-clock.js'

describe('partitions that are added to a topic', () => {
  const trial = () => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    const cluster = clusterOf(model, {
      clock,
      random: () => 0.5,
      calls: () => memoryCalls(model),
      shareCalls: () => memoryShareCalls(model)
    })
    model.createTopic('jobs', 1)
    model.configureGroup('g', { 'share.auto.offset.reset': 'earliest' })
    return { clock, model, cluster }
  }
  const textIn = deserialize({ value: utf8 })

  it.each(['share', 'consumer'] as const)(
    'are read by a %s group long before its members look at metadata again',
    (type) => {
      const { clock, model, cluster } = trial()
      const got: string[] = []
      const work = handle(({ value }: Carried<string>) => void got.push(value))
      const running =
        type === 'share'
          ? shareConsumer(cluster, { 'group.id': 'g', subscription: subscribe('jobs') })
              .pipe(textIn, work, ack())
              .subscribe()
          : consumer(cluster, { 'group.id': 'g', 'group.protocol': 'consumer', 'auto.offset.reset': 'earliest', subscription: subscribe('jobs') }) // prettier-ignore
              .pipe(eachPartition((partition) => partition.pipe(textIn, work, commit())))
              .subscribe()
      cluster.produce('jobs', { value: 'first', partition: 0 })
      clock.advance(10_000)
      expect(got).toEqual(['first'])
      model.createTopic('jobs', 2)
      cluster.produce('jobs', { value: 'second', partition: 1 })
      // A heartbeat brings the assignment, every five seconds; `metadata.max.age.ms` is five minutes.
      clock.advance(15_000)
      expect(got).toEqual(['first', 'second'])
      running.unsubscribe()
    }
  )
})

describe('an assignment of topics whose ids the metadata does not have', () => {
  it.each(['share', 'consumer'] as const)('is a wait of a member of a %s group, until it has them', (type) => {
    const clock = new VirtualClock()
    const model = new BrokerModel(clock)
    const state = { lags: true }
    /** Metadata before version 10, and of a broker that does not have the topic yet, is without ids. */
    const lagging = <Calls extends Pick<KafkaCalls, 'metadata'>>(calls: Calls): Calls => ({
      ...calls,
      metadata: (topics) =>
        calls
          .metadata(topics)
          .pipe(
            map(
              mapRight((known) =>
                state.lags ? { ...known, topics: known.topics.map((topic) => ({ ...topic, topicId: null })) } : known
              )
            )
          )
    })
    const cluster = clusterOf(model, {
      clock,
      random: () => 0.5,
      calls: () => lagging(memoryCalls(model)),
      shareCalls: () => lagging(memoryShareCalls(model))
    })
    model.createTopic('jobs', 1)
    model.configureGroup('g', { 'share.auto.offset.reset': 'earliest' })
    cluster.produce('jobs', { value: 'first', partition: 0 })
    const subscription = subscribe('jobs')
    const member =
      type === 'share'
        ? shareConsumer(cluster, { 'group.id': 'g', subscription })
        : consumer(cluster, { 'group.id': 'g', 'group.protocol': 'consumer', 'auto.offset.reset': 'earliest', subscription }) // prettier-ignore
    const events: string[] = []
    member.events.subscribe((event) => {
      if (event._tag === 'waiting') events.push(`${event.reason}: ${describeFault(event.fault)}`)
      if (event._tag === 'recovered') events.push(`${event.what}: over`)
    })
    let got = 0
    const work = handle(() => {
      got++
    })
    const running =
      'rebalances' in member
        ? member.pipe(eachPartition((partition) => partition.pipe(work, commit()))).subscribe()
        : member.pipe(work, ack()).subscribe()
    clock.advance(20_000)
    const reason = 'the metadata does not have all assigned partitions yet'
    expect(got).toBe(0)
    expect(events[0]).toMatch(new RegExp(`^${reason}: Metadata was answered with UNKNOWN_TOPIC_ID .100. for `))
    if ('rebalances' in member) expect(member.status().waits).toMatchObject([{ for: 'waiting', what: reason }])
    state.lags = false
    clock.advance(20_000)
    expect(got).toBe(1)
    expect(events.at(-1)).toBe(`${reason}: over`)
    running.unsubscribe()
  })
})
