import { isLeft } from 'fp-ts/lib/Either.js'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { firstValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { ConnectionSettings } from '../../../../src/config/connection-settings.js'
import type { Fault } from '../../../../src/model/fault.js'
import { kafkaCalls } from '../../../../src/sources/kafka/kafka-calls.js'
import { connectionSettings } from '../../../support/connection-settings.js'
import { FrameReader } from '../../../../src/sources/kafka/network/frame-reader.js'

const servers: Server[] = []
const sockets: Socket[] = []

/** A server that does what a broker would not. */
const serve = async (answer: (socket: Socket, request: Buffer) => void): Promise<ConnectionSettings> => {
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => undefined)
    socket.on('data', (request) => {
      answer(socket, request)
    })
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return connectionSettings([port], {
    requestTimeoutMs: 60_000,
    connectionTimeoutMs: 60_000,
    connectionTimeoutMaxMs: 60_000
  })
}

/** For tests in which the time is over, whatever the machine does meanwhile. */
const hurried = { requestTimeoutMs: 300, connectionTimeoutMs: 300, connectionTimeoutMaxMs: 300 }

const callsOf = (settings: ConnectionSettings): ReturnType<typeof kafkaCalls> =>
  kafkaCalls(settings, { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000 })

const faultOf = async (settings: ConnectionSettings): Promise<Fault | null> => {
  const calls = callsOf(settings)
  const answer = await firstValueFrom(calls.metadata([]))
  calls.close()
  return isLeft(answer) ? answer.left : null
}

/** How many timers keep the process. */
const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length

const frame = (request: Buffer, body: string): Buffer => {
  const payload = Buffer.concat([request.subarray(8, 12), Buffer.from(body, 'hex')])
  const length = Buffer.alloc(4)
  length.writeInt32BE(payload.length)
  return Buffer.concat([length, payload])
}
/** ApiVersions v3: code 0, Metadata (3) from 0 to 8, no throttle. Metadata v8: one broker, no topics. */
const versions = '0000' + '02' + '000300000008' + '00' + '00000000' + '00'
const metadata = '00000000' + '00000000' + 'ffff' + '00000001' + '00000000' + '00000000'
const broker = (socket: Socket, request: Buffer): void => {
  for (let at = 0; at + 4 <= request.length; at += 4 + request.readInt32BE(at)) {
    const one = request.subarray(at)
    socket.write(frame(one, one.readInt16BE(4) === 18 ? versions : metadata))
  }
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

describe('a connection', () => {
  it.each([
    ['a frame of length -1', 'ffffffff', /-1 bytes/],
    ['a frame of two gigabytes', '7fffffff', /2147483647 bytes/],
    ['an HTTP answer', Buffer.from('HTTP/1.1 400 Bad Request').toString('hex'), /HTTP/],
    ['a TLS alert', '15030100020246', /TLS/],
    ['a frame too short for its head', '00000002abcd', /2 bytes/]
  ])('takes %s for what is not Kafka, at once', async (_what, bytes, reason) => {
    const settings = await serve((socket) => socket.write(Buffer.from(bytes, 'hex')))
    const fault = await faultOf(settings)
    expect(fault).toMatchObject({ _tag: 'FrameFault', reason: expect.stringMatching(reason) })
  })

  it('takes an answer that ends too early for a fault', async () => {
    const settings = await serve((socket, request) => socket.write(frame(request, '0000ffffff')))
    expect(await faultOf(settings)).toMatchObject({ _tag: 'FrameFault' })
  })

  it('gives a broker that takes the connection and says nothing its time, and no more', async () => {
    const settings = await serve(() => undefined)
    expect(await faultOf({ ...settings, ...hurried })).toMatchObject({
      _tag: 'ConnectionFault',
      reason: expect.stringContaining('300 ms')
    })
  })

  it('that is being made is given up when it is closed: neither it nor a timer keeps the process', async () => {
    const tls = { verify: false, ca: null, cert: null, key: null, passphrase: null, provider: null, serverName: null }
    const settings = { ...(await serve(() => undefined)), connectionTimeoutMs: 60_000, tls }
    const connected = once(servers[0] as Server, 'connection')
    const before = timers()
    const calls = callsOf(settings)
    const answer = firstValueFrom(calls.metadata([]))
    // The broker has the connection, and says nothing to the TLS handshake.
    await connected
    calls.close()
    expect(await answer).toMatchObject({ left: { _tag: 'ClosedFault' } })
    expect(timers()).toBe(before)
  })

  it('gives a broker that answers a byte at a time no more time than one that says nothing', async () => {
    const settings = await serve((socket, request) => {
      const answer = frame(request, versions)
      const next = (at: number): void => {
        if (!socket.destroyed) socket.write(answer.subarray(at, at + 1), () => setTimeout(next, 50, at + 1))
      }
      next(0)
    })
    expect(await faultOf({ ...settings, ...hurried })).toMatchObject({
      _tag: 'ConnectionFault',
      reason: expect.stringContaining('300 ms')
    })
  })

  it('gives a broker that speaks too old a version up', async () => {
    const old = '0000' + '02' + '000300000001' + '00' + '00000000' + '00'
    const settings = await serve((socket, request) => socket.write(frame(request, old)))
    const broker = `127.0.0.1:${String(settings.brokers[0]?.port)}`
    expect(await faultOf(settings)).toEqual({
      _tag: 'UnsupportedVersionFault',
      broker,
      api: 'Metadata',
      needed: 'v8 to v13',
      offered: '0 to 1'
    })
  })

  it('is one for three requests at once, and comes again after it was closed by the broker', async () => {
    const settings = await serve(broker)
    const calls = callsOf(settings)
    const ask = async (): Promise<boolean> => !isLeft(await firstValueFrom(calls.metadata([])))
    expect(await Promise.all([ask(), ask(), ask()])).toEqual([true, true, true])
    expect(sockets).toHaveLength(1)
    sockets[0]?.end()
    await once(sockets[0] as Socket, 'close')
    expect(await ask()).toBe(true)
    expect(sockets).toHaveLength(2)
    calls.close()
  })

  it('ends at once when it is closed, with a request under way', async () => {
    const settings = await serve((socket, request) => {
      if (request.readInt16BE(4) === 18) broker(socket, request)
    })
    const calls = callsOf({ ...settings, requestTimeoutMs: 60_000 })
    const asked = firstValueFrom(calls.metadata([]))
    while (sockets.length === 0) await new Promise((go) => setImmediate(go))
    await once(sockets[0] as Socket, 'data')
    calls.close()
    expect(await asked).toMatchObject({ left: { _tag: 'ClosedFault' } })
    expect(await firstValueFrom(calls.metadata([]))).toMatchObject({ left: { _tag: 'ClosedFault' } })
  })

  it('is not tried again before its backoff is over, and says meanwhile why it failed', async () => {
    let tried = 0
    const settings = await serve((socket) => {
      tried++
      socket.destroy()
    })
    const calls = callsOf({ ...settings, reconnectBackoffMs: 60_000, reconnectBackoffMaxMs: 60_000 })
    const first = await firstValueFrom(calls.metadata([]))
    const second = await firstValueFrom(calls.metadata([]))
    calls.close()
    expect(first).toMatchObject({ left: { _tag: 'ConnectionFault' } })
    expect([second, tried]).toEqual([first, 1])
  })

  it('tells the broker that cannot be reached by its address', async () => {
    const settings = await serve(() => undefined)
    await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
    expect(await faultOf(settings)).toMatchObject({
      _tag: 'ConnectionFault',
      broker: `127.0.0.1:${String(settings.brokers[0]?.port)}`
    })
  })
})

describe('FrameReader', () => {
  const readerInto = (found: string[]): FrameReader =>
    new FrameReader(
      100_000,
      (whole) => found.push(whole.subarray(4).toString()),
      (reason) => found.push(reason)
    )
  /** As a socket does it: into the room that there is, so many bytes at once. */
  const fill = (reader: FrameReader, bytes: Buffer, most: number): void => {
    for (let at = 0; at < bytes.length;) {
      const copied = bytes.copy(reader.room, 0, at, Math.min(bytes.length, at + most))
      reader.filled(copied)
      at += copied
    }
  }
  const framed = (text: string): Buffer => {
    const length = Buffer.alloc(4)
    length.writeInt32BE(text.length)
    return Buffer.concat([length, Buffer.from(text)])
  }
  const words = ['alpha', 'beta', 'g'.repeat(40_000), 'delta', 'e'.repeat(16_380), 'f'.repeat(16_384), 'zeta']
  const bytes = Buffer.concat(words.map(framed))

  it.each([1, 2, 3, 5, 8, 1_000, 16_384, 20_000, bytes.length])('finds the frames in pieces of %d bytes', (size) => {
    const pushed: string[] = []
    const reader = readerInto(pushed)
    for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size))
    expect(pushed).toEqual(words)
    const filled: string[] = []
    fill(readerInto(filled), bytes, size)
    expect(filled).toEqual(words)
  })

  it('has a large frame read where it stays', () => {
    const buffers: ArrayBufferLike[] = []
    const reader = new FrameReader(100_000, (whole) => buffers.push(whole.buffer), expect.unreachable)
    const large = framed('x'.repeat(50_000))
    fill(reader, large.subarray(0, 10_000), 10_000)
    const { buffer } = reader.room
    fill(reader, large.subarray(10_000), 10_000)
    expect(buffers).toEqual([buffer])
    expect(reader.room.buffer).not.toBe(buffer)
  })

  it('reads nothing more behind what cannot be a length', () => {
    const found: string[] = []
    readerInto(found).push(Buffer.concat([framed('alpha'), Buffer.from('ffffffff', 'hex'), framed('beta')]))
    expect(found).toEqual(['alpha', 'it sent a frame of -1 bytes, at most 100000 are accepted'])
  })
})
