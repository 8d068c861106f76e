import type { BrokerAddress } from '../../../config/broker-address.js'
import type { ConnectionSettings } from '../../../config/connection-settings.js'
import { ConnectionTurns } from '../../../core/scheduling/connection-rate.js'
import { Waits } from '../../../core/scheduling/waits.js'
import { realClock } from '../../../internal/real-clock.js'
import type { ClusterEvent } from '../../../model/cluster-event.js'
import type { Clock } from '../../../model/clock.js'
import { authenticatorOf } from '../sasl/authenticator-of.js'
import { KnownSecrets } from '../sasl/known-secrets.js'
import { addressName } from './address-name.js'
import { Broker, type Dialling, type LinkOwner, resolveAll } from './broker.js'
import { connectionProfiles } from './connection-profiles.js'
import { openConnection, type OpenConnections } from './open-connection.js'
import { ThrottleNotices } from './throttle-notices.js'

/** What connections use besides the settings. */
export interface PoolRim {
  readonly clock: Clock
  readonly random: () => number
  /** all addresses of a host */
  readonly resolve: (host: string) => Promise<readonly string[]>
  readonly open: OpenConnections
  /** the secrets to hide in texts */
  readonly secrets: KnownSecrets
  /** the changes of connections */
  readonly report: (event: ClusterEvent) => void
}

const realRim: Omit<PoolRim, 'secrets'> = {
  clock: realClock,
  random: Math.random,
  resolve: resolveAll,
  open: openConnection,
  report: () => undefined
}

/**
 * The brokers of one cluster, and the connections of all its clients: some are shared, others belong to one client (see
 * `connectionProfiles`). What one client learns about a broker counts for all. A connection is closed with its client, a shared
 * one with the last client.
 */
export class BrokerPool {
  readonly clock: Clock
  readonly random: () => number
  /** The secrets that connections have used, which are hidden in texts. */
  readonly secrets: KnownSecrets
  /** The broker that clients ask what any broker can answer. */
  readonly asked: { name: string | null } = { name: null }
  private readonly dialling: Dialling
  private readonly brokers = new Map<string, Broker>()
  private readonly clients = new Set<LinkOwner>()
  private readonly throttles: ThrottleNotices

  constructor(settings: ConnectionSettings, rim: Partial<PoolRim> = {}) {
    const { clock, random, resolve, open, report, secrets } = { ...realRim, secrets: new KnownSecrets(), ...rim }
    const { sasl, connectionTimeoutMs: stepTimeoutMs } = settings
    const authentication =
      sasl === null
        ? null
        : { authenticator: authenticatorOf(sasl, clock, stepTimeoutMs, secrets), clock, stepTimeoutMs }
    this.secrets = secrets
    this.clock = clock
    this.random = random
    const throttles = new ThrottleNotices(report, clock)
    this.throttles = throttles
    this.dialling = {
      settings,
      authentication,
      secrets,
      sessions: new Map(),
      clock,
      random,
      resolve,
      open,
      waits: new Waits(),
      report,
      turns: new ConnectionTurns(connectionProfiles[settings.connections].rate),
      throttled: (broker, askedMs, forMs) => {
        for (const client of this.clients) client.throttled(broker, askedMs, forMs)
      },
      reportThrottle: (broker, askedMs, forMs) => {
        throttles.throttled(broker, askedMs, forMs)
      }
    }
  }

  enter(client: LinkOwner): void {
    this.clients.add(client)
  }

  broker(address: BrokerAddress): Broker {
    const name = addressName(address)
    const known = this.brokers.get(name)
    if (known !== undefined) return known
    const broker = new Broker(address, this.dialling)
    this.brokers.set(name, broker)
    return broker
  }

  /** Closes the client's connections, and after the last client all. */
  leave(client: LinkOwner): void {
    if (!this.clients.delete(client)) return
    const isLast = this.clients.size === 0
    for (const broker of this.brokers.values()) broker.close(isLast ? null : client)
    if (!isLast) return
    this.brokers.clear()
    this.throttles.close()
  }
}
