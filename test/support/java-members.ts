import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { kafkaJars, missingTools } from '../../scripts/kafka-cluster.mjs'
import { until } from './collect.js'
import type { GroupLog, GroupMember } from './group-member.js'

const program = fileURLToPath(new URL('./java/JavaMember.java', import.meta.url))

/** A member of a group that is Kafka's own `KafkaConsumer`. */
export interface JavaMember extends GroupMember {
  /** Every call of its rebalance listener: `assigned 0,1`. */
  readonly rebalances: readonly string[]
  readonly closed: boolean
}

export type JavaProperties = Readonly<Record<string, string | number>>

export interface JavaMembers {
  /** Joins the group `topic` to read the topic of that name. */
  readonly open: (topic: string, properties: JavaProperties, log: GroupLog) => JavaMember
  readonly stop: () => Promise<void>
}

/** A suite beside Java members on real Kafka; where they cannot run it is skipped, which is said loudly. */
export const describeBesideJava = (name: string, suite: (brokers: string, java: () => JavaMembers) => void): void => {
  const brokers = inject('kafkaBrokers')
  describe.skipIf(brokers === null || missingForJava() !== null)(name, () => {
    let members: JavaMembers | undefined
    beforeAll(() => {
      members = startJavaMembers(brokers ?? '')
    })
    afterAll(() => members?.stop())
    suite(brokers ?? '', () => {
      if (members === undefined) throw new Error('no Java members before the suite runs')
      return members
    })
  })
}

/** What is missing to run Java's client here, or null; with CI=true nothing may be. */
const missingForJava = (): string | null => {
  const compiles = spawnSync('javac', ['-version'], { stdio: 'ignore' }).status === 0
  const missing = missingTools() ?? (compiles ? null : 'a JDK: there is only a Java runtime')
  if (missing === null) return null
  const hint = `the tests beside Kafka’s Java client need ${missing}`
  if (process.env['CI'] === 'true') throw new Error(hint)
  console.warn(`\n*** SKIPPED: ${hint} ***\n`)
  return missing
}

/** One process for any number of Java members; it ends with this one at the latest. */
const startJavaMembers = (brokers: string): JavaMembers => {
  const libs = kafkaJars(process.env['KAFKA_VERSION'] ?? '4.1.0')
  const flags = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const jvm = spawn('java', [...flags, '-cp', `${libs}/*`, program, brokers], { stdio: ['pipe', 'pipe', 'pipe'] })
  let complaints = ''
  jvm.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
  // Whoever is told something when it has gone is told why by its exit.
  jvm.stdin.on('error', () => undefined)
  const members = new Map<string, Listener>()
  createInterface({ input: jvm.stdout }).on('line', (line) => {
    const [name = '', what = '', ...rest] = line.split(' ')
    members.get(name)?.hear(what, rest)
  })
  const exited = once(jvm, 'close').then(() => {
    for (const member of members.values())
      if (!member.closed) member.gone(`the process of all Java members ended: ${complaints}`)
  })
  const tell = (line: string): void => void jvm.stdin.write(`${line}\n`)
  return {
    open: (topic, properties, log) => {
      const name = `java-${String(members.size)}`
      const member = new Listener(name, String(properties['group.instance.id'] ?? name), log, () => {
        tell(`close ${name}`)
      })
      members.set(name, member)
      const given = Object.entries({ 'group.id': topic, 'fetch.max.wait.ms': 100, ...properties })
      tell(['open', name, topic, ...given.map(([key, value]) => `${key}=${String(value)}`)].join(' '))
      return member
    },
    stop: async () => {
      jvm.stdin.end()
      await exited
      if (jvm.exitCode !== 0) throw new Error(`the process of the Java members failed: ${complaints}`)
    }
  }
}

const numbers = (text: string | undefined): readonly number[] =>
  text === undefined || text === '' ? [] : text.split(',').map(Number)

/** A Java member as far as it has told of itself. */
class Listener implements JavaMember {
  memberId = ''
  failure: string | null = null
  closed = false
  readonly held = new Set<number>()
  readonly gained: number[] = []
  readonly rebalances: string[] = []
  readonly name: string
  private readonly owner: string
  private readonly log: GroupLog
  private readonly close: () => void

  constructor(name: string, owner: string, log: GroupLog, close: () => void) {
    this.name = name
    this.owner = owner
    this.log = log
    this.close = close
  }

  async leave(): Promise<void> {
    this.close()
    await until(() => this.closed, `${this.name} has left`)
    if (this.failure !== null) throw new Error(`${this.name}: ${this.failure}`)
  }

  gone(why: string): void {
    this.failure = why
    this.closed = true
  }

  hear(what: string, rest: readonly string[]): void {
    switch (what) {
      case 'record':
        this.log.handled(this.name, Number(rest[0]), BigInt(rest[1] ?? ''))
        break
      case 'assigned': {
        const [memberId = '', generation, partitions] = rest
        this.memberId = memberId
        this.rebalances.push(`assigned ${partitions ?? ''}`)
        this.gained.push(...numbers(partitions))
        for (const partition of numbers(partitions)) this.held.add(partition)
        this.log.owns(this.owner, Number(generation), this.held)
        break
      }
      case 'revoked':
      case 'lost':
        this.rebalances.push(`${what} ${rest[0] ?? ''}`)
        for (const partition of numbers(rest[0])) this.held.delete(partition)
        break
      case 'failed':
        this.failure = rest.join(' ')
        break
      case 'closed':
        this.closed = true
        break
    }
  }
}
