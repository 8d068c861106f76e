// Brings up Kafka in KRaft mode from Maven's jars, on free loopback ports. Used by `npm run kafka:up` and by the tests.
import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { mavenJars } from './cache.mjs'
import { needsZookeeper, startZookeeper, withZookeeper } from './zookeeper.mjs'

const host = '127.0.0.1'
/** What the tests run on. */
const usual = process.env.KAFKA_VERSION ?? '4.1.0'

/** What is missing to run Kafka here, or null. */
export const missingTools = () => {
  const has = (command, flag) => spawnSync(command, [flag], { stdio: 'ignore' }).status === 0
  if (!has('java', '-version')) return 'Java 17'
  if (!has('mvn', '--version')) return 'Maven'
  return null
}

/** The jars of a Kafka version, in the cache. */
export const kafkaJars = (version = usual) => mavenJars(`kafka-${version}`, `org.apache.kafka:kafka_2.13:${version}`)

/** The command-line tools of that version, which need the jars of `kafkaJars` beside them. */
export const toolJars = (version = usual) =>
  mavenJars(`kafka-tools-${version}`, `org.apache.kafka:kafka-tools:${version}`, '-DexcludeTransitive=true')

export const freePort = () =>
  new Promise((done, failed) => {
    const server = createServer()
    server.on('error', failed)
    server.listen(0, host, () => {
      const { port } = server.address()
      server.close(() => done(port))
    })
  })

const answers = (port, secure) =>
  new Promise((done) => {
    // ApiVersions v0, or where nobody has to authenticate Metadata v0: a broker that serves, and knows of one.
    const request = secure ? '0000000a0012000000000001ffff' : '0000000e0003000000000001ffff00000000'
    const ask = () => socket.write(Buffer.from(request, 'hex'))
    const socket = secure ? connectTls({ host, port, rejectUnauthorized: false }, ask) : connect({ host, port }, ask)
    const finish = (result) => {
      socket.destroy()
      done(result)
    }
    socket.setTimeout(1_000, () => finish(false))
    socket.once('data', (answer) => finish(secure || (answer.length >= 12 && answer.readInt32BE(8) > 0)))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
  })

const java = (path, args, options) =>
  spawn('java', ['-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-cp', path, ...args], options)

/** A certificate for the loopback address: in a store, in one of who trusts it, and as the PEM that clients trust. */
const selfSigned = (folder) => {
  const keytool = (file, ...args) => {
    const store = ['-keystore', join(folder, file), '-storepass', storePassword, '-storetype', 'PKCS12']
    const made = spawnSync('keytool', [...store, '-alias', 'broker', ...args], { encoding: 'utf8' })
    if (made.status !== 0) throw new Error(`keytool failed:\n${made.stdout}${made.stderr}`)
    return made.stdout
  }
  keytool('broker.p12', '-genkeypair', '-keyalg', 'RSA', '-dname', 'CN=broker', '-ext', `san=ip:${host}`)
  const certificate = keytool('broker.p12', '-exportcert', '-rfc')
  writeFileSync(join(folder, 'broker.pem'), certificate)
  keytool('trusted.p12', '-importcert', '-noprompt', '-file', join(folder, 'broker.pem'))
  return certificate
}

const storePassword = 'only-for-tests'

/** TLS with SASL: PLAIN and SCRAM for one user, OAUTHBEARER for whoever says who he is (tokens without a signature). */
const secured = ({ folder, user, password, port, controller }) => {
  const login = (module, more) => `org.apache.kafka.common.security.${module}LoginModule required${more};`
  const listener = 'listener.name.sasl_ssl'
  return {
    listeners: `SASL_SSL://${host}:${port},CONTROLLER://${host}:${controller}`,
    'advertised.listeners': `SASL_SSL://${host}:${port}`,
    'listener.security.protocol.map': 'SASL_SSL:SASL_SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'SASL_SSL',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    [`${listener}.plain.sasl.jaas.config`]: login(
      'plain.Plain',
      ` username="${user}" password="${password}" user_${user}="${password}"`
    ),
    [`${listener}.scram-sha-256.sasl.jaas.config`]: login('scram.Scram', ''),
    [`${listener}.scram-sha-512.sasl.jaas.config`]: login('scram.Scram', ''),
    [`${listener}.oauthbearer.sasl.jaas.config`]: login(
      'oauthbearer.OAuthBearer',
      ' unsecuredLoginStringClaim_sub="broker"'
    ),
    'ssl.keystore.type': 'PKCS12',
    'ssl.keystore.location': join(folder, 'broker.p12'),
    'ssl.keystore.password': storePassword,
    'ssl.truststore.type': 'PKCS12',
    'ssl.truststore.location': join(folder, 'trusted.p12'),
    'ssl.truststore.password': storePassword
  }
}

const listenersOf = (port, controller) => `PLAINTEXT://${host}:${port},CONTROLLER://${host}:${controller}`

const properties = ({ id, ports, controllers, nodes, data, size }) =>
  Object.entries({
    'process.roles': 'broker,controller',
    'node.id': id,
    'broker.rack': `rack-${id}`,
    'controller.quorum.voters': controllers.map((port, index) => `${index + 1}@${host}:${port}`).join(','),
    listeners: listenersOf(ports[id - 1], controllers[id - 1]),
    'advertised.listeners': `PLAINTEXT://${host}:${ports[id - 1]}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': data,
    'offsets.topic.replication.factor': size,
    'offsets.topic.num.partitions': 5,
    'transaction.state.log.replication.factor': size,
    'transaction.state.log.min.isr': Math.min(2, size),
    'transaction.state.log.num.partitions': 5,
    'default.replication.factor': size,
    'min.insync.replicas': Math.min(2, size),
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1_000,
    'group.consumer.min.heartbeat.interval.ms': 500,
    'group.consumer.heartbeat.interval.ms': 500,
    'group.share.min.heartbeat.interval.ms': 500,
    'group.share.heartbeat.interval.ms': 500,
    'group.share.min.record.lock.duration.ms': 1_000,
    'share.coordinator.state.topic.replication.factor': size,
    'share.coordinator.state.topic.min.isr': Math.min(2, size),
    'share.coordinator.state.topic.num.partitions': 5,
    'auto.create.topics.enable': false,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    // Tests write records of long ago, which Kafka would delete half a minute after its start.
    'log.retention.ms': -1,
    ...nodes
  })
    .map(([key, value]) => `${key}=${value}`)
    .join('\n')

/**
 * Starts 1 or 3 nodes and waits until each answers. With `sasl` a node speaks only SASL over TLS, and `certificate` is what
 * its clients have to trust. Before 3.3 a node has a ZooKeeper beside it. `properties` may depend on the node's id and its listeners.
 * `classes` is a folder of compiled classes that nodes find.
 *
 * @param {{ version?: string, nodes?: 1 | 3, detached?: boolean, properties?: import('./kafka-cluster.mjs').KafkaOptions['properties'], sasl?: { user: string, password: string }, classes?: string | null }} [options]
 */
export const startKafka = async ({
  version = usual,
  nodes = 1,
  detached = false,
  properties: extra = {},
  sasl,
  classes = null
} = {}) => {
  // prettier-ignore
  const libs = kafkaJars(version)
  const path = classes === null ? `${libs}/*` : `${libs}/*${delimiter}${classes}`
  const folder = mkdtempSync(join(tmpdir(), 'ackstream-kafka-'))
  const ports = await Promise.all(Array.from({ length: nodes }, freePort))
  const controllers = await Promise.all(Array.from({ length: nodes }, freePort))
  const old = needsZookeeper(version)
  if (old && (nodes > 1 || sasl !== undefined)) throw new Error(`Kafka ${version} runs here as one node without SASL`)
  const clusterId = randomBytes(16).toString('base64url')
  const members = []
  const more = (id) =>
    typeof extra === 'function' ? extra(id, listenersOf(ports[id - 1], controllers[id - 1])) : extra
  const secure = sasl !== undefined
  const certificate = secure ? selfSigned(folder) : ''
  for (let id = 1; id <= nodes; id++) {
    const config = join(folder, `node-${id}.properties`)
    const own = secure ? secured({ folder, ...sasl, port: ports[id - 1], controller: controllers[id - 1] }) : {}
    const all = {
      id,
      ports,
      controllers,
      nodes: { ...own, ...more(id) },
      data: join(folder, `data-${id}`),
      size: nodes
    }
    writeFileSync(config, old ? withZookeeper(properties(all), controllers[0]) : properties(all))
    members.push({ id, config, port: ports[id - 1], process: null })
    if (old) continue
    const scram = secure
      ? [256, 512].flatMap((bits) => ['--add-scram', `SCRAM-SHA-${bits}=[name=${sasl.user},password=${sasl.password}]`])
      : []
    // Share groups are a preview there, and switched off.
    const features = /^4\.1\./.test(version) ? ['--feature', 'share.version=1'] : []
    // With an equals sign: one id in sixty-four begins with a dash, which would be taken for another option.
    const format = spawnSync(
      'java',
      [
        '-cp',
        path,
        'kafka.tools.StorageTool',
        'format',
        `--cluster-id=${clusterId}`,
        '-c',
        config,
        ...features,
        ...scram
      ],
      { encoding: 'utf8' }
    )
    if (format.status !== 0)
      throw new Error(`Kafka's storage could not be formatted:\n${format.stdout}${format.stderr}`)
  }

  const launch = (member) => {
    const log = openSync(join(folder, `node-${member.id}.log`), 'a')
    member.process = java(path, ['kafka.Kafka', member.config], { stdio: ['ignore', log, log], detached })
    if (detached) member.process.unref()
  }
  const ready = async (member) => {
    const until = Date.now() + 300_000
    while (!(await answers(member.port, secure))) {
      if (member.process.exitCode !== null || Date.now() > until)
        throw new Error(`node ${member.id} did not come up; see ${join(folder, `node-${member.id}.log`)}`)
      await new Promise((go) => setTimeout(go, 200))
    }
  }
  const ended = (member) =>
    member.process.exitCode !== null || member.process.signalCode !== null
      ? Promise.resolve()
      : new Promise((done) => member.process.once('exit', done))

  const zookeeper = old ? await startZookeeper(libs, controllers[0], folder, detached) : null
  for (const member of members) launch(member)
  const killAll = () => {
    for (const member of members) member.process?.kill('SIGKILL')
  }
  // Nothing outlives the run that started it.
  if (!detached) process.once('exit', killAll)
  try {
    await Promise.all(members.map(ready))
  } catch (error) {
    killAll()
    await zookeeper?.stop()
    throw error
  }

  return {
    brokers: ports.map((port) => `${host}:${port}`).join(','),
    certificate,
    folder,
    pids: [...members.map((member) => member.process.pid), ...(zookeeper?.pids ?? [])],
    /** @param {number} id @param {NodeJS.Signals} signal */
    signal: (id, signal) => members[id - 1].process.kill(signal),
    /** Kills a node at once and waits until it is gone. @param {number} id */
    kill: async (id) => {
      members[id - 1].process.kill('SIGKILL')
      await ended(members[id - 1])
    },
    /** Starts a node again that was killed. @param {number} id */
    restart: async (id) => {
      launch(members[id - 1])
      await ready(members[id - 1])
    },
    stop: async () => {
      for (const member of members) member.process.kill('SIGTERM')
      const timer = setTimeout(killAll, 10_000)
      await Promise.all(members.map(ended))
      clearTimeout(timer)
      await zookeeper?.stop()
      process.removeListener('exit', killAll)
      rmSync(folder, { recursive: true, force: true })
    }
  }
}
