import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { kafkaJars, missingTools } from '../../scripts/kafka-cluster.mjs'
import { until } from './collect.js'

const program = fileURLToPath(new URL('./java/JavaMember.java', import.meta.url))

/** A member of a group that is Kafka's own `KafkaConsumer`, and what it has said so far. */
export interface JavaMember {
  readonly name: string
  memberId: string
  generation: number
  readonly held: Set<number>
  /** Every call of its rebalance listener, but for empty ones of the second phase: `assigned 0,1`. */
  readonly rebalances: string[]
  failure: string | null
  closed: boolean
  /** Commits what it handled, leaves and waits until that is done. */
  readonly leave: () => Promise<void>
}

export interface JavaMembers {
  readonly open: (
    topic: string,
    properties: Readonly<Record<string, string | number>>,
    onRecord: (partition: number, offset: bigint) => void
  ) => JavaMember
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
  let said = ''
  jvm.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const exited = once(jvm, 'exit')
  const hear = new Map<string, (what: string, rest: readonly string[]) => void>()
  createInterface({ input: jvm.stdout }).on('line', (line) => {
    const [name = '', what = '', ...rest] = line.split(' ')
    hear.get(name)?.(what, rest)
  })
  const tell = (line: string): void => void jvm.stdin.write(`${line}\n`)
  let opened = 0
  return {
    open: (topic, properties, onRecord) => {
      const name = `java-${String(opened++)}`
      const member: JavaMember = {
        name,
        memberId: '',
        generation: -1,
        held: new Set(),
        rebalances: [],
        failure: null,
        closed: false,
        leave: async () => {
          tell(`close ${name}`)
          await until(() => member.closed || jvm.exitCode !== null, `${name} has left`)
          if (member.failure !== null || !member.closed) throw new Error(`${name}: ${member.failure ?? said}`)
        }
      }
      hear.set(name, (what, rest) => {
        if (what === 'record') onRecord(Number(rest[0]), BigInt(rest[1] ?? ''))
        else listen(member, what, rest)
      })
      const given = Object.entries(properties).map(([key, value]) => `${key}=${String(value)}`)
      tell(['open', name, topic, ...given].join(' '))
      return member
    },
    stop: async () => {
      jvm.stdin.end()
      await exited
    }
  }
}

const listen = (member: JavaMember, what: string, rest: readonly string[]): void => {
  const numbers = (text = ''): readonly number[] => (text === '' ? [] : text.split(',').map(Number))
  switch (what) {
    case 'assigned': {
      const [memberId = '', generation = '', partitions] = rest
      member.memberId = memberId
      member.generation = Number(generation)
      for (const partition of numbers(partitions)) member.held.add(partition)
      member.rebalances.push(`assigned ${partitions ?? ''}`)
      break
    }
    case 'revoked':
    case 'lost':
      for (const partition of numbers(rest[0])) member.held.delete(partition)
      member.rebalances.push(`${what} ${rest[0] ?? ''}`)
      break
    case 'failed':
      member.failure = rest.join(' ')
      break
    case 'closed':
      member.closed = true
      break
  }
}
