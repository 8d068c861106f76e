import type { ConfigFault } from '../model/fault.js'
import { printable } from '../model/printable.js'
import type { BrokerAddress } from './broker-address.js'

/** Which hosts connections may go to, regardless of where their addresses come from. */
export interface HostRules {
  /** `allowed.broker.hosts`; null: any host that the cluster names */
  readonly allowed: readonly string[] | null
  /** The mechanism that sends its credentials in plain text over an unencrypted connection; null if there is none. */
  readonly readable: string | null
}

/** Whether the host is this machine: traffic to it cannot be intercepted. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)

/**
 * Why no connection is made to an address; null if one may be made. Addresses from brokers (in Metadata, FindCoordinator, or
 * with an error) have to meet the same rules as configured ones, since a malicious broker could redirect the credentials.
 */
export const refusedHost = ({ allowed, readable }: HostRules, { host, port }: BrokerAddress): ConfigFault | null => {
  const named = `${printable(host)}:${String(port)}, which the cluster names`
  if (allowed !== null && !allowed.some((pattern) => matches(pattern, host)))
    return refused('allowed.broker.hosts', allowed.join(', '), `a pattern for ${named}, if it is a broker`)
  if (readable !== null && !isLoopback(host))
    return refused(
      'security.protocol',
      'SASL_PLAINTEXT',
      `SASL_SSL for ${named}, since ${readable} sends credentials that anybody on the network can read; or 'allow.plaintext.sasl': true`
    )
  return null
}

const refused = (property: string, given: string, allowed: string): ConfigFault => ({
  _tag: 'ConfigFault',
  problems: [{ property, given: printable(given), allowed }]
})

/** `*` matches any number of characters. Names are compared like DNS names, ignoring case and a trailing dot. */
const matches = (pattern: string, host: string): boolean => {
  const [first = '', ...rest] = plainName(pattern).split('*')
  const name = plainName(host)
  const last = rest.pop()
  if (last === undefined) return name === first
  if (!name.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = name.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return name.length - last.length >= at && name.endsWith(last)
}

const plainName = (host: string): string => host.toLowerCase().replace(/\.$/, '')
