import type { BrokerAddress } from '../../../config/cluster-config.js'

/** `host:port`, an IPv6 host in brackets. */
export const addressName = ({ host, port }: BrokerAddress): string =>
  `${host.includes(':') ? `[${host}]` : host}:${String(port)}`
