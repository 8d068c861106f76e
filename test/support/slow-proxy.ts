import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/** A TCP proxy on the loopback address in front of a broker. */
export interface SlowProxy {
  readonly port: number
  /** How many connections were ever opened. */
  readonly connections: () => number
  /** What the broker sends on new connections is held back for so long, the first `chunks` times. */
  readonly delay: (ms: number, chunks: number) => void
  /** Connections that are open now carry nothing any more, both ways, and nobody is told: a firewall that forgot them. */
  readonly forget: () => void
  readonly stop: () => Promise<void>
}

/** `target` is asked for with each connection: the broker may come up after its proxy. */
export const slowProxy = async (target: () => number): Promise<SlowProxy> => {
  const open = new Set<{ readonly client: Socket; readonly broker: Socket; forgotten: boolean }>()
  let connections = 0
  let slowness = { ms: 0, chunks: 0 }
  const server = createServer((client) => {
    connections++
    const { ms } = slowness
    let left = slowness.chunks
    const broker = connect({ host: '127.0.0.1', port: target() })
    const pair = { client, broker, forgotten: false }
    open.add(pair)
    let ready = Promise.resolve()
    client.on('data', (chunk) => {
      if (!pair.forgotten) broker.write(chunk)
    })
    broker.on('data', (chunk) => {
      const wait = left-- > 0 ? ms : 0
      if (wait > 0) ready = ready.then(() => new Promise((go) => setTimeout(go, wait)))
      void ready.then(() => {
        if (!pair.forgotten) client.write(chunk)
      })
    })
    for (const [one, other] of [
      [client, broker],
      [broker, client]
    ] as const) {
      // prettier-ignore
      one.on('error', () => undefined)
      one.on('close', () => {
        if (pair.forgotten && one === broker) return
        open.delete(pair)
        void ready.then(() => other.destroy())
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    connections: () => connections,
    delay: (ms, chunks) => {
      slowness = { ms, chunks }
    },
    forget: () => {
      for (const pair of open) pair.forgotten = true
    },
    stop: async () => {
      for (const { client, broker } of open) [client, broker].map((socket) => socket.destroy())
      await new Promise((closed) => server.close(closed))
    }
  }
}
