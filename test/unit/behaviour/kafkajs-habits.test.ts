import { NEVER } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { commit, consumer, ConsumerError, producer, run, subscribe } from '../../../src/index.js'
import { metrics } from '../../../src/metrics.js'
import { memoryCluster } from '../../../src/testing.js'

const thrownBy = (run: () => unknown): string => {
  try {
    run()
  } catch (error) {
    if (error instanceof ConsumerError) return error.message
    throw error
  }
  return ''
}

describe('a program in plain JavaScript that is written as for kafkajs', () => {
  it('learns that subscribe takes an observer, and not topics', () => {
    const cluster = memoryCluster({ topics: { orders: 1 } })
    const made = () => consumer(cluster, { 'group.id': 'g', subscription: subscribe('orders') })
    const orders = made()
    for (const given of [{ topics: ['orders'], fromBeginning: true }, { topic: 'orders' }])
      expect(thrownBy(() => orders.subscribe(given as never))).toContain(
        "is its property subscription: subscribe('orders')"
      )
    expect(orders.status().phase).toBe('idle')
    for (const given of [undefined, null, {}, { next: () => undefined, topic: 'orders' }, () => undefined])
      made()
        .subscribe(given as never)
        .unsubscribe()
  })

  it('learns that messages are records', async () => {
    const sink = producer(memoryCluster({ topics: { orders: 1 } }))
    const sent = sink.send({ topic: 'orders', messages: [{ value: 'a' }] } as never)
    await expect(Promise.resolve(sent)).rejects.toThrow('pass each message to sendAll as a record with its topic')
    await sink.close()
  })
})

describe('an object in the place of options', () => {
  const cluster = memoryCluster({ topics: { orders: 1 } })
  const orders = consumer(cluster, { 'group.id': 'g', subscription: subscribe('orders') })
  it('is one mistake, whatever it has: a logger, a stream', () => {
    expect(thrownBy(() => run(NEVER, console as never))).toMatch(
      /^the configuration is wrong: run is an object with \w+, \w+, \w+ and others, allowed is an object of options: one of signals, drainTimeoutMs, logger$/
    )
    expect(thrownBy(() => metrics(orders as never))).toContain('metrics is a stream, allowed is an object of options')
  })
  it('is the stream of a pipeline where an operator was not called', () => {
    expect(thrownBy(() => commit(orders as never))).toBe(
      'the configuration is wrong: commit is a stream, allowed is an object of options; an operator is called: commit()'
    )
    expect(thrownBy(() => commit({ everyMs: 1 } as never))).toContain(
      'commit: everyMs is not known, did you mean every?'
    )
  })
})
