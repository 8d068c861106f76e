import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions } from 'node:tls'
import type { TlsSettings } from '../../../config/cluster-config.js'

/** What kafkajs asks a socket with. */
export interface SocketOptions {
  readonly host: string
  readonly port: number
  readonly ssl: unknown
  readonly onConnect: () => void
}

/** Where a socket puts what it reads, instead of into a buffer of its own for each event. Over TLS there are events all the same. */
export interface SocketIntake {
  readonly room: () => Buffer
  readonly filled: (count: number) => void
}

const keepAliveMs = 60_000

/** Opens sockets. Certificates are checked against the host's name unless that was switched off by name. */
export const socketFactory =
  (tls: TlsSettings | null) =>
  ({ host, port, onConnect }: SocketOptions, intake?: SocketIntake): Socket => {
    const socket =
      tls === null
        ? connect({ host, port, ...(intake === undefined ? {} : { onread: onreadOf(intake) }) }, onConnect)
        : connectTls(tlsOptions(tls, host, port), onConnect)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, keepAliveMs)
    return socket
  }

const onreadOf = ({ room, filled }: SocketIntake): OnReadOpts => ({
  buffer: room,
  callback: (count) => {
    filled(count)
    return true
  }
})

const tlsOptions = (tls: TlsSettings, host: string, port: number): ConnectionOptions => {
  const servername = tls.serverName ?? (isIP(host) === 0 ? host : null)
  return {
    host,
    port,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: tls.verify,
    ...(servername === null ? {} : { servername }),
    ...(tls.ca === null ? {} : { ca: typeof tls.ca === 'string' ? tls.ca : [...tls.ca] }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key.reveal() }),
    ...(tls.passphrase === null ? {} : { passphrase: tls.passphrase.reveal() })
  }
}
