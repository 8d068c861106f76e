import type { BrokerAddress } from '../../../config/broker-address.js'
import { printable } from '../../../model/printable.js'

/** `host:port`, with an IPv6 host in brackets. A broker may send any text as host, so unprintable characters are escaped. */
export const addressName = ({ host, port }: BrokerAddress): string =>
  `${host.includes(':') ? `[${printable(host)}]` : printable(host)}:${String(port)}`
