import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:tls'
import { expect, it } from 'vitest'
import { FrameReader } from '../../../../src/sources/kafka/network/frame-reader.js'
import { openSocket } from '../../../../src/sources/kafka/network/socket.js'
import { realClock } from '../../../../src/internal/real-clock.js'

const pem = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), 'utf8')

/** A frame of Kafka's, with this many bytes behind its length. */
const frameOf = (bytes: number): Buffer => {
  const frame = Buffer.from(Array.from({ length: 4 + bytes }, (_, at) => (at * 7) % 251))
  frame.writeInt32BE(bytes)
  return frame
}

it('reads what comes by TLS into its frames, and hears of the end', async () => {
  const sent = [frameOf(4), frameOf(300_000), frameOf(17), frameOf(40_000), frameOf(5)]
  const server = createServer({ cert: pem('broker.pem'), key: pem('broker.key') }, (socket) => {
    const all = Buffer.concat(sent)
    for (let at = 0; at < all.length; at += 33_333) socket.write(all.subarray(at, at + 33_333))
    socket.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const frames: Buffer[] = []
  const told: string[] = []
  const reader = new FrameReader(
    1_000_000,
    (frame) => frames.push(frame),
    (reason) => told.push(reason)
  )
  const tls = {
    verify: true,
    ca: pem('ca.pem'),
    cert: null,
    key: null,
    passphrase: null,
    provider: null,
    serverName: null
  }
  await new Promise<void>((resolve) => {
    openSocket({ host: '127.0.0.1', ip: '127.0.0.1', port }, tls, new Map(), realClock, {
      connected: () => told.push('connected'),
      opened: () => told.push('opened'),
      reader: Object.assign(reader, { push: () => void told.push('bytes that are copied') }),
      closed: (error) => {
        told.push(error === null ? 'closed' : String(error))
        resolve()
      }
    })
  })
  server.close()
  expect(told).toEqual(['connected', 'opened', 'closed'])
  expect(frames.map((frame, at) => frame.equals(sent[at] ?? Buffer.alloc(0)))).toEqual(sent.map(() => true))
})
