/**
 * Names that other clients have for properties, and properties that belong to another part of this library, with what is meant
 * here. The error says `did you mean …?`.
 */
type OtherNames = Readonly<Record<string, string>>

const ownedBy = (owner: string, names: readonly string[]): OtherNames =>
  Object.fromEntries(names.map((name) => [name, `${name} of ${owner}`]))

/** Properties of a cluster only: in Java, librdkafka and Spring, consumers and producers have them too. */
const ofClusters = [
  'bootstrap.servers',
  'client.id',
  'security.protocol',
  'sasl.mechanism',
  'sasl.username',
  'sasl.password',
  'sasl.oauthbearer.token',
  'ssl.ca.pem',
  'ssl.certificate.pem',
  'ssl.key.pem',
  'ssl.key.password',
  'ssl.certificate.provider',
  'ssl.server.name',
  'dangerouslyDisableTlsVerification',
  'allow.plaintext.sasl',
  'allowed.broker.hosts',
  'client.dns.lookup',
  'metadata.recovery.strategy',
  'socket.connection.setup.timeout.ms',
  'socket.connection.setup.timeout.max.ms',
  'connections.max.idle.ms',
  'reconnect.backoff.ms',
  'reconnect.backoff.max.ms',
  'connections',
  'max.frame.bytes'
]

/** kafkajs's, librdkafka's and Java's names for properties of a cluster. */
const connecting: OtherNames = {
  brokers: 'bootstrap.servers',
  'metadata.broker.list': 'bootstrap.servers',
  clientId: 'client.id',
  ssl: 'security.protocol',
  sasl: 'sasl.mechanism',
  'sasl.mechanisms': 'sasl.mechanism',
  requestTimeout: 'request.timeout.ms',
  'socket.timeout.ms': 'request.timeout.ms',
  connectionTimeout: 'socket.connection.setup.timeout.ms',
  authenticationTimeout: 'socket.connection.setup.timeout.ms',
  'ssl.ca.location': 'ssl.ca.pem',
  'ssl.certificate.location': 'ssl.certificate.pem',
  'ssl.key.location': 'ssl.key.pem',
  'ssl.truststore.location': 'ssl.ca.pem',
  'ssl.truststore.certificates': 'ssl.ca.pem',
  'ssl.keystore.location': 'ssl.certificate.pem',
  'ssl.keystore.certificate.chain': 'ssl.certificate.pem',
  'ssl.keystore.key': 'ssl.key.pem',
  'ssl.endpoint.identification.algorithm': 'ssl.server.name',
  'enable.ssl.certificate.verification': 'dangerouslyDisableTlsVerification',
  'sasl.jaas.config': 'sasl.username',
  'sasl.oauthbearer.token.endpoint.url': 'sasl.oauthbearer.token',
  'sasl.login.callback.handler.class': 'sasl.oauthbearer.token'
}

/** What is no property here, whichever object has it. */
const noProperties: OtherNames = {
  'allow.auto.create.topics': 'cluster.createTopics(…): no request creates a topic',
  allowAutoTopicCreation: 'cluster.createTopics(…): no request creates a topic',
  'interceptor.classes': 'an operator of the pipeline, or traceWith(…)',
  'metric.reporters': 'ackstream/metrics',
  'statistics.interval.ms': 'ackstream/metrics, or status()',
  stats_cb: 'ackstream/metrics, or status()',
  event_cb: 'logTo(…)',
  error_cb: 'events',
  log_level: 'logTo(…)',
  logLevel: 'logTo(…)',
  logCreator: 'logTo(…)'
}

/** Those of `kafka(…)`. */
export const namesOfClusters: OtherNames = {
  ...noProperties,
  ...ownedBy('consumer(…)', ['group.id', 'group.instance.id', 'auto.offset.reset', 'enable.auto.commit']),
  ...ownedBy('producer(…)', ['acks', 'enable.idempotence', 'linger.ms', 'compression.type']),
  ...connecting
}

const ofCluster: OtherNames = {
  ...ownedBy('kafka(…)', ofClusters),
  ...Object.fromEntries(Object.entries(connecting).map(([name, meant]) => [name, `${meant} of kafka(…)`]))
}

const decoded: OtherNames = {
  'key.deserializer': 'deserialize({ key }) in the pipeline',
  'value.deserializer': 'deserialize({ value }) in the pipeline'
}

/** Those of consumers. */
export const namesOfConsumers: OtherNames = {
  ...noProperties,
  ...ofCluster,
  ...decoded,
  ...ownedBy('producer(…)', ['acks', 'enable.idempotence', 'linger.ms', 'compression.type']),
  groupId: 'group.id',
  topic: 'subscription',
  topics: 'subscription',
  fromBeginning: 'auto.offset.reset',
  autoCommit: 'enable.auto.commit',
  'enable.auto.offset.store': 'commit() or ack() in the pipeline: only acknowledged records are committed',
  sessionTimeout: 'session.timeout.ms',
  rebalanceTimeout: 'max.poll.interval.ms',
  heartbeatInterval: 'heartbeat.interval.ms',
  maxWaitTimeInMs: 'fetch.max.wait.ms',
  'fetch.wait.max.ms': 'fetch.max.wait.ms',
  minBytes: 'fetch.min.bytes',
  maxBytes: 'fetch.max.bytes',
  'fetch.message.max.bytes': 'max.partition.fetch.bytes',
  maxBytesPerPartition: 'max.partition.fetch.bytes',
  'queued.max.messages.kbytes': 'maxInFlightBytes',
  'queued.min.messages': 'maxInFlight',
  partitionAssigners: 'partition.assignment.strategy',
  rackId: 'client.rack',
  readUncommitted: 'isolation.level',
  metadataMaxAge: 'metadata.max.age.ms',
  autoCommitInterval: 'auto.commit.interval.ms',
  autoCommitThreshold: 'commit({ every }) in the pipeline',
  partitionsConsumedConcurrently: 'handle(fn, { concurrency }): partitions always run in parallel',
  eachMessage: 'handle(fn) in the pipeline',
  eachBatch: 'batch({ records }) in the pipeline',
  rebalance_cb: 'rebalances',
  offset_commit_cb: 'commits'
}

/** Those of share consumers: consumer properties without meaning in a share group, with their replacements. */
export const namesOfShareConsumers: OtherNames = {
  ...namesOfConsumers,
  'auto.offset.reset': 'share.auto.offset.reset of the group',
  fromBeginning: 'share.auto.offset.reset of the group',
  'isolation.level': 'share.isolation.level of the group',
  readUncommitted: 'share.isolation.level of the group',
  'session.timeout.ms': 'share.session.timeout.ms of the group',
  sessionTimeout: 'share.session.timeout.ms of the group',
  'heartbeat.interval.ms': 'share.heartbeat.interval.ms of the group',
  heartbeatInterval: 'share.heartbeat.interval.ms of the group',
  'enable.auto.commit': 'ack(): a share group has no offsets to commit',
  autoCommit: 'ack(): a share group has no offsets to commit',
  autoCommitInterval: 'ack(): a share group has no offsets to commit',
  autoCommitThreshold: 'ack(): a share group has no offsets to commit',
  'enable.auto.offset.store': 'ack() in the pipeline',
  'share.acknowledgement.mode': 'ack() in the pipeline',
  'fetch.message.max.bytes': 'fetch.max.bytes',
  maxBytesPerPartition: 'fetch.max.bytes',
  'max.partition.fetch.bytes': 'fetch.max.bytes',
  'queued.max.messages.kbytes': 'maxInFlight',
  rebalance_cb: 'events',
  offset_commit_cb: 'acknowledgements',
  'group.instance.id': 'nothing: a share group has no static members',
  'partition.assignment.strategy': 'nothing: the brokers assign',
  partitionAssigners: 'nothing: the brokers assign',
  startFrom: 'share.auto.offset.reset of the group'
}

/** Those of producers. */
export const namesOfProducers: OtherNames = {
  ...noProperties,
  ...ofCluster,
  ...ownedBy('consumer(…)', ['group.id', 'auto.offset.reset', 'enable.auto.commit']),
  ...ownedBy('transactionalProducer(…) or transactional(…)', ['transactional.id', 'transaction.timeout.ms']),
  'key.serializer': 'a text or bytes as key, or the codecs of topics(…)',
  'value.serializer': 'a text or bytes as value, or the codecs of topics(…)',
  idempotent: 'enable.idempotence',
  maxInFlightRequests: 'max.in.flight.requests.per.connection',
  'max.in.flight': 'max.in.flight.requests.per.connection',
  'compression.codec': 'compression.type',
  compression: 'compression.type',
  'request.required.acks': 'acks',
  transactionalId: 'transactional.id of transactionalProducer(…) or transactional(…)',
  'queue.buffering.max.ms': 'linger.ms',
  'queue.buffering.max.kbytes': 'buffer.memory',
  'queue.buffering.max.messages': 'buffer.memory',
  'batch.num.messages': 'batch.size',
  'message.max.bytes': 'max.request.size',
  'message.timeout.ms': 'delivery.timeout.ms',
  'message.send.max.retries': 'retries',
  createPartitioner: 'partitioner',
  'partitioner.class': 'partitioner',
  dr_cb: 'what send(…) returns',
  dr_msg_cb: 'what send(…) returns'
}
