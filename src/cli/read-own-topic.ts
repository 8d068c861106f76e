import { lastValueFrom } from 'rxjs'
import { subscribe } from '../config/subscribe.js'
import { commit } from '../operators/commit.js'
import { eachPartition } from '../operators/each-partition.js'
import type { Cluster } from '../ports/cluster.js'
import { consumer } from '../sources/consumer/consumer.js'
import { progressOf } from './progress.js'
import { printMemberEvents } from './print-member-events.js'
import { drainOnInterrupt } from './drain-on-interrupt.js'

/** Reads the user's own topic as a member of a group until Ctrl-C, from the group's offsets or the beginning. */
export const readOwnTopic = async (cluster: Cluster, topic: string, group: string): Promise<void> => {
  const reader = consumer(cluster, {
    'group.id': group,
    'auto.offset.reset': 'earliest',
    subscription: subscribe(topic)
  })
  const member = { name: group, consumer: reader }
  const progress = progressOf([member])
  const say = (line: string): void => {
    progress.say(line)
  }
  printMemberEvents(member, say)
  const stopListening = drainOnInterrupt([reader], say)
  try {
    await lastValueFrom(reader.pipe(eachPartition((partition) => partition.pipe(commit()))), { defaultValue: null })
  } finally {
    stopListening()
    progress.stop()
  }
}
