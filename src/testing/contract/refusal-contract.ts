import { isRight } from 'fp-ts/lib/Either.js'
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs'
import type { OnFailure } from '../../model/failure-policy.js'
import { commit } from '../../operators/commit.js'
import { eachPartition } from '../../operators/each-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import { produceTo } from '../../sinks/produce-to.js'
import { deadLetter } from '../../sinks/dead-letter.js'
import { producer } from '../../sinks/producer.js'
import { collect, includes, same, until } from './checks.js'
import type { ContractCase } from './contract-case.js'
import { member, newTopic, produce, texts, uniqueName } from './contract-members.js'

const count = 20
/** The record that a compacted topic refuses. */
const bad = 7
const all = Array.from({ length: count }, (_, number) => String(number))
const good = all.filter((_, number) => number !== bad)
const keyOf = (number: number): string | null => (number === bad ? null : 'a')

const compacted = async (cluster: Cluster): Promise<string> => {
  const topic = uniqueName(cluster, 'compacted')
  await firstValueFrom(cluster.createTopics([{ topic, partitions: 1, config: { 'cleanup.policy': 'compact' } }]))
  return topic
}

/** All values of a topic with one partition, in order; a final record marks their end. */
const valuesIn = async (cluster: Cluster, topic: string): Promise<readonly (string | null)[]> => {
  await produce(cluster, topic, [{ key: 'end', value: 'end' }])
  const read: (string | null)[] = []
  const reader = member(cluster, topic, uniqueName(cluster, 'reader'))
  const run = collect(texts((record) => read.push(record.value))(reader))
  await until(() => read.includes('end'), 'the end of the topic')
  await reader.close()
  await run.ended
  return read.slice(0, -1)
}

/** Copies records into a compacted topic; returns its content, and the event about the refused record. */
const copied = async (cluster: Cluster, onFailure: OnFailure, event: string): Promise<readonly (string | null)[]> => {
  const [from, to] = [await newTopic(cluster, 1), await compacted(cluster)]
  await produce(
    cluster,
    from,
    all.map((value) => ({ key: 'a', value }))
  )
  const copier = member(cluster, from, from)
  const events: unknown[] = []
  copier.events.subscribe((emitted) => {
    if (emitted._tag === event) events.push(emitted)
  })
  const run = collect(
    copier.pipe(
      eachPartition((partition) =>
        partition.pipe(
          produceTo(cluster, {
            topic: to,
            onFailure,
            record: (record) => ({ key: keyOf(Number(record.offset)), value: record.value })
          }),
          commit({ withinMs: 20 })
        )
      )
    )
  )
  await until(() => copier.positions()[0]?.committed === BigInt(count), 'all records settled')
  await copier.close()
  await run.ended
  includes(events, [{ offset: BigInt(bad), fault: { _tag: 'ProduceFault', topic: to, trouble: 'refused' } }])
  return valuesIn(cluster, to)
}

/** What happens to the other records of a batch in which one is refused. */
export const refusalContract: readonly ContractCase[] = [
  {
    name: 'fails the one record that a topic does not take, in the broker’s words; the others of its batch are written once, in order',
    run: async (cluster) => {
      const topic = await compacted(cluster)
      const writer = producer(cluster)
      const records = all.map((value, number) => ({ topic, key: keyOf(number), value }))
      const results = await lastValueFrom(writer.sendAll(records).pipe(toArray()))
      await writer.close()
      const failed = results.flatMap(({ index, outcome }) => (isRight(outcome) ? [] : [{ index, fault: outcome.left }]))
      includes(failed, [
        {
          index: bad,
          fault: { _tag: 'ProduceFault', topic, partition: 0, trouble: 'refused', permanent: true, maybeWritten: false }
        }
      ])
      const [fault] = failed.map(({ fault: one }) => (one._tag === 'ProduceFault' ? one.reason : ''))
      same(fault?.startsWith('INVALID_RECORD: Compacted topic cannot accept message without key'), true)
      const offsets = results.flatMap(({ outcome }) => (isRight(outcome) ? [outcome.right.offset] : []))
      same(
        offsets,
        Array.from({ length: count - 1 }, (_, offset) => BigInt(offset))
      )
      same(await valuesIn(cluster, topic), good)
    }
  },
  {
    name: 'skips only the record that a topic does not take, not those that were written with it',
    run: async (cluster) => {
      same(await copied(cluster, 'skip', 'skipped'), good)
    }
  },
  {
    name: 'writes only the record that a topic does not take to the dead letters',
    run: async (cluster) => {
      const letters = await newTopic(cluster, 1)
      same(await copied(cluster, deadLetter(cluster, { topic: letters }), 'dead lettered'), good)
      same(await valuesIn(cluster, letters), [String(bad)])
    }
  }
]
