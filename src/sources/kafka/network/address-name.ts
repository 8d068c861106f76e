import type { BrokerAddress } from '../../../config/broker-address.js'
import { printable } from '../../../model/printable.js'

/** `host:port`, an IPv6 host in brackets. The host may be what a broker says that it is: what cannot be printed is escaped. */
export const addressName = ({ host, port }: BrokerAddress): string =>
  `${host.includes(':') ? `[${printable(host)}]` : printable(host)}:${String(port)}`
