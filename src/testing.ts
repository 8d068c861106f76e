export { memoryCluster } from './broker/memory-cluster.js'
export type { MemoryCluster, MemoryClusterOptions } from './broker/memory-cluster.js'
export type { GroupDescription, GroupState, MemberDescription } from './broker/group-description.js'
