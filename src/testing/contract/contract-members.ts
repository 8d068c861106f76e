import { from, lastValueFrom, type Observable } from 'rxjs'
import { nullable } from '../../codecs/nullable.js'
import { utf8 } from '../../codecs/utf8.js'
import type { ConsumerConfig } from '../../config/consumer-config.js'
import { subscribe } from '../../config/subscribe.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerRecord } from '../../model/producer-record.js'
import { commit } from '../../operators/commit.js'
import { deserialize } from '../../operators/deserialize.js'
import { eachPartition } from '../../operators/each-partition.js'
import { handle } from '../../operators/handle.js'
import type { Cluster } from '../../ports/cluster.js'
import { produceTo } from '../../sinks/produce-to.js'
import { consumer, type Consumer } from '../../sources/consumer/consumer.js'

let named = 0

/** A unique name for a topic or group. */
export const uniqueName = (cluster: Cluster, prefix: string): string =>
  [prefix, Math.floor(cluster.clock.wallTime()), Math.floor(cluster.random() * 1e9), named++].map(String).join('-')

export const faultOf = (ended: 'complete' | Error): Fault | null =>
  ended instanceof ConsumerError ? ended.fault : null

export const createTopic = async (cluster: Cluster, topic: string, partitions: number): Promise<void> => {
  await cluster.createTopics([{ topic, partitions }])
}

export const newTopic = async (cluster: Cluster, partitions: number): Promise<string> => {
  const topic = uniqueName(cluster, 'contract')
  await createTopic(cluster, topic, partitions)
  return topic
}

export const produce = async (cluster: Cluster, topic: string, records: readonly ProducerRecord[]): Promise<void> => {
  await lastValueFrom(from(records).pipe(produceTo(cluster, { topic })), { defaultValue: null })
}

export const numbered = (count: number, partition?: number, first = 0): readonly ProducerRecord[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `key-${String((first + index) % 7)}`,
    value: String(first + index),
    ...(partition === undefined ? {} : { partition })
  }))

export const member = (cluster: Cluster, topic: string, group: string, more: Partial<ConsumerConfig> = {}): Consumer =>
  consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    'heartbeat.interval.ms': 200,
    'session.timeout.ms': 6_000,
    subscription: subscribe(topic),
    ...more
  })

/** Long polls beyond a contract's time limit, so that a case fails if something waits for the end of one. */
export const longPolls = { 'fetch.max.wait.ms': 100_000, 'request.timeout.ms': 110_000 } as const

/** A record of a contract's topic. */
export type Read = ConsumerRecord<string | null, string | null>

export const texts =
  (work: (record: Read) => unknown = () => undefined) =>
  (members: Consumer): Observable<unknown> =>
    members.pipe(
      eachPartition((partition) =>
        partition.pipe(
          deserialize({ key: nullable(utf8), value: nullable(utf8) }),
          handle((record) => work(record)),
          commit({ withinMs: 20 })
        )
      )
    )

export const committedEnds = (members: Consumer, count: number): boolean => {
  const positions = members.positions()
  return (
    positions.length === count &&
    positions.every(({ lag, committed, position }) => lag === 0n && committed === position)
  )
}
