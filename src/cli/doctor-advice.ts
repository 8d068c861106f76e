import type { BrokerAddress } from '../config/broker-address.js'
import type { Fault } from '../model/fault.js'
import { printable } from '../model/printable.js'
import type { Probed } from './broker-probe.js'

/** How long to wait for each answer. */
export const patienceMs = 10_000

export const nameOf = ({ host, port }: BrokerAddress): string => `${printable(host)}:${String(port)}`

/** Why no broker answers as configured; `other` is the result with the other protocol, plaintext or TLS. */
export const describeProbe = (
  found: Exclude<Probed, { readonly is: 'kafka' }>,
  other: Probed,
  overTls: boolean
): string => {
  if (other.is === 'kafka' || (found.is === 'tls' && !overTls))
    return overTls
      ? 'it speaks plaintext, and TLS was tried: set security.protocol to PLAINTEXT or SASL_PLAINTEXT, or use the port of its TLS listener'
      : 'it speaks TLS, and plaintext was tried: set security.protocol to SSL or SASL_SSL, or use the port of its plaintext listener'
  switch (found.is) {
    case 'unresolved':
      return `its name is not known here (${found.reason}): check DNS, /etc/hosts and the name`
    case 'refused':
      return `no connection (${found.reason}): check that the broker runs, and that no firewall is between`
    case 'silent':
      return `it accepts the connection and sends nothing for ${String(patienceMs / 1_000)} s: the broker hangs, or a load balancer has no broker behind it`
    case 'other':
      return `it is no Kafka broker: it answered ${JSON.stringify(printable(found.began))}`
    case 'tls':
    case 'broken':
      return `it closes the connection (${found.is === 'broken' ? found.reason : 'a TLS alert'}): it is no Kafka broker, or refuses this client`
  }
}

/** Advice if the client cannot connect to the advertised address, which may differ from the configured one. */
export const adviceAt = (fault: Fault, asked: BrokerAddress): string =>
  fault._tag === 'ConnectionFault' && fault.broker !== nameOf(asked)
    ? '; the broker advertises this address to clients: check its advertised.listeners'
    : adviceFor(fault)

export const adviceFor = (fault: Fault): string => {
  switch (fault._tag) {
    case 'AuthenticationFault':
      return '; check sasl.mechanism, sasl.username and the password, or ssl.ca.pem for the certificate'
    case 'AuthorizationFault':
      return `; an ACL has to allow it: bin/kafka-acls.sh --add --allow-principal … --operation All --${fault.resource} ${printable(fault.name)}`
    case 'UnknownTopicFault':
      return '; create it, or check its name'
    case 'TimeoutFault':
    case 'ConnectionFault':
      return '; look at the log of the broker'
    default:
      return ''
  }
}
