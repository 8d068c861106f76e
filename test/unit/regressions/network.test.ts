import { isLeft } from 'fp-ts/lib/Either.js'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { firstValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../src/config/connection-settings.js'
import { kafkaCalls } from '../../../src/sources/kafka/kafka-calls.js'
import { connectionSettings } from '../../support/connection-settings.js'

interface Node {
  readonly port: number
  /** It goes: nothing listens any more, and its connections are cut. */
  readonly stop: () => Promise<void>
}

const running: Node[] = []

/** A broker that says which versions it speaks and which brokers there are. */
const startNode = async (brokers: () => readonly Node[]): Promise<Node> => {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (request) => {
      for (let at = 0; at + 4 <= request.length; at += 4 + request.readInt32BE(at)) {
        const one = request.subarray(at)
        const body = one.readInt16BE(4) === 18 ? Buffer.from(versions, 'hex') : metadataOf(brokers())
        const head = Buffer.alloc(4)
        head.writeInt32BE(4 + body.length)
        socket.write(Buffer.concat([head, one.subarray(8, 12), body]))
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const stop = (): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    return new Promise((done) => server.close(() => { done() })) // prettier-ignore
  }
  const node = { port: typeof address === 'object' && address !== null ? address.port : 0, stop }
  running.push(node)
  return node
}

/** ApiVersions v3: code 0, Metadata (3) from 0 to 8, no throttle. */
const versions = '0000' + '02' + '000300000008' + '00' + '00000000' + '00'

const metadataOf = (nodes: readonly Node[]): Buffer => {
  const host = Buffer.from('127.0.0.1')
  const brokers = nodes.map(({ port }, index) => {
    const bytes = Buffer.alloc(4 + 2 + host.length + 4 + 2)
    bytes.writeInt32BE(index + 1)
    bytes.writeInt16BE(host.length, 4)
    host.copy(bytes, 6)
    bytes.writeInt32BE(port, 6 + host.length)
    bytes.writeInt16BE(-1, 10 + host.length)
    return bytes
  })
  const count = Buffer.alloc(8)
  count.writeInt32BE(nodes.length, 4)
  return Buffer.concat([count, ...brokers, Buffer.from('ffff' + '00000001' + '00000000' + '00000000', 'hex')])
}

const settingsOf = (...bootstrap: readonly Node[]): ConnectionSettings =>
  connectionSettings(
    bootstrap.map(({ port }) => port),
    { requestTimeoutMs: 1_000, connectionTimeoutMs: 1_000, connectionTimeoutMaxMs: 1_000 }
  )

afterEach(async () => {
  await Promise.all(running.splice(0).map(({ stop }) => stop()))
})

// platformatic/kafka#232
describe('the broker that was given to begin with', () => {
  it('may go for good, as long as others that the cluster has named are there', async () => {
    const nodes: Node[] = []
    for (let count = 0; count < 3; count++) nodes.push(await startNode(() => nodes))
    const [first, second] = nodes as [Node, Node, Node]
    const calls = kafkaCalls(settingsOf(first), { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000 })
    const ask = async (): Promise<boolean> => !isLeft(await firstValueFrom(calls.metadata([])))
    expect(await ask()).toBe(true)
    await first.stop()
    expect(await ask()).toBe(true)
    await second.stop()
    expect([await ask(), await ask()]).toEqual([true, true])
    calls.close()
  })

  it('is asked again when all that the cluster has named are gone', async () => {
    const other = await startNode(() => [other])
    const first = await startNode(() => [other])
    const calls = kafkaCalls(settingsOf(first), { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000 })
    const ask = async (): Promise<boolean> => !isLeft(await firstValueFrom(calls.metadata([])))
    expect(await ask()).toBe(true)
    await other.stop()
    expect(await ask()).toBe(true)
    calls.close()
  })
})
