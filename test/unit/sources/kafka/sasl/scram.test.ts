import { isLeft } from 'fp-ts/lib/Either.js'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { firstValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { type Fault, secret } from '../../../../../src/index.js'
import { connectionSettings } from '../../../../support/connection-settings.js'
import { kafkaCalls } from '../../../../../src/sources/kafka/kafka-calls.js'

const password = 'wonderland-7391'
const salt = Buffer.from('a salt')

/** What a server of SCRAM-SHA-256 says, where it is not what it should be. */
interface Lies {
  readonly iterations?: string
  readonly nonce?: (ours: string) => string
  readonly signature?: string
}

const int = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes)
  buffer.writeIntBE(value, 0, bytes)
  return buffer
}
const text = (value: string): Buffer => Buffer.concat([int(value.length, 2), Buffer.from(value)])
/** ApiVersions: Metadata (3), SaslHandshake (17) and SaslAuthenticate (36). */
const versions = Buffer.concat([
  int(0, 2),
  int(4, 1),
  ...[
    [3, 0, 8],
    [17, 0, 1],
    [36, 0, 0]
  ].flatMap((range) => [...range.map((value) => int(value, 2)), int(0, 1)]),
  int(0, 4),
  int(0, 1)
])
const mechanisms = Buffer.concat([int(0, 2), int(1, 4), text('SCRAM-SHA-256')])
/** One broker, no topics. */
const metadata = Buffer.concat([int(0, 4), int(0, 4), int(-1, 2), int(1, 4), int(0, 4), int(0, 4)])

const servers: Server[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((done) => server.close(done))))
})

/** What becomes of the first request to a broker that lies so in its authentication, and how many steps that took. */
const authenticate = async (lies: Lies): Promise<{ readonly fault: Fault | null; readonly steps: number }> => {
  const iterations = lies.iterations ?? '4096'
  const messages: string[] = []
  const answer = (message: string): string => {
    messages.push(message)
    if (messages.length === 1) {
      const ours = /r=(.*)$/.exec(message)?.[1] ?? ''
      return `r=${lies.nonce?.(ours) ?? `${ours}server`},s=${salt.toString('base64')},i=${iterations}`
    }
    const signed = [
      messages[0]?.slice(3),
      `r=${/r=([^,]*)/.exec(message)?.[1] ?? ''},s=${salt.toString('base64')},i=${iterations}`,
      message.replace(/,p=.*/, '')
    ]
    const salted = pbkdf2Sync(password, salt, Number(iterations), 32, 'sha256')
    const key = createHmac('sha256', salted).update('Server Key').digest()
    return `v=${lies.signature ?? createHmac('sha256', key).update(signed.join(',')).digest('base64')}`
  }
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (request) => {
      const api = request.readInt16BE(4)
      const saslAuthenticate = (): Buffer => {
        const said = /(?:n,,|c=).*$/s.exec(request.toString('latin1'))?.[0] ?? ''
        const body = Buffer.from(answer(said))
        return Buffer.concat([int(0, 2), int(-1, 2), int(body.length, 4), body])
      }
      const body = api === 18 ? versions : api === 17 ? mechanisms : api === 36 ? saslAuthenticate() : metadata
      socket.write(Buffer.concat([int(body.length + 4, 4), request.subarray(8, 12), body]))
    })
  }).listen(0, '127.0.0.1')
  servers.push(server)
  await once(server, 'listening')
  const address = server.address()
  const calls = kafkaCalls(
    connectionSettings([typeof address === 'object' && address !== null ? address.port : 0], {
      sasl: { mechanism: 'SCRAM-SHA-256', username: 'alice', password: secret(password) },
      requestTimeoutMs: 10_000,
      connectionTimeoutMs: 10_000
    }),
    { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_000 }
  )
  const outcome = await firstValueFrom(calls.metadata([]))
  calls.close()
  return { fault: isLeft(outcome) ? outcome.left : null, steps: messages.length }
}

describe('a broker that is authenticated to by SCRAM', () => {
  it('is taken for one that knows the password if it proves that it does', async () => {
    expect(await authenticate({})).toEqual({ fault: null, steps: 2 })
  })

  it.each<readonly [string, Lies, RegExp, number]>([
    ['one iteration', { iterations: '1' }, /1 iterations, fewer than the minimum of 4096/, 1],
    [
      'two billion iterations',
      { iterations: '2147483647' },
      /2147483647 iterations, more than the maximum of 1000000/,
      1
    ],
    ['iterations behind a blank', { iterations: ' 1000001' }, /iterations is invalid/, 1],
    ['iterations that are no number', { iterations: 'x' }, /iterations/, 1],
    ['a nonce that is not ours', { nonce: () => 'another' }, /nonce/, 1],
    ['a wrong signature', { signature: createHash('sha256').update('no').digest('base64') }, /signature/, 2]
  ])('is refused with %s, and what is said holds no password', async (_what, lies, reason, steps) => {
    const refused = await authenticate(lies)
    expect(refused).toMatchObject({
      steps,
      fault: { _tag: 'AuthenticationFault', reason: expect.stringMatching(reason) }
    })
    expect(JSON.stringify(refused.fault)).not.toContain(password)
  })
})
