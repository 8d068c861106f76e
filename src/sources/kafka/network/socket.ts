import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import { connect as connectTls, type ConnectionOptions, type TLSSocket } from 'node:tls'
import type { BrokerAddress } from '../../../config/broker-address.js'
import type { TlsSettings } from '../../../config/connection-settings.js'
import type { Cancel, Clock } from '../../../model/clock.js'
import type { FrameReader } from './frame-reader.js'

/** Where to connect. `ip` is one of the addresses of the broker's host. */
export interface Target extends BrokerAddress {
  readonly ip: string
}

/** Events of a socket. */
export interface SocketEvents {
  /** TCP is connected; with TLS the handshake follows. */
  readonly connected: () => void
  /** It can be written to. */
  readonly opened: () => void
  /** Takes what it reads. */
  readonly reader: FrameReader
  /** The socket has ended, exactly once; null if the other side closed it regularly. */
  readonly closed: (error: Error | null) => void
}

/** An open or opening socket, reduced to what a connection uses. */
export interface Transport {
  /** Writes the parts as one, without copying them. `taken` is called when the system has all of them. */
  write(parts: readonly Uint8Array[], taken?: () => void): void
  /**
   * Lets written data arrive, then closes. If there are requests without answers (`taken` was given), the other side closes
   * first: closing while it still sends would reset the connection and lose what it has not read yet.
   */
  end(): void
  destroy(): void
}

/** TLS sessions by broker, so that the next handshake is a short one. */
export type TlsSessions = Map<string, Buffer>

/**
 * After this long without traffic the system probes the peer, and gives it ten seconds. That also keeps firewalls and load
 * balancers from dropping the connection.
 */
const keepAliveMs = 10_000

/** How long the other side may take to read the rest, and to close. */
const lingerMs = 10_000

/** Makes a transport of a socket; events begin at once. */
export type ToTransport = (events: SocketEvents) => Transport

/** Opens a socket. Checks the certificate against the host's name, unless the settings disable that explicitly. */
export const openSocket = (
  target: Target,
  tls: TlsSettings | null,
  sessions: TlsSessions,
  clock: Clock,
  events: SocketEvents
): Transport => {
  const socket = tls === null ? plainSocket(target, events) : tlsSocket(target, tls, sessions, events)
  socket.on('connect', events.connected)
  return transportOf(socket, clock, events)
}

/** A socket as a transport for writing and closing. Its creator reports what it reads. */
export const transportOf = (socket: Socket, clock: Clock, events: SocketEvents): Transport => {
  socket.setNoDelay(true)
  socket.setKeepAlive(true, keepAliveMs)
  let failure: Error | null = null
  let lingers = false
  let lingering: Cancel | null = null
  socket.on('error', (error) => {
    failure ??= error
  })
  socket.on('close', () => {
    lingering?.()
    events.closed(failure)
  })
  return {
    write: (parts, taken) => {
      const last = parts.length - 1
      lingers ||= taken !== undefined
      socket.cork()
      for (let at = 0; at <= last; at++) {
        const part = parts[at]
        if (part !== undefined) socket.write(part, at === last ? taken : undefined)
      }
      socket.uncork()
    },
    end: () => {
      if (!lingers) {
        socket.destroySoon()
        return
      }
      lingering = clock.schedule(lingerMs, () => {
        socket.destroy()
      })
      socket.end()
    },
    destroy: () => {
      socket.destroy()
    }
  }
}

const plainSocket = ({ ip, port }: Target, events: SocketEvents): Socket =>
  connect({ host: ip, port, onread: intoRoom(events) }, events.opened)

/**
 * Reads into `room`, without a buffer and an event for each piece. With TLS, whose pieces are 16 KiB, that takes two thirds of
 * the time.
 */
const intoRoom = ({ reader }: SocketEvents): OnReadOpts => ({
  buffer: () => reader.room,
  callback: (count) => {
    reader.filled(count)
    return true
  }
})

const tlsSocket = (target: Target, tls: TlsSettings, sessions: TlsSessions, events: SocketEvents): TLSSocket => {
  // A TLS session belongs to the certificate with which it began.
  const key = `${target.host}:${String(target.port)} ${tls.cert ?? ''}`
  const session = sessions.get(key)
  // Node's types lack `onread` here. Node accepts it unless it is given an existing socket.
  const options = {
    ...tlsOptions(tls, target),
    ...(session === undefined ? {} : { session }),
    onread: intoRoom(events)
  }
  const socket = connectTls(options, events.opened)
  socket.on('session', (fresh: Buffer) => sessions.set(key, fresh))
  socket.on('error', () => sessions.delete(key))
  return socket
}

const tlsOptions = (tls: TlsSettings, { host, ip, port }: Target): ConnectionOptions => {
  const servername = tls.serverName ?? (isIP(host) === 0 ? host : null)
  return {
    host: ip,
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
