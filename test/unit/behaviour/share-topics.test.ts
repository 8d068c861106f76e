import { describe, expect, it } from 'vitest'
import {
  ack,
  type Carried,
  commit,
  consumer,
  deserialize,
  eachPartition,
  handle,
  shareConsumer,
  subscribe,
  utf8
} from '../../../src/index.js'
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
