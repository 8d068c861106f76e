import { ConsumerError } from '../model/consumer-error.js'

/** Throws if the argument is not a cluster, e.g. its address; otherwise only the first record would reveal that. */
export const checkCluster = (caller: string, cluster: unknown): void => {
  if (typeof cluster === 'object' && cluster !== null && '_tag' in cluster && cluster._tag === 'Cluster') return
  const isObject = typeof cluster === 'object' && cluster !== null
  // The argument is not shown: an address or configuration may contain a password.
  const given =
    cluster === undefined ? 'left out' : isObject ? 'another object' : String(cluster === null ? null : typeof cluster)
  const problem = {
    property: `${caller}: cluster`,
    given,
    allowed: 'a cluster: kafka(…), kafkajs(client) or memoryCluster(…)'
  }
  throw new ConsumerError({ _tag: 'ConfigFault', problems: [problem] })
}
