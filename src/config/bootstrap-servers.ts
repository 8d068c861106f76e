import * as t from 'io-ts'
import type { BrokerAddress } from './broker-address.js'
import { anyFunction } from './property.js'

/** Returns the current addresses, in the form of `bootstrap.servers`: from a service registry, for example. */
export type LocateBrokers = () => string | readonly string[] | Promise<string | readonly string[]>

/** The initial addresses of a cluster. */
export interface BootstrapServers {
  readonly addresses: readonly BrokerAddress[]
  /** Called for the addresses if they are not configured; null if they are. */
  readonly locate: LocateBrokers | null
}

const allowed =
  'host:port with a port from 1 to 65535, an IPv6 host in brackets, several separated by commas, or a function that returns them'

export const bootstrapServers = new t.Type<BootstrapServers, unknown>(
  allowed,
  (value): value is BootstrapServers => typeof value === 'object' && value !== null && 'addresses' in value,
  (value, context) => {
    if (anyFunction.is(value)) return t.success({ addresses: [], locate: value as LocateBrokers })
    const addresses = parseAddresses(value)
    return addresses === null ? t.failure(value, context) : t.success({ addresses, locate: null })
  },
  t.identity
)

/** null if an address is invalid, or the list is empty */
export const parseAddresses = (value: unknown): readonly BrokerAddress[] | null => {
  const parts = typeof value === 'string' ? value.split(',') : Array.isArray(value) ? value : []
  const parsed = parts.map((part: unknown) => (typeof part === 'string' ? parseAddress(part.trim()) : null))
  const found = parsed.filter((address) => address !== null)
  return found.length > 0 && found.length === parsed.length ? found : null
}

/** null if it is invalid. */
const parseAddress = (address: string): BrokerAddress | null => {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.~-]+)?)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(address)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  return host !== undefined && port >= 1 && port <= 65_535 ? { host, port } : null
}
