import type { Secret } from '../model/secret.js'
import type { LocateBrokers } from './bootstrap-servers.js'
import type { BrokerAddress } from './broker-address.js'
import type { HostRules } from './broker-hosts.js'
import type { ConnectionProfile } from './connection-profile.js'
import type { ClientCertificate } from './kafka-properties.js'
import type { SaslSettings } from './sasl.js'

/** The connection settings after decoding. */
export interface ConnectionSettings {
  /** The initial addresses of the cluster; empty if `locate` returns them. */
  readonly brokers: readonly BrokerAddress[]
  readonly locate: LocateBrokers | null
  readonly recovery: 'rebootstrap' | 'none'
  readonly clientId: string
  readonly tls: TlsSettings | null
  readonly sasl: SaslSettings | null
  readonly hosts: HostRules
  readonly requestTimeoutMs: number
  readonly connectionTimeoutMs: number
  readonly connectionTimeoutMaxMs: number
  readonly maxIdleMs: number
  readonly reconnectBackoffMs: number
  readonly reconnectBackoffMaxMs: number
  readonly connections: ConnectionProfile
  readonly maxFrameBytes: number
}

export interface TlsSettings {
  readonly ca: string | readonly string[] | null
  readonly cert: string | null
  readonly key: Secret | null
  readonly passphrase: Secret | null
  /** returns `cert`, `key` and `passphrase` for the next connection */
  readonly provider: (() => ClientCertificate | Promise<ClientCertificate>) | null
  readonly serverName: string | null
  readonly verify: boolean
}
