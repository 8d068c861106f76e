#!/usr/bin/env node
import { parseArgs } from 'node:util'
import { memoryCluster } from '../sources/memory/memory-cluster.js'
import { reasonOf } from '../model/printable.js'
import { kafka } from '../sources/kafka/kafka-cluster.js'
import { readOwnTopic } from './read-own-topic.js'
import { runShop } from './shop/run-shop.js'

const usage = `npm start                                  a shop's orders on an embedded cluster
npm start -- --brokers HOST:PORT           the same on real Kafka
npm start -- --brokers HOST:PORT --topic NAME --group ID
                                           reads a topic of your own, until Ctrl-C drains it
npm start -- --orders N                    how many orders the shop gets (default 6000)
`

const run = async (): Promise<number> => {
  const { values } = parseArgs({
    options: {
      brokers: { type: 'string' },
      topic: { type: 'string' },
      group: { type: 'string' },
      orders: { type: 'string', default: '6000' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    process.stdout.write(usage)
    return 0
  }
  const orders = Number(values.orders)
  if (!Number.isSafeInteger(orders) || orders < 1)
    throw new Error(`--orders takes a whole number from 1, not ${values.orders}`)
  const { brokers, topic, group } = values
  const cluster = brokers === undefined ? memoryCluster() : kafka({ 'bootstrap.servers': brokers, 'client.id': 'shop' })
  if (topic !== undefined || group !== undefined) {
    if (topic === undefined || group === undefined || brokers === undefined)
      throw new Error('--topic, --group and --brokers go together')
    await readOwnTopic(cluster, topic, group)
    return 0
  }
  // On an existing cluster each run uses topics of its own.
  const suffix = brokers === undefined ? '' : `-${Date.now().toString(36)}`
  return (await runShop(cluster, suffix, orders)) ? 0 : 1
}

run().then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    process.stderr.write(`${reasonOf(error)}\n`)
    process.exitCode = 1
  }
)
