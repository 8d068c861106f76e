import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import type { ProducerEvent } from '../../../../src/index.js'
import type { ProducerProperties } from '../../../../src/config/producer-config.js'
import { Producing } from '../../../support/producing.js'

/** What a record of this size takes in a batch of its own. */
const oneRecord = 142
const properties: ProducerProperties = { 'linger.ms': 0, 'batch.size': 100, 'buffer.memory': 2 * oneRecord }

const write = (on: Producing, topic: string, value: string, partition = 0): void => {
  on.send({ topic, partition, value: value.padEnd(60) })
}

/** What a partition holds. */
const log = (on: Producing, topic: string, partition = 0): readonly string[] =>
  on.cluster.records({ topic, partition }).map(({ value }) => new TextDecoder().decode(value ?? undefined).trim())

describe('records that wait for memory and for their topic', () => {
  it('are written in the order of their arrival when the topic is made again', () => {
    const on = new Producing(1, properties)
    on.cluster.createTopic('a', 1)
    write(on, 't', 'first')
    write(on, 'a', 'first')
    on.clock.advance(1_000)
    on.cluster.deleteTopic('a')
    on.cluster.failNext('Produce', errorCode.UNKNOWN_TOPIC_OR_PARTITION)
    write(on, 't', 't0')
    write(on, 'a', 'a0')
    // The batches of both have used up the memory.
    write(on, 't', 't1')
    write(on, 'a', 'a1')
    on.clock.advance(20)
    // By now the topic is known to be gone, and the batches wait for their next attempt.
    write(on, 'a', 'a2')
    on.clock.advance(1_000)
    expect(log(on, 't')).toEqual(['first', 't0', 't1'])
    write(on, 'a', 'a3')
    on.cluster.createTopic('a', 1)
    on.clock.advance(10_000)
    expect(log(on, 'a')).toEqual(['a0', 'a1', 'a2', 'a3'])
  })

  it('are written in that order when their partition is added', () => {
    const on = new Producing(1, properties)
    const events: ProducerEvent[] = []
    on.session.events.subscribe((event) => events.push(event))
    write(on, 't', 'first')
    on.clock.advance(1_000)
    write(on, 't', 'p0', 1)
    on.cluster.failNext('Produce', errorCode.NOT_ENOUGH_REPLICAS, 8)
    const others = ['t0', 't1', 't2', 't3', 't4']
    for (const value of others) write(on, 't', value)
    // Behind some of them, which wait for memory.
    write(on, 't', 'p1', 1)
    on.cluster.createTopic('t', 2)
    on.clock.advance(20_000)
    expect([log(on, 't'), log(on, 't', 1)]).toEqual([
      ['first', ...others],
      ['p0', 'p1']
    ])
    expect(events).toContainEqual(
      expect.objectContaining({ _tag: 'recovered', from: 'waiting for partition', what: 't/1' })
    )
    expect(on.session.status().waits).toEqual([])
  })
})

describe('a partition that is not added in time', () => {
  it('is not waited for any more once its last record has failed', () => {
    const on = new Producing(1, { 'max.block.ms': 1_000 })
    const events: ProducerEvent[] = []
    on.session.events.subscribe((event) => events.push(event))
    on.send({ partition: 7 })
    on.clock.advance(500)
    on.send({ partition: 7 })
    on.clock.advance(500)
    expect(on.told).toMatchObject([[{ trouble: 'unknown partition' }], []])
    expect(on.session.status().waits).toMatchObject([{ for: 'waiting for partition', what: 't/7' }])
    on.clock.advance(500)
    expect(on.told[1]).toMatchObject([{ trouble: 'unknown partition' }])
    expect(on.session.status().waits).toEqual([])
    expect(events.at(-1)).toMatchObject({ _tag: 'recovered', what: 't/7' })
  })
})
