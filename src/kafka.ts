export { kafka } from './sources/kafka/kafka-cluster.js'
export type { ClientCertificate, KafkaProperties } from './config/kafka-properties.js'
export type { OAuthToken, SaslBroker, SaslMechanism, SaslResponder } from './config/sasl.js'
