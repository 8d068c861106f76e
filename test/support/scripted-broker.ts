import { once } from 'node:events'
import { createServer as createPlainServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { onTestFinished } from 'vitest'
import { framesOf } from './frames.js'

/** A request as it came. */
export interface ScriptedRequest {
  readonly key: number
  readonly version: number
  /** which connection it came on, from 0 */
  readonly connection: number
  /** what follows the header, which is a classic one */
  readonly body: Buffer
  readonly socket: Socket
  readonly correlationId: number
  /** Answers it with this body, and says that it has. */
  readonly reply: (body: Buffer) => true
}

export interface ScriptedBroker {
  readonly port: number
  readonly sockets: readonly Socket[]
  readonly requests: readonly ScriptedRequest[]
  /** Nothing listens any more, and connections are cut. */
  readonly stop: () => Promise<void>
}

/** A broker that answers as the test says; `undefined` leaves a request to `ordinary`. It ends with the test. */
export const scriptedBroker = async (
  answer: (request: ScriptedRequest) => unknown = () => undefined,
  { tls, speaks = spoken }: { readonly tls?: TlsOptions; readonly speaks?: Spoken } = {}
): Promise<ScriptedBroker> => {
  const sockets: Socket[] = []
  const requests: ScriptedRequest[] = []
  const accept = (socket: Socket): void => {
    const connection = sockets.push(socket) - 1
    socket.on('error', () => undefined)
    socket.on(
      'data',
      framesOf((whole) => {
        const frame = whole.subarray(4)
        const clientId = frame.readInt16BE(8)
        const reply = (body: Buffer): true => {
          socket.write(Buffer.concat([int32(body.length + 4), frame.subarray(4, 8), body]))
          return true
        }
        const body = frame.subarray(10 + Math.max(0, clientId))
        const request = {
          key: frame.readInt16BE(0),
          version: frame.readInt16BE(2),
          connection,
          body,
          socket,
          correlationId: frame.readInt32BE(4),
          reply
        }
        requests.push(request)
        if (answer(request) === undefined) ordinary(request, speaks)
      })
    )
  }
  const server: Server = tls === undefined ? createPlainServer(accept) : createTlsServer(tls, accept)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    if (server.listening) await new Promise((closed) => server.close(closed))
  }
  onTestFinished(stop)
  return { port: typeof address === 'object' && address !== null ? address.port : 0, sockets, requests, stop }
}

/** The request is left without an answer. */
export const silence = 'silence'

type Spoken = readonly (readonly [key: number, minVersion: number, maxVersion: number])[]

/** The requests' keys. */
export const key = {
  produce: 0,
  metadata: 3,
  offsetCommit: 8,
  findCoordinator: 10,
  joinGroup: 11,
  heartbeat: 12,
  saslHandshake: 17,
  apiVersions: 18,
  createTopics: 19,
  saslAuthenticate: 36
} as const

/** In versions that are not flexible where there is a choice. */
const spoken: Spoken = [
  [key.produce, 0, 7],
  [key.metadata, 0, 8],
  [key.offsetCommit, 0, 7],
  [key.findCoordinator, 0, 2],
  [key.joinGroup, 0, 9],
  [key.heartbeat, 0, 3],
  [key.saslHandshake, 0, 1],
  [key.apiVersions, 0, 3],
  [key.createTopics, 0, 4],
  [key.saslAuthenticate, 0, 1]
]

/** What a broker answers that has nothing to say. */
const ordinary = ({ key: api, version, reply }: ScriptedRequest, speaks: Spoken): void => {
  if (api === key.apiVersions) reply(apiVersions(version, speaks))
  else if (api === key.metadata) reply(metadata([]))
  else if (api === key.saslHandshake) reply(Buffer.concat([int16(0), int32(1), text('PLAIN')]))
  else if (api === key.saslAuthenticate) reply(authenticated())
}

/** ApiVersions v0, or v3, which is flexible. */
const apiVersions = (version: number, speaks: Spoken): Buffer => {
  const ranges = speaks.map((range) => Buffer.concat(range.map((value) => int16(value))))
  if (version === 0) return Buffer.concat([int16(0), int32(ranges.length), ...ranges])
  const none = Buffer.alloc(1)
  const flexible = ranges.flatMap((range) => [range, none])
  return Buffer.concat([int16(0), Buffer.from([ranges.length + 1]), ...flexible, int32(0), none])
}

/** Metadata v8: node ids from 1, no topics. */
export const metadata = (ports: readonly number[]): Buffer =>
  Buffer.concat([
    int32(0),
    int32(ports.length),
    ...ports.flatMap((port, index) => [int32(index + 1), text('127.0.0.1'), int32(port), int16(-1)]),
    int16(-1),
    int32(1),
    int32(0),
    int32(0)
  ])

/** SaslAuthenticate v1. */
export const authenticated = ({ code = 0, message = '', challenge = Buffer.alloc(0), sessionMs = 0 } = {}): Buffer =>
  Buffer.concat([int16(code), text(message), int32(challenge.length), challenge, int32(0), int32(sessionMs)])

export const int16 = (value: number): Buffer => {
  const bytes = Buffer.alloc(2)
  bytes.writeInt16BE(value)
  return bytes
}
export const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
export const text = (value: string): Buffer => Buffer.concat([int16(Buffer.byteLength(value)), Buffer.from(value)])
