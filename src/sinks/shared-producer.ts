import { isLeft } from 'fp-ts/lib/Either.js'
import {
  type ChoosePartition,
  decodeProducerConfig,
  type ProducerProperties,
  type ProducerSettings
} from '../config/producer-config.js'
import { ConsumerError } from '../model/consumer-error.js'
import type { Cluster } from '../ports/cluster.js'
import type { ProducerSession } from '../ports/producer-session.js'

interface Shared {
  readonly session: ProducerSession
  uses: number
}

const producers = new WeakMap<Cluster, Map<string, Shared>>()
/** Partitioners are compared by identity, not by their text. */
const partitioners = new WeakMap<ChoosePartition, number>()
let partitionerNumber = 0

/** A use of a producer; `release` ends it. */
export interface ProducerUse {
  readonly session: ProducerSession
  readonly release: () => void
}

/**
 * One producer per cluster and settings for all pipelines that write through it: the first use opens it, the last
 * closes it.
 *
 * @throws ConsumerError with a `ConfigFault`
 */
export const useProducer = (cluster: Cluster, properties: ProducerProperties): ProducerUse => {
  const { settings, key } = decoded(properties)
  const known = producers.get(cluster) ?? new Map<string, Shared>()
  producers.set(cluster, known)
  const shared = known.get(key) ?? { session: cluster.openProducer(settings), uses: 0 }
  known.set(key, shared)
  shared.uses++
  let released = false
  return {
    session: shared.session,
    release: () => {
      if (released) return
      released = true
      if (--shared.uses > 0) return
      known.delete(key)
      shared.session.close()
    }
  }
}

/** By properties that never change, so that they are not decoded for each record. */
const constants = new WeakMap<ProducerProperties, Decoded>()

interface Decoded {
  readonly settings: ProducerSettings
  readonly key: string
}

const decoded = (properties: ProducerProperties): Decoded => {
  const known = constants.get(properties)
  if (known !== undefined) return known
  const settings = decodeProducerConfig(properties)
  if (isLeft(settings)) throw new ConsumerError(settings.left)
  const { partitioner, ...plain } = settings.right
  const key = `${JSON.stringify(plain)} ${partitioner === null ? '' : String(numberOf(partitioner))}`
  const made = { settings: settings.right, key }
  if (Object.isFrozen(properties)) constants.set(properties, made)
  return made
}

const numberOf = (partitioner: ChoosePartition): number => {
  const known = partitioners.get(partitioner) ?? ++partitionerNumber
  partitioners.set(partitioner, known)
  return known
}
