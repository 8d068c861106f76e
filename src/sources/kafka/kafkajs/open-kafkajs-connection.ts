import type { Socket } from 'node:net'
import { addressName } from '../network/address-name.js'
import { openConnection, type OpenConnections, type Opening } from '../network/open-connection.js'
import { type ToTransport, transportOf } from '../network/socket.js'
import { WireError } from '../network/wire-error.js'
import type { Clock } from '../../../model/clock.js'
import { kafkajsFault } from '../admin/kafkajs-fault.js'
import { withTimeout } from '../with-timeout.js'
import { kafkajsAuthenticator } from './kafkajs-authenticator.js'
import type { KafkajsConnection, MakeConnection } from './kafkajs-instance.js'

/** Represents the instance's bootstrap brokers, which only the instance knows. */
export const bootstrap = { host: 'kafkajs', port: 0 }

/**
 * Opens connections by a kafkajs instance: it creates and connects the socket, with its own socket factory, TLS and time limit.
 * Then we take the socket over and authenticate it by the instance's mechanism.
 */
export const openByKafkajs =
  (make: MakeConnection): OpenConnections =>
  (options, onEnd): Opening => {
    const { clock, target, setupTimeoutMs, secrets } = options
    const attempt: { made: KafkajsConnection | null; opening: Opening | null; abandoned: boolean } = {
      made: null,
      opening: null,
      abandoned: false
    }
    const isBootstrap = target.host === bootstrap.host && target.port === bootstrap.port
    const open = async (): Promise<Awaited<Opening['open']>> => {
      const made = await make(isBootstrap ? null : { host: target.host, port: target.port })
      attempt.made = made
      const { host, port } = made
      const name = addressName({ host, port })
      try {
        await withTimeout(clock, setupTimeoutMs, `a connection of kafkajs to ${name}`, () => made.connect())
      } catch (error) {
        made.socket?.destroy()
        throw new WireError(
          kafkajsFault(error, { api: 'ApiVersions' }, (text) => secrets.hide(text)),
          false
        )
      } finally {
        made.requestQueue?.destroy?.()
      }
      const { socket } = made
      if (attempt.abandoned || socket === undefined || socket.destroyed) {
        socket?.destroy()
        throw new WireError({ _tag: 'ClosedFault', what: `the connection to ${name}` }, false)
      }
      const authenticator = kafkajsAuthenticator(made, clock, setupTimeoutMs, secrets)
      attempt.opening = openConnection(
        {
          ...options,
          target: { host, port, ip: host },
          clientId: made.clientId ?? options.clientId,
          authentication: authenticator === null ? null : { authenticator, clock, stepTimeoutMs: setupTimeoutMs },
          transport: takenOver(socket, clock)
        },
        onEnd
      )
      return attempt.opening.open
    }
    return {
      open: open(),
      abandon: () => {
        attempt.abandoned = true
        attempt.opening?.abandon()
        if (attempt.opening === null) attempt.made?.socket?.destroy()
      }
    }
  }

/** An open socket that reports to us instead of kafkajs. Listeners that the user's socket factory added before stay. */
const takenOver =
  (socket: Socket, clock: Clock): ToTransport =>
  (events) => {
    for (const event of ['data', 'end', 'error', 'timeout']) {
      const last = socket.listeners(event).at(-1) as ((...args: unknown[]) => void) | undefined
      if (last !== undefined) socket.off(event, last)
    }
    const transport = transportOf(socket, clock, events)
    socket.on('data', (chunk: Buffer) => {
      events.reader.push(chunk)
    })
    // Not within the constructor of the connection that receives it.
    queueMicrotask(events.opened)
    return transport
  }
