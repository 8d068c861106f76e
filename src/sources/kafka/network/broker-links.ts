import type { BrokerAddress } from '../../../config/broker-address.js'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { brokerFault, errorCode } from '../../../core/protocol/error-code.js'
import type { Clock } from '../../../model/clock.js'
import type { ConnectionFault, Fault } from '../../../model/fault.js'
import type { Throttled, ThrottleOver } from '../../../model/throttled.js'
import type { ClusterMetadata } from '../../../ports/kafka-calls.js'
import type { Api } from '../protocol/api.js'
import { metadata } from '../protocol/metadata.js'
import { endpointsIn } from '../protocol/named-leader.js'
import type { KnownSecrets } from '../sasl/known-secrets.js'
import { BrokerRotation } from './broker-rotation.js'
import type { Broker, LinkOwner } from './broker.js'
import { BrokerPool, type PoolRim } from './broker-pool.js'
import type { ClientObserver } from './client-observer.js'
import type { LongTimes } from './broker-link.js'
import type { RequestTimeouts } from './connection.js'
import { firstAnswer } from './first-answer.js'
import { locatedBrokers } from './located-brokers.js'
import type { Purpose } from './purpose.js'
import { ThrottleNotices } from './throttle-notices.js'
import { faultOfThrown, mostTelling, WireError } from './wire-error.js'

export type { Purpose } from './purpose.js'

/** What a client's connections use besides the settings. */
export interface Rim extends PoolRim {
  /** the cluster's pool; a client without a cluster has its own */
  readonly pool: BrokerPool
  /** A broker has begun or stopped throttling. */
  readonly throttled: (event: Throttled | ThrottleOver) => void
  /** measures the client; null: not measured */
  readonly observer: ClientObserver | null
}

/** How long another broker's acceptance of refused credentials is remembered. */
const takenForMs = 10_000

/** The connections of one client, by broker and purpose; some are shared with other clients of the cluster. */
export class BrokerLinks {
  private readonly settings: ConnectionSettings
  private readonly clock: Clock
  private readonly pool: BrokerPool
  private readonly client: LinkOwner
  private readonly nodes = new Map<number, BrokerAddress>()
  private readonly rotation: BrokerRotation
  /** `bootstrap.servers` */
  private bootstrap: readonly BrokerAddress[]
  private readonly underWay = new Set<() => void>()
  private readonly throttles: ThrottleNotices | null
  private readonly observer: ClientObserver | null
  private takenAt = -Infinity
  private closed = false

  constructor(settings: ConnectionSettings, { pool, throttled, observer = null, ...rim }: Partial<Rim> = {}) {
    this.settings = settings
    this.bootstrap = settings.brokers
    this.pool = pool ?? new BrokerPool(settings, rim)
    const { clock, random, asked } = this.pool
    this.clock = clock
    const notices = throttled === undefined ? null : new ThrottleNotices(throttled, clock)
    this.throttles = notices
    this.observer = observer
    this.client = {
      throttled: (broker, askedMs, forMs) => {
        observer?.throttled(askedMs)
        notices?.throttled(broker, askedMs, forMs)
      },
      connected: () => {
        observer?.connected()
      }
    }
    this.rotation = new BrokerRotation(random, asked)
    this.pool.enter(this.client)
  }

  /** The secrets of the cluster. */
  get secrets(): KnownSecrets {
    return this.pool.secrets
  }

  get requestTimeoutMs(): number {
    return this.settings.requestTimeoutMs
  }

  /** Requests the metadata of topics, and learns the brokers' addresses from it. */
  async metadata(topics: readonly string[] | 'all'): Promise<ClusterMetadata> {
    const { code, ...answer } = await this.sendToAny(metadata, topics)
    if (code === errorCode.REBOOTSTRAP_REQUIRED && this.recovers && this.nodes.size > 0) {
      // The known brokers must not be used any more (KIP-1102).
      this.nodes.clear()
      return this.metadata(topics)
    }
    if (code !== errorCode.NONE) throw new WireError(brokerFault('Metadata', code))
    // A broker that has just started answers before it knows anything: no topic exists then, as far as it says. Java's client
    // ignores such an answer too (`NetworkClient.handleCompletedMetadataResponse`).
    if (answer.brokers.length === 0 && topics.length > 0) throw new WireError(knowsNothing)
    this.learn(answer.brokers)
    return answer
  }

  /** Learns the nodes that the answer names as leaders: they are new, or have moved (KIP-951). */
  async sendToNode<Request, Response>(
    nodeId: number,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    times: RequestTimeouts
  ): Promise<Response> {
    const address = this.nodes.get(nodeId)
    if (address === undefined) {
      const broker = `node ${String(nodeId)}`
      throw new WireError({ _tag: 'ConnectionFault', broker, reason: 'not in the cluster' }, false)
    }
    const answer = await this.sendTo(address, purpose, api, request, times)
    this.learnMore(endpointsIn(answer))
    return answer
  }

  sendTo<Request, Response>(
    address: BrokerAddress,
    purpose: Purpose,
    api: Api<Request, Response>,
    request: Request,
    times: RequestTimeouts | LongTimes
  ): Promise<Response> {
    const broker = this.pool.broker(address)
    const answer = this.untilClosed(broker, () => {
      const link = broker.link(purpose, this.client)
      return 'renewMs' in times ? link.sendLong(api, request, times) : link.send(api, request, times)
    })
    if (this.observer?.isMeasuring === true) this.measure(answer, api.name, address)
    return answer.catch(async (error: unknown) => {
      const sent = !(error instanceof WireError) || error.sent
      const fault = faultOfThrown(error, broker.name)
      throw new WireError(fault._tag === 'AuthenticationFault' ? await this.confirmed(broker, fault) : fault, sent)
    })
  }

  /**
   * A request that any broker can answer: `BrokerRotation` chooses the broker, `firstAnswer` how long to wait for it. `what` names
   * the question, so that a repetition goes to another broker. `throttledMs`: how long a throttle time may delay it.
   */
  async sendToAny<Request, Response>(
    api: Api<Request, Response>,
    request: Request,
    what = api.name,
    throttledMs = Infinity
  ): Promise<Response> {
    this.failIfClosed()
    const { clock, rotation } = this
    const times = { timeoutMs: this.requestTimeoutMs, throttledMs }
    const ask = async (brokers: readonly Broker[]): Promise<Response> => {
      const { by, answer } = await firstAnswer(brokers, clock, async (broker) => ({
        by: broker.name,
        answer: await this.untilClosed(broker, () => broker.link('metadata', this.client).send(api, request, times))
      }))
      rotation.answered(what, by, clock.now())
      return answer
    }
    const candidates = this.candidates(what)
    try {
      return await ask(candidates)
    } catch (error) {
      this.failIfClosed()
      const telling = mostTelling(error)
      const others = telling.fault._tag === 'ConnectionFault' ? await this.locate(candidates) : []
      this.failIfClosed()
      if (others.length === 0) throw telling
      return ask(others).catch((later: unknown) => {
        this.failIfClosed()
        throw mostTelling(later)
      })
    }
  }

  /** The brokers that the function in `bootstrap.servers` returns, without those that were tried already. */
  private async locate(tried: readonly Broker[]): Promise<readonly Broker[]> {
    if (this.settings.locate === null || (this.nodes.size > 0 && !this.recovers)) return []
    this.bootstrap = await locatedBrokers(this.settings, this.clock)
    return this.bootstrap.map((address) => this.pool.broker(address)).filter((one) => !tried.includes(one))
  }

  private get recovers(): boolean {
    return this.settings.recovery === 'rebootstrap'
  }

  private failIfClosed(): void {
    if (this.closed) throw new WireError(closedFault, false)
  }

  close(): void {
    this.closed = true
    this.observer?.closing()
    this.throttles?.close()
    this.pool.leave(this.client)
    // On shared connections only this client's requests are abandoned.
    for (const giveUp of [...this.underWay]) giveUp()
  }

  private untilClosed<A>({ name }: Broker, send: () => Promise<A>): Promise<A> {
    // Only where it is needed: an error records its stack, which takes up to 30 µs for each request.
    const closedError = (sent: boolean): WireError =>
      new WireError({ _tag: 'ClosedFault', what: `the connection to ${name}` }, sent)
    if (this.closed) return Promise.reject(closedError(false))
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        reject(closedError(true))
      }
      this.underWay.add(giveUp)
      send()
        .then(resolve, reject)
        .finally(() => {
          this.underWay.delete(giveUp)
        })
    })
  }

  /** The brokers of the last metadata, followed by those of `bootstrap.servers`. */
  private candidates(what: string): readonly Broker[] {
    const now = this.clock.now()
    const named = [...this.nodes.values()]
      .map((address) => this.pool.broker(address))
      .filter(({ refused }) => refused === null)
    const isBegun = named.length > 0 && !this.recovers
    const begun = this.bootstrap.map((address) => this.pool.broker(address)).filter((one) => !named.includes(one))
    const rest = isBegun ? [] : begun
    return [...this.rotation.order(what, named, now), ...this.rotation.order(what, [...new Set(rest)], now)]
  }

  /**
   * One broker refuses the credentials, perhaps because it does not know new ones yet. So the refusal counts only if no other
   * broker accepts them.
   */
  private async confirmed(refuser: Broker, fault: Fault & { readonly _tag: 'AuthenticationFault' }): Promise<Fault> {
    const others = this.candidates('authentication').filter((one) => one !== refuser)
    const elsewhere: ConnectionFault = {
      _tag: 'ConnectionFault',
      broker: fault.broker,
      reason: `${fault.reason} (other brokers accept the same credentials)`
    }
    if (this.clock.now() - this.takenAt < takenForMs) return elsewhere
    for (const other of others) {
      const taken = await other
        .dial(() => undefined)
        .open.then(
          ({ connection }) => {
            connection.close()
            return true
          },
          () => false
        )
      if (!taken) continue
      this.takenAt = this.clock.now()
      return elsewhere
    }
    return fault
  }

  private measure(answer: Promise<unknown>, api: string, address: BrokerAddress): void {
    const { clock } = this
    const sentAt = clock.now()
    const node = [...this.nodes].find(([, { host, port }]) => host === address.host && port === address.port)
    const answered = (): void => {
      this.observer?.answered(api, node?.[0] ?? null, clock.now() - sentAt)
    }
    // Failed requests have no latency.
    answer.then(answered, () => undefined)
  }

  /** The brokers in the latest metadata; a node may have moved to another address. */
  private learn(brokers: ClusterMetadata['brokers']): void {
    if (brokers.length === 0) return
    this.nodes.clear()
    for (const { nodeId, host, port } of brokers) this.nodes.set(nodeId, { host, port })
    this.observer?.learned(brokers)
  }

  /** Learns nodes beside those of the last metadata. */
  learnMore(nodes: readonly (BrokerAddress & { readonly nodeId: number })[]): void {
    for (const { nodeId, host, port } of nodes) this.nodes.set(nodeId, { host, port })
  }
}

const knowsNothing: Fault = {
  _tag: 'ConnectionFault',
  broker: 'any broker',
  reason: 'the broker that answered knows no brokers yet: it has just started'
}
const closedFault = { _tag: 'ClosedFault', what: 'the connection' } as const
