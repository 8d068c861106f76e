import { produceFault } from '../../core/producing/produce-verdict.js'
import { describeFault } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerContext } from './producer-context.js'
import type { UnplacedRecord } from './waiting-records.js'

type Settings = Pick<ProducerContext['settings'], 'maxBlockMs' | 'bufferMemory'>

const isOver = ({ maxBlockMs }: Settings): string => `max.block.ms (${String(maxBlockMs)}) is over`

/** The fault of records that have waited for `max.block.ms` for a topic that does not exist. */
export const unknownTopicFault = (settings: Settings, topic: string): Fault =>
  produceFault({ topic }, 'unknown topic', `${isOver(settings)}: the topic does not exist`, { permanent: true })

/**
 * The fault of a record that has waited for `max.block.ms`. `partitions` is the number of its topic's partitions; `trouble` is
 * why the topic is unknown.
 */
export const lateFault = (
  settings: Settings,
  { content: { topic, partition }, waitsFor }: UnplacedRecord,
  partitions: number,
  trouble: Fault | null
): Fault => {
  const late = isOver(settings)
  switch (waitsFor) {
    case 'memory': {
      const reason = `${late}: buffer.memory (${String(settings.bufferMemory)} bytes) is used up`
      return produceFault({ topic }, 'buffer full', reason, { permanent: false })
    }
    case 'partition': {
      const reason = `${late}: there is no partition ${String(partition)}, the topic has ${String(partitions)}`
      return produceFault({ topic }, 'unknown partition', reason, { permanent: true })
    }
    case 'topic':
    case null: {
      if (trouble?._tag === 'UnknownTopicFault') return unknownTopicFault(settings, topic)
      const after = trouble === null ? '' : `: ${describeFault(trouble)}`
      const reason = `${late}, and nothing is known of the topic${after}`
      return produceFault({ topic }, 'not reachable', reason, { permanent: false })
    }
  }
}
