import { describeFault } from '../model/describe-fault.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { RebalanceEvent } from '../model/rebalance-event.js'
import type { TopicPartition } from '../model/topic-partition.js'
import type { ShownMember } from './progress.js'

/** Writes a line for each event of a member. */
export const printMemberEvents = ({ name, consumer }: ShownMember, say: (line: string) => void): void => {
  consumer.rebalances.subscribe((event) => {
    say(`${name}: ${describeRebalance(event)}`)
  })
  consumer.events.subscribe((event) => {
    say(`${name}: ${describeEvent(event)}`)
  })
}

const describeRebalance = (event: RebalanceEvent): string => {
  switch (event._tag) {
    case 'assigned':
      return `generation ${String(event.generation)}, assigned ${list(event.gained)}`
    case 'revoking':
      return `revoking ${list(event.partitions)}: draining`
    case 'revoked':
      return `revoked ${event.partitions.map((report) => `${String(report.partition)} (${report.outcome}, committed ${String(report.committed ?? 'nothing')})`).join(', ')}`
    case 'lost':
      return `lost ${list(event.partitions)}: ${describeFault(event.fault)}`
  }
}

const describeEvent = (event: ConsumerEvent): string => {
  if ('fault' in event) return `${event._tag}: ${describeFault(event.fault)}`
  if (event._tag === 'throttled') return `throttled by ${event.broker} for ${String(event.forMs)} ms`
  if ('partition' in event) return `${event._tag}: ${event.topic}/${String(event.partition)}`
  return 'topic' in event ? `${event._tag}: ${event.topic}` : event._tag
}

const list = (partitions: readonly TopicPartition[]): string =>
  partitions.length === 0 ? 'nothing' : partitions.map(({ partition }) => String(partition)).join(', ')
