import { TakenRecord, takeRecord } from '../../core/producing/outgoing-record.js'
import { Partitioner } from '../../core/producing/partitioner.js'
import type { Clock } from '../../model/clock.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { type ProducerRecord, wireBytes } from '../../model/producer-record.js'
import type { BrokerModel } from './broker-model.js'

/** Records that a test appends to the logs directly, partitioned as a producer would. */
export class DirectAppends {
  private readonly model: BrokerModel
  private readonly clock: Clock
  private readonly partitioner: Partitioner

  constructor(model: BrokerModel, clock: Clock, random: () => number) {
    this.model = model
    this.clock = clock
    this.partitioner = new Partitioner(random)
  }

  append(topic: string, records: readonly Omit<ProducerRecord, 'topic'>[], producerId?: bigint): readonly Committed[] {
    const { model, clock, partitioner } = this
    return records.map((given) => {
      const foreign = foreignTime(given)
      const record = takeRecord(foreign === undefined ? given : { ...given, timestamp: undefined }, topic)
      if (!(record instanceof TakenRecord)) throw new ConsumerError(record)
      const key = wireBytes(record.key)
      const value = wireBytes(record.value)
      const count = model.partitionsOf(topic)
      if (count === 0)
        throw new Error(`the topic ${topic} does not exist: createTopic(${JSON.stringify(topic)}, …) first`)
      const partition = record.partition ?? partitioner.choose(topic, key, { count })
      if (key === null && partitioner.placed(topic, value?.length ?? 0, true)) partitioner.moveOn(topic, { count })
      const headers = record.headers.map((header) => ({ name: header.name, value: wireBytes(header.value) }))
      const timestamp = foreign ?? record.timestamp ?? clock.wallTime()
      const offset = model.append({ topic, partition }, [{ key, value, headers, timestamp }], producerId)
      if (offset === undefined) throw new Error(`${topic} has no partition ${String(partition)}`)
      return { topic, partition, offset }
    })
  }
}

/** Timestamps that our producer never writes, such as -1 for none; logs may contain them from other clients. */
const foreignTime = (given: Omit<ProducerRecord, 'topic'> | null): number | undefined => {
  const timestamp = given?.timestamp
  return timestamp !== undefined &&
    Number.isInteger(timestamp) &&
    (timestamp < 0 || timestamp > Number.MAX_SAFE_INTEGER)
    ? timestamp
    : undefined
}
