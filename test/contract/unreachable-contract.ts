import { commit, consumer, eachPartition, handle, producer, subscribe } from '../../src/index.js'
import type { Cluster, Consumer } from '../../src/index.js'
import { expect } from 'vitest'
import { collect, type Collected, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'

/** A cluster that nobody can reach while it is cut off. */
export interface UnreachableTrial {
  readonly cluster: Cluster
  readonly cutOff: (cut: boolean) => void
}

export interface UnreachableRule {
  readonly name: string
  readonly run: (trial: UnreachableTrial) => Promise<void>
}

interface Reading {
  readonly reader: Consumer
  readonly run: Collected<unknown>
  readonly seen: string[]
}

const reading = (cluster: Cluster, topic: string, unreachableMs: number | null): Reading => {
  const seen: string[] = []
  const reader = consumer(cluster, {
    'group.id': topic,
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': 100,
    'session.timeout.ms': 6_000,
    'retry.backoff.max.ms': 100,
    'unreachable.timeout.ms': unreachableMs,
    subscription: subscribe(topic)
  })
  const run = collect(
    reader.pipe(
      eachPartition((partition) =>
        partition.pipe(
          handle(({ value }) => void seen.push(Buffer.from(value ?? []).toString())),
          commit({ every: 1 })
        )
      )
    )
  )
  return { reader, run, seen }
}

const isStored = ({ reader }: Reading, offset: bigint): boolean => reader.positions()[0]?.committed === offset

/** What becomes of members that can reach no broker. */
export const unreachableContract: readonly UnreachableRule[] = [
  {
    name: 'ends after unreachable.timeout.ms, and what was stored is where the next member begins',
    run: async ({ cluster, cutOff }) => {
      const topic = uniqueName('unreachable')
      await cluster.createTopics([{ topic, partitions: 1 }])
      const writer = producer(cluster)
      await writer.send({ topic, value: 'a' })
      const first = reading(cluster, topic, 1_000)
      await until(() => isStored(first, 1n), 'the first record is stored')
      cutOff(true)
      const ended = await first.run.ended
      cutOff(false)
      expect(ended).toMatchObject({
        fault: { _tag: 'UnreachableFault', what: expect.stringMatching(/any broker|the coordinator/) as string }
      })
      const { fault } = ended as unknown as { readonly fault: { readonly forMs: number } }
      expect(fault.forMs).toBeGreaterThan(900)
      await writer.send({ topic, value: 'b' })
      await writer.close()
      const second = reading(cluster, topic, null)
      await until(() => isStored(second, 2n), 'the second record is stored')
      await second.reader.close()
      expect([first.seen, second.seen]).toEqual([['a'], ['b']])
    }
  },
  {
    name: 'goes on without it, for as long as it takes',
    run: async ({ cluster, cutOff }) => {
      const topic = uniqueName('unreachable')
      await cluster.createTopics([{ topic, partitions: 1 }])
      const one = reading(cluster, topic, null)
      const events = collect(one.reader.events)
      await until(() => one.reader.positions().length === 1, 'its partition')
      cutOff(true)
      const attempts = (): number => events.values.filter(({ _tag }) => _tag === 'reconnecting').length
      await until(() => attempts() > 0, 'a failed attempt')
      cutOff(false)
      const writer = producer(cluster)
      await writer.send({ topic, value: 'a' })
      await writer.close()
      await until(() => isStored(one, 1n), 'the record is stored')
      await one.reader.close()
      expect([one.seen, await one.run.ended]).toEqual([['a'], 'complete'])
    }
  }
]
