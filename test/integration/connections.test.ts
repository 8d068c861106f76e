import { createServer, connect, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startKafka, type RunningKafka } from '../../scripts/kafka-cluster.mjs'
import { ack, consumer, eachPartition, producer, subscribe } from '../../src/index.js'
import { kafka } from '../../src/kafka.js'
import { collect, until } from '../support/collect.js'
import { uniqueName } from '../support/kafka.js'
import { unreachableContract } from '../contract/unreachable-contract.js'

/** Counts what passes it. */
interface Counter {
  readonly port: number
  readonly open: Set<Socket>
  /** How many were made since this was asked last. */
  readonly made: () => number
  to: number
  close(): void
}

const counter = async (): Promise<Counter> => {
  const open = new Set<Socket>()
  let all = 0
  const server: Server = createServer((near) => {
    open.add(near)
    all++
    const far = connect({ host: '127.0.0.1', port: made.to })
    near.pipe(far).pipe(near)
    near.on('close', () => {
      open.delete(near)
      far.destroy()
    })
    for (const [one, other] of [
      [near, far],
      [far, near]
    ] as const)
      one.on('error', () => other.destroy())
  })
  await new Promise<void>((go) => server.listen(0, '127.0.0.1', go))
  const made: Counter = {
    port: (server.address() as AddressInfo).port,
    open,
    made: () => {
      const made = all
      all = 0
      return made
    },
    to: 0,
    close: () => server.close()
  }
  return made
}

describe.skipIf(inject('kafkaBrokers') === null || process.env['KAFKA_BROKERS'] !== undefined)(
  'the consumers and producers of one cluster',
  () => {
    let counted: Counter
    let own: RunningKafka
    beforeAll(async () => {
      counted = await counter()
      own = await startKafka({
        properties: { 'advertised.listeners': `PLAINTEXT://127.0.0.1:${String(counted.port)}` }
      })
      counted.to = Number(own.brokers.split(':')[1])
    })
    afterAll(async () => {
      await own.stop()
      counted.close()
    })

    const [readers, writers] = [3, 2]
    /** A fetch and a join of each consumer, metadata of all: a broker answers one connection in order, and holds both back. */
    const apart = 2 * readers + 1

    it.each([
      // Beside them heartbeats and commits of each consumer, records of each producer; refills of each consumer at most.
      ['fast', apart + readers + writers, readers],
      // Beside them one for each of these, of all; one for refills at most.
      ['few', apart + 2, 1]
    ] as const)(
      'make so many connections to a broker, and none stays behind: %s',
      async (connections, least, refills) => {
        counted.made()
        const cluster = kafka({ 'bootstrap.servers': `127.0.0.1:${String(counted.port)}`, connections })
        const topic = uniqueName('counted')
        await firstValueFrom(cluster.createTopics([{ topic, partitions: 1 }]))
        const producers = Array.from({ length: writers }, (_, number) => producer(cluster, { 'linger.ms': number }))
        const consumers = Array.from({ length: readers }, (_, number) =>
          consumer(cluster, {
            'group.id': `${topic}-${String(number)}`,
            'auto.offset.reset': 'earliest',
            subscription: subscribe(topic)
          })
        )
        const runs = consumers.map((one) => collect(one.pipe(eachPartition((partition) => partition.pipe(ack())))))
        for (const one of producers) await firstValueFrom(one.send({ topic, value: 'v' }))
        await until(() => runs.every(({ values }) => values.length === writers), 'all records by all consumers')
        await until(() => consumers.every((one) => one.positions()[0]?.committed === BigInt(writers)), 'all commits')
        // Under `few` a join's connection is closed when it was not used for ten seconds.
        expect(counted.open.size).toBeLessThanOrEqual(least + refills)
        expect(counted.made()).toBeGreaterThanOrEqual(least)
        if (connections === 'few')
          await until(() => counted.open.size <= least - readers + refills, 'that the joins are done with')
        await Promise.all([...consumers.map((one) => one.close()), ...producers.map((one) => one.close())])
        await Promise.all(runs.map(({ ended }) => ended))
        await until(() => counted.open.size === 0, 'that all are closed')
      }
    )

    it.each(unreachableContract.map(({ name, run }) => [name, run] as const))(
      'of which one cannot reach any broker: %s',
      async (_name, run) => {
        const broker = counted.to
        await run({
          cluster: kafka({ 'bootstrap.servers': `127.0.0.1:${String(counted.port)}` }),
          cutOff: (cut) => {
            // Nothing listens at port 1: a connection is made to nobody, and ends.
            counted.to = cut ? 1 : broker
            if (cut) for (const socket of counted.open) socket.destroy()
          }
        })
      }
    )
  }
)
