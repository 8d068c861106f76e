import kafkajs from 'kafkajs'
import { type GroupLog, type GroupMember, heartbeatMs, sessionMs } from './group-member.js'

/** A member of a group that is kafkajs's consumer. */
export interface KafkaJsMember extends GroupMember {
  readonly leader: string
}

let born = 0

/** Joins the group `topic` to read the topic of that name, with the assigner that kafkajs has by default. */
export const kafkajsMember = async (brokers: string, topic: string, log: GroupLog): Promise<KafkaJsMember> => {
  const name = `kafkajs-${String(born++)}`
  const client = new kafkajs.Kafka({
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { initialRetryTime: 50 }
  })
  const consumer = client.consumer({
    groupId: topic,
    heartbeatInterval: heartbeatMs,
    sessionTimeout: sessionMs,
    maxWaitTimeInMs: 100
  })
  let [memberId, leader] = ['', '']
  let held: ReadonlySet<number> = new Set()
  let failure: string | null = null
  const gained: number[] = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    memberId = payload.memberId
    leader = payload.leaderId
    held = new Set(payload.memberAssignment[topic])
    gained.push(...held)
  })
  consumer.on(consumer.events.REBALANCING, () => (held = new Set()))
  // A coordinator that is still loading makes it begin anew by itself.
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    if (!payload.restart) failure = payload.error.message
  })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    eachMessage: async ({ partition, message }) => {
      const offset = BigInt(message.offset)
      log.handled(name, partition, offset)
      // Each at once: before a rebalance it commits what it did only if nobody else does.
      await consumer.commitOffsets([{ topic, partition, offset: String(offset + 1n) }])
    }
  })
  return {
    name,
    gained,
    get memberId() {
      return memberId
    },
    get leader() {
      return leader
    },
    get held() {
      return held
    },
    get failure() {
      return failure
    },
    leave: async () => {
      await consumer.disconnect()
      if (failure !== null) throw new Error(`${name}: ${failure}`)
    }
  }
}
