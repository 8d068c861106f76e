import { ConsumerError } from '../model/consumer-error.js'

/** Throws if the argument is not a cluster, e.g. its address: else that would be noticed only with the first record. */
export const checkCluster = (caller: string, cluster: unknown): void => {
  if (typeof cluster === 'object' && cluster !== null && '_tag' in cluster && cluster._tag === 'Cluster') return
  const given = typeof cluster === 'object' ? Object.prototype.toString.call(cluster) : typeof cluster
  const problem = { property: `${caller}: cluster`, given, allowed: 'kafka(…), or another cluster' }
  throw new ConsumerError({ _tag: 'ConfigFault', problems: [problem] })
}
