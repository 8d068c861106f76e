import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { seededRandom } from '../../src/internal/seeded-random.js'
import { ProxiedConnection } from './proxied-connection.js'

/** What is wrong with the network, or with the broker behind it, from now on. */
export interface NetworkTrouble {
  /** API keys of the requests that it holds for; left out: all. */
  readonly apis?: readonly number[]
  /** Answers are held back for so long, and up to `jitterMs` longer. */
  readonly delayMs?: number
  readonly jitterMs?: number
  /** No more than so many answers of a connection are held back. */
  readonly delays?: number
  /** Answers are written in pieces of so many bytes, each in a turn of its own. */
  readonly sliceBytes?: number
  /** Answers take as long as they would at this rate. */
  readonly bytesPerSecond?: number
  /** The share of requests (0 to 1) at which the connection is cut, before the broker has seen them. */
  readonly cutBefore?: number
  /** The share of requests at which it is cut when the broker has answered, and the answer is lost. */
  readonly cutAfter?: number
  /** Where TLS handshakes are cut, of a proxy whose bytes are encrypted: the broker's answer to the first message comes by half. */
  readonly cutHandshake?: 'at the first message' | 'within the answer'
  /** A cut is a reset, not an orderly end. */
  readonly reset?: boolean
}

/** Which way nothing passes any more. */
export type Direction = 'both' | 'to the broker' | 'to the client'

/** What connections go by. */
export interface ProxyState {
  readonly random: () => number
  trouble: NetworkTrouble
  /** what was answered last, by question */
  readonly answered: Map<string, Buffer>
  past: boolean
  frozen: boolean
  readonly lie: ((apiKey: number, answer: Buffer) => void) | undefined
}

/** A TCP proxy on the loopback address in front of a broker that knows Kafka's frames. It does the same for the same seed and requests. */
export interface FaultProxy {
  readonly port: number
  /** How many connections were ever opened. */
  readonly connections: () => number
  /** How many are open. */
  readonly open: () => number
  /** How many requests of an API were passed on. */
  readonly requests: (apiKey: number) => number
  readonly trouble: (trouble: NetworkTrouble) => void
  /** Connections that are open now carry nothing any more, without an end: a firewall that forgot them. */
  readonly forget: (direction?: Direction) => void
  /** Connections that are open now are reset. */
  readonly reset: () => void
  /** All connections, new ones too, are accepted and carry nothing, until false. */
  readonly freeze: (frozen: boolean) => void
  /** Metadata and FindCoordinator are answered as the same question was before, until false: a broker that is cut off from its controller. */
  readonly answerFromThePast: (past: boolean) => void
  readonly stop: () => Promise<void>
}

export interface FaultProxyOptions {
  /** The broker's port, asked for with each connection: it may come up after its proxy. */
  readonly target: () => number
  readonly seed?: number
  /** Bytes that are encrypted have no frames: each chunk of the client's counts as a request, each of the broker's as an answer. */
  readonly encrypted?: boolean
  /** Hears of each request that is passed on. */
  readonly onRequest?: (apiKey: number) => void
  /** May change the bytes of an answer: the broker lies. */
  readonly lie?: (apiKey: number, answer: Buffer) => void
}

export const faultProxy = async ({
  target,
  seed = 1,
  encrypted = false,
  onRequest,
  lie
}: FaultProxyOptions): Promise<FaultProxy> => {
  const state: ProxyState = {
    random: seededRandom(seed),
    trouble: {},
    answered: new Map(),
    past: false,
    frozen: false,
    lie
  }
  const open = new Set<ProxiedConnection>()
  const counts = new Map<number, number>()
  let connections = 0
  const server = createServer((client) => {
    connections++
    const connection = new ProxiedConnection(client, connect({ host: '127.0.0.1', port: target() }), state, {
      encrypted,
      onRequest: (key) => {
        counts.set(key, (counts.get(key) ?? 0) + 1)
        onRequest?.(key)
      },
      onEnd: () => open.delete(connection)
    })
    open.add(connection)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    open: () => open.size,
    requests: (apiKey) => counts.get(apiKey) ?? 0,
    trouble: (trouble) => {
      state.trouble = trouble
    },
    forget: (direction = 'both') => {
      for (const connection of open) connection.forget(direction)
    },
    reset: () => {
      for (const connection of open) connection.end(true)
    },
    freeze: (frozen) => {
      state.frozen = frozen
      for (const connection of open) connection.end(true)
    },
    answerFromThePast: (past) => {
      state.past = past
    },
    stop: async () => {
      for (const connection of open) connection.end(false)
      await new Promise((closed) => server.close(closed))
    }
  }
}
