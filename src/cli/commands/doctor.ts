import { isLeft } from 'fp-ts/lib/Either.js'
import { firstValueFrom } from 'rxjs'
import { parseAddresses } from '../../config/bootstrap-servers.js'
import type { BrokerAddress } from '../../config/broker-address.js'
import { isLoopback } from '../../config/broker-hosts.js'
import type { KafkaProperties } from '../../config/kafka-properties.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { describeFault, describeProblem } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'
import { printable, printableValue } from '../../model/printable.js'
import type { EitherAdmin } from '../../ports/admin.js'
import type { Step } from '../../ports/step.js'
import { kafka } from '../../sources/kafka/kafka-cluster.js'
import { probeBroker, type Probed } from '../broker-probe.js'
import { type Command, type CommandContext, exitCode } from '../command.js'
import { groupRefusal } from '../group-refusal.js'
import { kafkaVersionOf, missingApis } from '../needed-apis.js'
import { UsageError } from '../usage-error.js'
import { adviceAt, adviceFor, nameOf, patienceMs, describeProbe } from '../doctor-advice.js'

const clockSkewMs = 60_000
const soonMs = 14 * 86_400_000

export const doctor: Command = {
  name: 'doctor',
  summary: 'checks the connection step by step: what is wrong, and what to do',
  usage: `ackstream doctor [--topic TOPIC] [--group GROUP]

Checks the properties; the name, port and protocol of each address; TLS, SASL and the versions of each broker; the addresses that
brokers advertise; with --topic and --group also whether they exist and this user may use them, and whether the clocks agree.`,
  flags: { topic: { type: 'string' }, group: { type: 'string' } },
  run: async (context) => {
    const [name] = context.flags.names
    if (name !== undefined)
      throw new UsageError(`doctor takes no names: is ${printableValue(name)} meant for --brokers, --topic or --group?`)
    const visit = new Visit(context)
    await visit.through()
    return visit.isWell ? exitCode.done : exitCode.failed
  }
}

type Finding = 'ok' | 'warning' | 'failed'

class Visit {
  isWell = true
  private readonly context: CommandContext
  private readonly certificatesSeen = new Set<string>()

  constructor(context: CommandContext) {
    this.context = context
  }

  async through(): Promise<void> {
    const properties = this.context.properties()
    if (!this.areRight(properties)) return
    const given = properties['bootstrap.servers']
    const addresses = typeof given === 'function' ? [] : (parseAddresses(given) ?? [])
    const overTls = (properties['security.protocol'] ?? 'PLAINTEXT').endsWith('SSL')
    const reached: BrokerAddress[] = []
    for (const address of addresses) if (await this.isBroker(address, overTls)) reached.push(address)
    const [first] = reached
    if (first === undefined) return
    const described = await this.described(properties, first)
    if (described === null) return
    for (const broker of described.brokers) await this.look(properties, broker, addresses, reached, overTls)
    if (described.controller === null)
      this.note('warning', 'controller', 'no broker is the controller right now: topics and leaders cannot change')
    await this.lookAtUse(properties)
  }

  private note(finding: Finding, what: string, words: string): void {
    const { output, json } = this.context
    if (finding === 'failed') this.isWell = false
    const mark = { ok: 'ok     ', warning: 'WARNING', failed: 'FAILED ' }[finding]
    if (json) output.json({ check: what, finding, detail: words })
    else output.line(`${mark} ${what}: ${words}`)
    output.flush()
  }

  private areRight(properties: KafkaProperties): boolean {
    try {
      kafka(properties)
      this.note('ok', 'properties', `security.protocol ${properties['security.protocol'] ?? 'PLAINTEXT'}`)
      return true
    } catch (error) {
      if (!(error instanceof ConsumerError) || error.fault._tag !== 'ConfigFault') throw error
      for (const problem of error.fault.problems) this.note('failed', 'properties', describeProblem(problem))
      return false
    }
  }

  /** Whether a Kafka broker answers at the address with the configured protocol. */
  private async isBroker({ host, port }: BrokerAddress, overTls: boolean): Promise<boolean> {
    const what = nameOf({ host, port })
    const found = await probeBroker(host, port, overTls, patienceMs)
    if (found.is === 'kafka') {
      const missing = missingApis(found.supported)
      if (missing.length > 0)
        this.note(
          'failed',
          what,
          `its Kafka is too old (${kafkaVersionOf(found.supported)}): ${missing.join(', ')}; 2.8 is the oldest that is supported`
        )
      else this.note('ok', what, `answers, Kafka ${kafkaVersionOf(found.supported)}`)
      this.lookAtCertificate(what, found)
      return missing.length === 0
    }
    const other = await probeBroker(host, port, !overTls, patienceMs)
    this.note('failed', what, describeProbe(found, other, overTls))
    return false
  }

  private lookAtCertificate(what: string, { certificate }: Probed & { readonly is: 'kafka' }): void {
    if (certificate === null || this.certificatesSeen.has(certificate.fingerprint256)) return
    this.certificatesSeen.add(certificate.fingerprint256)
    const now = this.context.now()
    const [from, to] = [Date.parse(certificate.valid_from), Date.parse(certificate.valid_to)]
    if (now > to)
      this.note(
        'failed',
        what,
        `its certificate was valid until ${certificate.valid_to}, and the clock of this machine says ${new Date(now).toISOString()}: renew it, or set the clock`
      )
    else if (now < from)
      this.note(
        'failed',
        what,
        `its certificate is valid from ${certificate.valid_from}, and the clock of this machine says ${new Date(now).toISOString()}: set the clock`
      )
    else if (to - now < soonMs)
      this.note('warning', what, `its certificate is valid until ${certificate.valid_to} only`)
  }

  /** Describes the cluster through one broker, which requires TLS and SASL to work. */
  private async described(
    properties: KafkaProperties,
    at: BrokerAddress
  ): Promise<{
    readonly controller: number | null
    readonly brokers: readonly (BrokerAddress & { readonly nodeId: number })[]
  } | null> {
    const what = `${nameOf(at)} as a client`
    return this.asked(properties, at, async (admin) => {
      const cluster = await this.answered(admin.describeCluster(), what, (fault) => adviceAt(fault, at))
      if (cluster !== null)
        this.note(
          'ok',
          what,
          `cluster ${cluster.clusterId ?? 'without an id'}, ${String(cluster.brokers.length)} broker${cluster.brokers.length === 1 ? '' : 's'}`
        )
      return cluster
    })
  }

  /** Checks whether clients can reach a broker at its advertised address. */
  private async look(
    properties: KafkaProperties,
    broker: BrokerAddress & { readonly nodeId: number },
    given: readonly BrokerAddress[],
    reached: readonly BrokerAddress[],
    overTls: boolean
  ): Promise<void> {
    const what = `broker ${String(broker.nodeId)}, advertised as ${nameOf(broker)}`
    if (isLoopback(broker.host) && !given.some(({ host }) => isLoopback(host))) {
      this.note(
        'failed',
        what,
        'that is this machine and not the broker: set advertised.listeners of the broker to a name that clients can resolve'
      )
      return
    }
    const isKnown = reached.some(({ host, port }) => host === broker.host && port === broker.port)
    if (!isKnown) {
      const found = await probeBroker(broker.host, broker.port, overTls, patienceMs)
      if (found.is !== 'kafka') {
        const other = await probeBroker(broker.host, broker.port, !overTls, patienceMs)
        this.note(
          'failed',
          what,
          `${describeProbe(found, other, overTls)}; clients are sent there: see advertised.listeners of the broker`
        )
        return
      }
      this.lookAtCertificate(what, found)
    }
    await this.asked(properties, broker, async (admin) => {
      if ((await this.answered(admin.describeCluster(), what, adviceFor)) !== null) this.note('ok', what, 'answers')
    })
  }

  private async lookAtUse(properties: KafkaProperties): Promise<void> {
    const { flags } = this.context
    const [topic, group] = [flags.text('topic'), flags.text('group')]
    const admin = kafka(properties).admin({ 'default.api.timeout.ms': patienceMs }).either
    try {
      if (topic !== undefined) await this.lookAtTopic(admin, topic)
      if (group !== undefined) await this.lookAtGroup(properties, group)
    } finally {
      admin.close()
    }
  }

  private async lookAtGroup(properties: KafkaProperties, group: string): Promise<void> {
    const what = `group ${printable(group)}`
    const fault = await groupRefusal(properties, group, this.context.now)
    if (fault === null) this.note('ok', what, 'may be used')
    else this.note('failed', what, `${describeFault(fault)}${adviceFor(fault)}`)
  }

  private async lookAtTopic(admin: EitherAdmin, topic: string): Promise<void> {
    const what = `topic ${printable(topic)}`
    const described = await this.answered(admin.describeTopics([topic]), what, adviceFor)
    const partitions = described?.[0]?.partitions
    if (partitions === undefined) return
    const orphans = partitions.filter(({ leader }) => leader === null).map(({ partition }) => partition)
    if (orphans.length > 0)
      this.note(
        'failed',
        what,
        `nobody leads ${orphans.join(', ')}: nothing of them is read or written until a broker with a replica is back`
      )
    else this.note('ok', what, `${String(partitions.length)} partitions, all led`)
    const ahead = this.context.now() + clockSkewMs
    const places = partitions.filter(({ leader }) => leader !== null).map(({ partition }) => ({ topic, partition }))
    const late = await this.answered(
      admin.listOffsets(places.map((place) => ({ ...place, at: { timestamp: ahead } }))),
      what,
      adviceFor
    )
    const ends = await this.answered(
      admin.listOffsets(places.map((place) => ({ ...place, at: 'end' as const }))),
      what,
      adviceFor
    )
    if (late === null || ends === null) return
    const isAhead = late.some(({ offset }, index) => offset < (ends[index]?.offset ?? 0n))
    if (isAhead)
      this.note(
        'warning',
        'clock',
        `${topic} has records from more than a minute ahead of this machine's clock (${new Date(this.context.now()).toISOString()}): one of the clocks is wrong, and resets by time are too`
      )
    else this.note('ok', 'clock', `nothing in ${topic} is from the future`)
  }

  private async asked<A>(
    properties: KafkaProperties,
    { host, port }: BrokerAddress,
    ask: (admin: EitherAdmin) => Promise<A>
  ): Promise<A> {
    const at = host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`
    const admin = kafka({ ...properties, 'bootstrap.servers': at }).admin({
      'default.api.timeout.ms': patienceMs
    }).either
    try {
      return await ask(admin)
    } finally {
      admin.close()
    }
  }

  private async answered<A>(step: Step<A>, what: string, advise: (fault: Fault) => string): Promise<A | null> {
    const answer = await firstValueFrom(step)
    if (!isLeft(answer)) return answer.right
    this.note('failed', what, `${describeFault(answer.left)}${advise(answer.left)}`)
    return null
  }
}
