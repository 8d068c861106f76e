// Partition streams, one operator, commit() at its defaults: what was handled is stored after 1,000 records or a second.
import { Console } from 'node:console'
import { commit, consumer, deserialize, eachPartition, handle, json, logTo, mapValue, subscribe } from 'ackstream'
import { kafka } from 'ackstream/kafka'
import { metrics } from 'ackstream/metrics'
import { ackstreamProperties, kafkajsOptions } from '../connection.mjs'

/** Over our own connections, or over those of kafkajs (how[0] is "kafkajs"), as before there were our own. */
const clusterOf = async (brokers, [wire]) => {
  if (wire !== 'kafkajs') return kafka(ackstreamProperties(brokers))
  const [
    {
      default: { Kafka, logLevel }
    },
    { kafkajs }
  ] = [await import('kafkajs'), await import('ackstream/kafkajs')]
  return kafkajs(new Kafka({ ...kafkajsOptions(brokers), logLevel: logLevel.NOTHING }))
}

/** With a codec it gives the decoded values. */
export const decodes = true

export const consume = async ({
  brokers,
  topics,
  groupId,
  take,
  ready,
  codec,
  how = [],
  handled = false,
  from = 'beginning'
}) => {
  const records = consumer(await clusterOf(brokers, how), {
    'group.id': groupId,
    'auto.offset.reset': from === 'end' ? 'latest' : 'earliest',
    subscription: subscribe(...topics)
  })
  if (how.includes('logged')) logTo(records, new Console(process.stderr))
  if (how.includes('measured')) {
    const measured = metrics({ consumers: [records], partitions: true })
    setInterval(() => measured.text(), 200)
  }
  const taken = (value) => {
    take(value)
    return value
  }
  const pipelines = {
    plain: (partition) => partition.pipe(mapValue(taken), commit()),
    decoded: (partition) => partition.pipe(deserialize({ value: json(codec) }), mapValue(taken), commit()),
    handled: (partition) =>
      partition.pipe(
        handle(({ value }) => take(value)),
        commit()
      )
  }
  records.rebalances.subscribe(({ _tag }) => {
    if (_tag === 'assigned') ready()
  })
  records.pipe(eachPartition(pipelines[handled ? 'handled' : codec === undefined ? 'plain' : 'decoded'])).subscribe()
  return {
    holds: () => records.positions().length,
    rewind: () => {
      for (const partition of records.positions()) records.seek(partition, 'beginning')
    }
  }
}
