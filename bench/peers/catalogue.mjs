// Every peer by its name: how it is started in a role, which is what it is to do.
import { fileURLToPath } from 'node:url'
import { goProgram, javaProgram, npmPackage } from './install.mjs'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

/** A program of its own in Node; what is given here stands before the other arguments. */
export const script = (path, ...given) => ({ start: () => [process.execPath, ['--expose-gc', at(path), ...given]] })

/** One of the programs in node/, which says what is measured, with the module in node/clients that uses the client. */
const node = (client, install = () => undefined) => ({
  inNode: true,
  start: (role) => {
    install()
    return script(`node/${role}.mjs`, client).start()
  }
})

/** A program of java/, with the jars that it needs, and system properties. */
export const javaPeer = (main, artifact, ...properties) => ({
  start: () => ['java', [...properties, ...javaProgram(main, artifact)]]
})

const franz = { start: (role) => [goProgram(), [role]] }
const platformatic = node('platformatic', () => npmPackage('platformatic', '@platformatic/kafka'))

export const ours = 'ackstream'
/** The same engine on connections that kafkajs makes. */
export const oursOnKafkajs = 'ackstream/kafkajs'

const readers = {
  [ours]: node('ackstream'),
  [oursOnKafkajs]: node('ackstream:kafkajs'),
  'kafkajs `eachBatch`': node('kafkajs:eachBatch'),
  'kafkajs `eachBatch`, its auto commit': node('kafkajs:eachBatch:auto'),
  'kafkajs `eachMessage`': node('kafkajs:eachMessage'),
  'kafkajs `eachMessage`, its auto commit': node('kafkajs:eachMessage:auto'),
  '@platformatic/kafka': platformatic,
  'Java `KafkaConsumer`': javaPeer('ConsumerPeer', 'kafka'),
  'Reactor Kafka `receive`': javaPeer('ReactorPeer', 'reactor'),
  'Reactor Kafka `receiveAutoAck`': javaPeer('ReactorPeer', 'reactor', '-Dack=batch'),
  'franz-go': franz
}

/** No client, but what Node itself takes for the same bytes; measured only when named: \`--peers bare\`. */
const bareReaders = {
  'bare socket, numbers read in place': script('node/bare/consume.mjs', 'numbers'),
  'bare socket, a view of each value': script('node/bare/consume.mjs', 'views')
}
const bareWriters = {
  'bare socket, finished batches': script('node/bare/produce.mjs', 'written'),
  'bare socket, batches filled by a loop': script('node/bare/produce.mjs', 'encode')
}
const bareCopiers = { 'bare sockets and a loop': script('node/bare/copy.mjs') }

/** All that read by themselves. */
export const consumers = Object.keys(readers).filter((name) => name !== oursOnKafkajs)
/** These, and what bounds those in Node. */
export const drainers = [...consumers, ...Object.keys(bareReaders)]
/** Those of them whose event loop, heap and JSON are Node's. */
export const inNode = consumers.filter((name) => readers[name].inNode)

const withProducers = (javaMain) => ({
  [ours]: readers[ours],
  kafkajs: node('kafkajs'),
  '@platformatic/kafka': platformatic,
  Java: javaPeer(javaMain, 'kafka'),
  'franz-go': franz
})
/** Those that write, in the role `produce`. */
export const writers = { ...withProducers('ProducerPeer'), ...bareWriters }
/** Those that read, change, write and commit, in the role `copy`. */
export const copiers = { ...withProducers('CopyPeer'), ...bareCopiers }

/** The same with transactions, in the role `copy`. */
export const transactionalCopiers = {
  [ours]: node('ackstream-transactional'),
  kafkajs: node('kafkajs-transactional'),
  Java: javaPeer('TransactionalCopyPeer', 'kafka')
}

/** Those that read as a member of a share group (Kafka 4.2). */
export const sharers = {
  [ours]: script('node/share.mjs'),
  'Java `KafkaShareConsumer`': javaPeer('SharePeer', 'kafka')
}

/** How each of these peers is started in a role. One that cannot be here is left out, and loudly. */
export const prepared = (peers, names, role) => {
  const commands = {}
  for (const name of names)
    try {
      commands[name] = peers[name].start(role)
    } catch (error) {
      console.warn(`SKIPPED: ${name} is not measured here: ${error.message.trim().split('\n')[0]}`)
    }
  return commands
}

/** Those in Node that read, up to their first record. */
export const starters = (names) => prepared(readers, names, 'first')

/** The same of those that read. */
export const ready = (names) => prepared({ ...readers, ...bareReaders }, names, 'consume')

/** Whether this is a client, and no bound. */
export const isClient = (name) => !name.startsWith('bare')
