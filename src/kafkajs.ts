export { kafkajs } from './sources/kafka/kafkajs/kafkajs-cluster.js'
export type { KafkajsProperties } from './sources/kafka/kafkajs/kafkajs-cluster.js'
export type { KafkajsInstance } from './sources/kafka/kafkajs/kafkajs-instance.js'
