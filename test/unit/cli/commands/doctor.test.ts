import { readFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import { probeBroker } from '../../../../src/cli/broker-probe.js'
import { commandLine } from '../../../support/command-line.js'

const pem = (name: string): string => readFileSync(`test/fixtures/tls/${name}`, 'utf8')

const open: Server[] = []
const sockets = new Set<Socket>()
const listening = async (server: Server): Promise<string> => {
  open.push(server)
  server.on('connection', (socket) => sockets.add(socket.on('error', () => undefined)))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `127.0.0.1:${String((server.address() as AddressInfo).port)}`
}
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  for (const server of open.splice(0)) await new Promise((resolve) => server.close(resolve))
})

/** Answers every ApiVersions request with these. */
const broker =
  (spoken: readonly (readonly [number, number, number])[]) =>
  (socket: Socket): void => {
    socket
      .on('error', () => undefined)
      .on('data', (bytes: Buffer) => {
        const answer = Buffer.alloc(14 + spoken.length * 6)
        answer.writeInt32BE(answer.length - 4, 0)
        answer.writeInt32BE(bytes.readInt32BE(8), 4)
        answer.writeInt32BE(spoken.length, 10)
        spoken.forEach(([key, from, to], index) => {
          answer.writeInt16BE(key, 14 + index * 6)
          answer.writeInt16BE(from, 16 + index * 6)
          answer.writeInt16BE(to, 18 + index * 6)
        })
        socket.write(answer)
      })
  }

const doctor = async (brokers: string, ...more: readonly string[]): Promise<string> => {
  const { out, code } = await commandLine(['doctor', '-b', brokers, ...more])
  expect(code).toBe(1)
  return out
}

describe('doctor', () => {
  it('says what is wrong with the properties, and stops there', async () => {
    expect(await doctor('localhost:9092', '-X', 'security.protocol=SASL_SSL')).toMatch(
      /FAILED {2}properties: sasl\.mechanism is left out/
    )
  })
  it('says that a host name is unknown', async () => {
    expect(await doctor('no-such-host.invalid:9092')).toMatch(/no-such-host\.invalid:9092: its name is not known here/)
  })
  it('says that the port is closed', async () => {
    const address = await listening(createServer())
    await new Promise((resolve) => open.pop()?.close(resolve))
    expect(await doctor(address)).toMatch(/no connection \(ECONNREFUSED\): check that the broker runs/)
  })
  it('says that the server is no Kafka broker', async () => {
    const address = await listening(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(await doctor(address)).toMatch(/it is no Kafka broker: it answered "HTTP\/1\.1 400 Bad Req/)
  })
  it('says that plaintext was tried on a TLS listener', async () => {
    const address = await listening(createTlsServer({ key: pem('broker.key'), cert: pem('broker.pem') }, broker([])))
    expect(await doctor(address)).toMatch(
      /it speaks TLS, and plaintext was tried: set security\.protocol to SSL or SASL_SSL/
    )
  })
  it('says that TLS was tried on a plaintext listener', async () => {
    const address = await listening(createServer(broker([])))
    expect(await doctor(address, '-X', 'security.protocol=SSL')).toMatch(/it speaks plaintext, and TLS was tried/)
  })
  it('says which requests a broker is too old for', async () => {
    const address = await listening(createServer(broker([[3, 0, 5]])))
    expect(await doctor(address)).toMatch(
      /its Kafka is too old \(before 2\.7\): .*JoinGroup \(v\d.* needed, nothing offered\)/
    )
  })
  it('says whether it is the certificate or the clock', async () => {
    const address = await listening(
      createTlsServer({ key: pem('broker.key'), cert: pem('broker.pem') }, broker([[3, 0, 5]]))
    )
    const args = ['doctor', '-b', address, '-X', 'security.protocol=SSL']
    const late = await commandLine(args, { now: () => Date.parse('2299-01-01') })
    expect(late.out).toMatch(/its certificate was valid until .*, and the clock of this machine says 2299-01-01/)
    const early = await commandLine(args, { now: () => Date.parse('1999-01-01') })
    expect(early.out).toMatch(/its certificate is valid from .*, and the clock of this machine says 1999-01-01/)
  })
})

describe('a probe', () => {
  it('stops waiting for a port that does not answer', async () => {
    const [host = '', port] = (await listening(createServer())).split(':')
    expect(await probeBroker(host, Number(port), false, 50)).toEqual({ is: 'silent' })
  })
})
