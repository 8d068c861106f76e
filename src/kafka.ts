export { kafka } from './sources/kafka/kafka-cluster.js'
export type { KafkaProperties } from './config/cluster-config.js'
