import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { refusedHost } from '../../../config/broker-hosts.js'
import type { BrokerAddress } from '../../../config/broker-address.js'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { backoffDelay } from '../../../core/scheduling/backoff-delay.js'
import type { ConnectionTurns } from '../../../core/scheduling/connection-rate.js'
import type { Waits } from '../../../core/scheduling/waits.js'
import type { ClusterEvent } from '../../../model/cluster-event.js'
import type { Clock } from '../../../model/clock.js'
import type { Fault } from '../../../model/fault.js'
import type { KnownSecrets } from '../sasl/known-secrets.js'
import { withTimeout } from '../with-timeout.js'
import { addressName } from './address-name.js'
import type { Authentication } from './authenticate.js'
import { BrokerLink, type LinkHost } from './broker-link.js'
import type { OnEnd, OpenConnection, OpenConnections, Opening } from './open-connection.js'
import type { TlsSessions } from './socket.js'
import { connectionProfiles, type ConnectionUse } from './connection-profiles.js'
import { currentTls } from './current-tls.js'
import type { Purpose } from './purpose.js'
import { faultOfThrown, WireError } from './wire-error.js'

/** What the connections of one client share. */
export interface Dialling {
  readonly settings: ConnectionSettings
  readonly authentication: Authentication | null
  readonly secrets: KnownSecrets
  readonly sessions: TlsSessions
  readonly clock: Clock
  /** 0 to 1 */
  readonly random: () => number
  /** All addresses of a host; `resolveAll` except in tests. */
  readonly resolve: (host: string) => Promise<readonly string[]>
  /** `openConnection`, unless a kafkajs instance opens the connections. */
  readonly open: OpenConnections
  /** limits the rate of new connections */
  readonly turns: ConnectionTurns
  /** pauses the requests of all clients to the broker */
  readonly throttled: Throttling
  /** reports it as an event of the cluster */
  readonly reportThrottle: Throttling
  /** connections that cannot be made */
  readonly waits: Waits
  readonly report: (event: ClusterEvent) => void
}

/** A broker throttles for `askedMs`; requests wait for `forMs`. */
export type Throttling = (broker: string, askedMs: number, forMs: number) => void

/** A client: some connections are its own, others are shared. */
export interface LinkOwner {
  readonly throttled: Throttling
  readonly connected: () => void
}

/** All addresses of the name, in the order of the system's resolver (`client.dns.lookup=use_all_dns_ips`). */
export const resolveAll = async (host: string): Promise<readonly string[]> =>
  isIP(host) === 0 ? (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address) : [host]

/** The options of one connection. */
interface LinkOptions {
  readonly maxIdleMs: number
  readonly throttled: Throttling
}

interface Attempt {
  opening: Opening | null
  abandoned: boolean
}

/**
 * One broker: its connections by purpose, and what they share.
 *
 * - Doubt is shared. When one connection breaks, or is not answered in time, an idle one has to answer ApiVersions before it is
 *   used again, and pending answers get a short deadline. A healthy connection proves nothing about the others: a firewall
 *   drops connections one at a time.
 * - The backoff is shared: while it lasts, every request is refused with the reason of the last attempt.
 */
export class Broker {
  readonly address: BrokerAddress
  readonly name: string
  /** Why requests are refused at the moment; null if they are not. */
  readonly refused: Fault | null
  private readonly dialling: Dialling
  private readonly use: ConnectionUse
  private readonly shared = new Map<Purpose, BrokerLink>()
  private readonly owned = new Map<LinkOwner, Map<Purpose, BrokerLink>>()
  private failures = 0
  private failed: { readonly error: WireError; readonly until: number } | null = null
  /** When a connection was last in trouble. */
  private doubtedAt = -Infinity
  /** The index of the host's address that is tried first. */
  private firstAddress = 0

  constructor(address: BrokerAddress, dialling: Dialling) {
    this.address = address
    this.name = addressName(address)
    this.refused = refusedHost(dialling.settings.hosts, address)
    this.dialling = dialling
    this.use = connectionProfiles[dialling.settings.connections]
  }

  /** The client's connection for this purpose, which may be shared. */
  link(purpose: Purpose, client: LinkOwner): BrokerLink {
    const isShared = this.use.shared.has(purpose)
    const links = isShared ? this.shared : (this.owned.get(client) ?? new Map<Purpose, BrokerLink>())
    if (!isShared) this.owned.set(client, links)
    const known = links.get(purpose)
    if (known !== undefined) return known
    const { name, dialling, use } = this
    const maxIdleMs = Math.min(dialling.settings.maxIdleMs, (purpose === 'join' ? use.idleJoinMs : null) ?? Infinity)
    const throttled = isShared ? dialling.throttled : client.throttled
    const host: LinkHost = {
      name,
      dial: (onEnd) => {
        const opening = this.dial(onEnd, { maxIdleMs, throttled })
        opening.open.then(client.connected, () => undefined)
        return opening
      },
      doubts: (heardAt) => heardAt < this.doubtedAt,
      trouble: () => {
        this.trouble()
      }
    }
    const link = new BrokerLink(host, dialling.clock)
    links.set(purpose, link)
    return link
  }

  /** Whether nothing was received from it since a connection was in trouble, or the last attempt to connect failed. */
  get isDoubtful(): boolean {
    if (this.failed !== null) return true
    return this.doubtedAt > -Infinity && this.links.every(({ heardAt }) => heardAt < this.doubtedAt)
  }

  /** A connection broke or was not answered in time. */
  private trouble(): void {
    this.doubtedAt = this.dialling.clock.now()
    for (const link of this.links) link.doubt()
  }

  /** Opens a connection, trying the host's addresses one after the other. */
  dial(onEnd: OnEnd, more: Partial<LinkOptions> = {}): Opening {
    const attempt: Attempt = { opening: null, abandoned: false }
    return {
      open: this.open(attempt, onEnd, more),
      abandon: () => {
        attempt.abandoned = true
        attempt.opening?.abandon()
      }
    }
  }

  /** Closes the connections of this client; null: of all. */
  close(client: LinkOwner | null): void {
    const own = client === null ? this.links : [...(this.owned.get(client)?.values() ?? [])]
    if (client !== null) this.owned.delete(client)
    for (const link of own) link.close()
  }

  private get links(): readonly BrokerLink[] {
    return [...this.shared.values(), ...[...this.owned.values()].flatMap((links) => [...links.values()])]
  }

  private async open(attempt: Attempt, onEnd: OnEnd, more: Partial<LinkOptions>): Promise<OpenConnection> {
    const { clock } = this.dialling
    if (this.refused !== null) throw new WireError(this.refused, false)
    if (this.failed !== null && clock.now() < this.failed.until) throw this.failed.error
    await this.turn()
    try {
      const open = await this.openAny(attempt, onEnd, more)
      this.failures = 0
      this.failed = null
      const afterMs = this.dialling.waits.end(this.name, clock.now())
      if (afterMs !== null) this.dialling.report({ _tag: 'connected', broker: this.name, afterMs })
      return open
    } catch (thrown) {
      const error = new WireError(faultOfThrown(thrown, this.name), false)
      if (!attempt.abandoned) this.attemptFailed(error)
      throw error
    }
  }

  /** Waits until another connection may be made. */
  private turn(): Promise<void> {
    const { clock, turns } = this.dialling
    const inMs = turns.take(clock.now())
    return inMs === 0 ? Promise.resolve() : new Promise((go) => clock.schedule(inMs, go))
  }

  private async openAny(attempt: Attempt, onEnd: OnEnd, own: Partial<LinkOptions>): Promise<OpenConnection> {
    const { host, port } = this.address
    const { settings, clock, resolve, open, throttled, reportThrottle, ...more } = this.dialling
    const owners = own.throttled ?? throttled
    const { clientId, maxFrameBytes } = settings
    const maxIdleMs = own.maxIdleMs ?? settings.maxIdleMs
    const setupTimeoutMs = this.setupTimeoutMs
    const tls = await currentTls(settings.tls, clock, setupTimeoutMs, more.secrets)
    const ips = await withTimeout(clock, setupTimeoutMs, `the resolver of ${host}`, () => resolve(host))
    for (let left = Math.max(1, ips.length); ; left--) {
      if (attempt.abandoned) throw new WireError({ _tag: 'ClosedFault', what: `the connection to ${this.name}` }, false)
      const target = { host, port, ip: ips[this.firstAddress % ips.length] ?? host }
      const stepTimes = {
        ...more,
        clock,
        setupTimeoutMs,
        throttled: (broker: string, askedMs: number, forMs: number): void => {
          owners(broker, askedMs, forMs)
          reportThrottle(broker, askedMs, forMs)
        }
      }
      attempt.opening = open({ ...stepTimes, clientId, target, tls, maxFrameBytes, maxIdleMs }, onEnd)
      try {
        return await attempt.opening.open
      } catch (error) {
        // The next attempt begins with another address: this one may accept connections without answering.
        this.firstAddress++
        if (left === 1 || (error instanceof WireError && error.fault._tag === 'AuthenticationFault')) throw error
      }
    }
  }

  /** Increases with each failure, with jitter (`socket.connection.setup.timeout.max.ms`, as in Java's client). */
  private get setupTimeoutMs(): number {
    const { connectionTimeoutMs, connectionTimeoutMaxMs } = this.dialling.settings
    if (this.failures === 0) return connectionTimeoutMs
    const ceiling = Math.max(connectionTimeoutMs, connectionTimeoutMaxMs)
    return Math.min(
      ceiling,
      Math.round(connectionTimeoutMs * 2 ** this.failures * (0.8 + this.dialling.random() * 0.4))
    )
  }

  private attemptFailed(error: WireError): void {
    const { settings, clock, random } = this.dialling
    this.failures++
    const inMs = backoffDelay(this.failures, settings.reconnectBackoffMs, settings.reconnectBackoffMaxMs, random)
    this.failed = { error, until: clock.now() + inMs }
    if (error.fault._tag === 'ConnectionFault') this.trouble()
    const { name: broker, failures: attempt } = this
    if (this.dialling.waits.begin(broker, error.fault._tag, clock.now()))
      this.dialling.report({ _tag: 'connecting', broker, fault: error.fault, attempt, inMs })
  }
}
