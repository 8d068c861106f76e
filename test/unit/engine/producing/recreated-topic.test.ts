import { ignoreElements } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../../src/core/protocol/error-code.js'
import { commit, eachPartition, produceTo, type ProducerEvent } from '../../../../src/index.js'
import type { OutgoingRecord } from '../../../../src/ports/producer-session.js'
import { Producing } from '../../../support/producing.js'
import { rig } from '../../../support/rig.js'

describe('a producer whose topic is deleted and made again', () => {
  it('learns of it by the first batch, which is refused by the former id, and writes that and what follows to the new one', () => {
    const on = new Producing(1)
    const events: ProducerEvent[] = []
    on.session.events.subscribe((event) => events.push(event))
    on.send()
    on.clock.advance(1_000)
    on.cluster.deleteTopic('t')
    on.cluster.createTopic('t', 8)
    on.send()
    on.clock.advance(1_000)
    expect([on.log(), on.told]).toEqual([['1'], [['t/0@0'], ['t/0@0']]])
    expect(events).toEqual([{ _tag: 'recreated', topic: 't' }])
    // Keys are spread over the partitions that it has now, long before metadata.max.age.ms.
    const written = new Set<number>()
    const receipts = {
      written: (_at: number, _topic: string, partition: number) => written.add(partition),
      failed: () => undefined
    }
    const keyed = (key: number): OutgoingRecord => ({ topic: 't', key: String(key), value: '', headers: [] })
    for (let key = 0; key < 20; key++) on.session.send(keyed(key), receipts, key)
    on.clock.advance(1_000)
    expect(written.size).toBeGreaterThan(4)
  })

  it('writes unanswered batches to the new one', () => {
    const on = new Producing(1)
    on.send()
    on.clock.advance(1_000)
    on.cluster.failNext('Produce', 'answer lost')
    on.send()
    on.clock.advance(1)
    on.cluster.deleteTopic('t')
    on.cluster.createTopic('t', 1)
    on.clock.advance(10_000)
    expect([on.log(), on.told]).toEqual([['1'], [['t/0@0'], ['t/0@0']]])
  })

  it('asks for it again as long as the new one has fewer partitions than a batch needs', () => {
    const on = new Producing(4)
    on.send({ partition: 3 })
    on.clock.advance(1_000)
    on.cluster.deleteTopic('t')
    on.cluster.createTopic('t', 2)
    on.send({ partition: 3 })
    on.clock.advance(10_000)
    expect(on.told[1]).toEqual([])
    on.cluster.createTopic('t', 4)
    on.clock.advance(2_000)
    expect([on.log(3), on.told[1]]).toEqual([['1'], ['t/3@0']])
  })

  it('keeps the order in the new one, whose leader takes any sequence number at first', () => {
    const on = new Producing(1, { 'linger.ms': 0, 'batch.size': 1 })
    on.send()
    on.clock.advance(1_000)
    on.cluster.deleteTopic('t')
    on.cluster.createTopic('t', 1)
    on.send()
    on.session.events.subscribe((event) => {
      if (event._tag !== 'recreated') return
      // The leader of the new log is not ready when the first batch comes.
      on.cluster.failNext('Produce', errorCode.NOT_LEADER_OR_FOLLOWER)
      for (let more = 0; more < 3; more++) on.send()
    })
    on.clock.advance(10_000)
    expect([on.log(), on.told.flat()]).toEqual([
      ['1', '2', '3', '4'],
      ['t/0@0', 't/0@0', 't/0@1', 't/0@2', 't/0@3']
    ])
  })

  it('is an event of the consumer whose pipeline writes to it', () => {
    const { cluster, clock, orders, events } = rig(1, {}, 1)
    cluster.createTopic('copy', 1)
    orders
      .pipe(
        eachPartition((partition) => partition.pipe(produceTo(cluster, { topic: 'copy' }), commit())),
        ignoreElements()
      )
      .subscribe()
    clock.advance(5_000)
    cluster.deleteTopic('copy')
    cluster.createTopic('copy', 1)
    cluster.produce('orders', { partition: 0, key: null, value: '1' })
    clock.advance(5_000)
    expect(cluster.records({ topic: 'copy', partition: 0 })).toHaveLength(1)
    expect(events.filter(({ _tag }) => _tag !== 'recovered')).toEqual([{ _tag: 'target recreated', topic: 'copy' }])
  })
})
