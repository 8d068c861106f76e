import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { firstValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../../src/config/cluster-config.js'
import { endSocket } from '../../../../src/sources/kafka/network/end-socket.js'
import { produceCalls } from '../../../../src/sources/kafka/produce-calls.js'

const servers: Server[] = []
const open: Socket[] = []
afterEach(async () => {
  for (const socket of open.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

/** Listens, and gives each socket that comes. */
const listen = async (serve: (socket: Socket) => void): Promise<number> => {
  const server = createServer((socket) => {
    open.push(socket)
    socket.on('error', () => undefined)
    serve(socket)
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** More than the buffers of two sockets hold. */
const large = Buffer.alloc(64 * 1024 * 1024)

describe('a socket that is closed in order', () => {
  it('sends what was written, however slowly that is taken', async () => {
    let served: (socket: Socket) => void = () => undefined
    const taker = new Promise<Socket>((done) => (served = done))
    const socket = connect(await listen((one) => served(one.pause())), '127.0.0.1')
    open.push(socket)
    await once(socket, 'connect')
    socket.write(large)
    const other = await taker
    endSocket(socket)
    expect(socket.destroyed).toBe(false)
    let taken = 0
    other.on('data', (part: Buffer) => (taken += part.length))
    other.resume()
    await once(other, 'end')
    expect(taken).toBe(large.length)
  })

  it('is let go of at the deadline where nothing is taken', async () => {
    const socket = connect(await listen((one) => one.pause()), '127.0.0.1')
    open.push(socket)
    await once(socket, 'connect')
    socket.on('error', () => undefined)
    socket.write(large)
    endSocket(socket, 20)
    await once(socket, 'close')
    expect(socket.writableFinished).toBe(false)
  })
})

describe('a request without an answer', () => {
  /** ApiVersions: code 0, Produce (0) up to 9, Metadata (3) from 0 to 8, no throttle. Metadata v8: one broker, no topics. */
  const versions = '0000' + '00000002' + '000000000009' + '000300000008' + '00000000'
  const metadataOf = (port: number): string =>
    '00000000' + '00000001' + '00000001' + `0009${Buffer.from('127.0.0.1').toString('hex')}` + port.toString(16).padStart(8, '0') + 'ffff' + 'ffff' + '00000001' + '00000000' // prettier-ignore

  const settingsOf = (port: number): ConnectionSettings => ({
    brokers: [{ host: '127.0.0.1', port }],
    clientId: 'test',
    tls: null,
    sasl: null,
    requestTimeoutMs: 10_000,
    connectionTimeoutMs: 10_000,
    reconnectBackoffMs: 10,
    reconnectBackoffMaxMs: 10,
    maxFrameBytes: 1_000_000
  })

  /** A broker that does not read what it gets under Produce before it is told to. */
  const standing = async (): Promise<{
    readonly port: number
    readonly halted: Promise<unknown>
    readonly go: () => void
    readonly taken: () => number
  }> => {
    let taken = 0
    let halt: (socket: Socket) => void = () => undefined
    const halted = new Promise<Socket>((done) => (halt = done))
    const port: number = await listen((socket) => {
      let producing = false
      socket.on('data', (request: Buffer) => {
        taken += request.length
        if (producing || request.readInt16BE(4) === 0) {
          if (!producing) halt(socket.pause())
          producing = true
          return
        }
        const body = Buffer.from(request.readInt16BE(4) === 18 ? versions : metadataOf(port), 'hex')
        const head = Buffer.alloc(4)
        head.writeInt32BE(4 + body.length)
        socket.write(Buffer.concat([head, request.subarray(8, 12), body]))
      })
    })
    return { port, halted, go: () => void halted.then((socket) => socket.resume()), taken: () => taken }
  }
  const request = {
    transaction: null,
    acks: 0,
    timeoutMs: 1_000,
    batches: [{ topic: 't', partition: 0, bytes: large }]
  } as const

  it('is done when the network has taken it, not when it was written', async () => {
    const broker = await standing()
    const calls = produceCalls(settingsOf(broker.port), { requestTimeoutMs: 10_000 })
    await firstValueFrom(calls.metadata([]))
    let told = false
    const answer = firstValueFrom(calls.produce(1, request))
    void answer.then(() => (told = true))
    await broker.halted
    expect(told).toBe(false)
    broker.go()
    expect(isRight(await answer)).toBe(true)
    calls.close()
    await expect.poll(broker.taken).toBeGreaterThan(large.length)
  })

  it('fails when the network takes nothing for request.timeout.ms; it may have been written', async () => {
    const broker = await standing()
    const calls = produceCalls(settingsOf(broker.port), { requestTimeoutMs: 50 })
    await firstValueFrom(calls.metadata([]))
    const answer = await firstValueFrom(calls.produce(1, request))
    expect(isLeft(answer) && answer.left).toMatchObject({ sent: true, fault: { _tag: 'ConnectionFault', reason: 'it took nothing for 50 ms' } }) // prettier-ignore
    calls.close()
  })
})
