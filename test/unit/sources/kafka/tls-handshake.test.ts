import { isLeft } from 'fp-ts/lib/Either.js'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server, type TlsOptions, type TLSSocket } from 'node:tls'
import { firstValueFrom } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import type { Fault } from '../../../../src/model/fault.js'
import { secret } from '../../../../src/index.js'
import { type ClientCertificate, kafka, type KafkaProperties } from '../../../../src/kafka.js'

const pem = (name: string): string => readFileSync(new URL(`../../../fixtures/tls/${name}`, import.meta.url), 'utf8')

let server: Server | null = null

/** A port that speaks TLS as a broker with `ssl.client.auth=required` does, and then says nothing. */
const serve = async (options: TlsOptions = {}): Promise<string> => {
  server = createServer({
    cert: pem('broker.pem'),
    key: pem('broker.key'),
    ca: pem('ca.pem'),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: 'TLSv1.3',
    ...options
  }).listen(0, '127.0.0.1')
  server.on('secureConnection', (socket) => socket.on('error', () => undefined))
  await once(server, 'listening')
  const address = server.address()
  return `127.0.0.1:${String(typeof address === 'object' ? address?.port : 0)}`
}

afterEach(() => {
  server?.close()
})

const faultOf = async (properties: Partial<KafkaProperties>, options: TlsOptions = {}): Promise<Fault | null> => {
  const cluster = kafka({
    'bootstrap.servers': await serve(options),
    'security.protocol': 'SSL',
    ...properties
  })
  const created = await firstValueFrom(cluster.createTopicsEither([{ topic: 't', partitions: 1 }]))
  return isLeft(created) ? created.left : null
}

describe('a broker that wants certificates', () => {
  it('refuses those who have none: that is no trouble of the network', async () => {
    expect(await faultOf({ 'ssl.ca.pem': pem('ca.pem') })).toMatchObject({
      _tag: 'AuthenticationFault',
      reason: 'the broker ended the TLS handshake: alert certificate required'
    })
  })

  it('is refused where its own is of nobody who is trusted', async () => {
    expect(await faultOf({})).toMatchObject({ _tag: 'AuthenticationFault' })
  })

  it('takes those whose certificate is of its CA', async () => {
    const own = { 'ssl.certificate.pem': pem('client.pem'), 'ssl.key.pem': pem('client.key') }
    expect(
      await faultOf({ 'ssl.ca.pem': pem('ca.pem'), ...own, 'socket.connection.setup.timeout.ms': 500 })
    ).toMatchObject({ _tag: 'ConnectionFault', reason: 'no answer to ApiVersions within 500 ms' })
  })

  it.each([
    ['only TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }],
    [
      'no cipher that is taken here',
      { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ciphers: 'NULL-SHA256@SECLEVEL=0' }
    ]
  ] as const)('that has %s is not tried for ever', async (_what, options) => {
    const fault = await faultOf({ 'ssl.ca.pem': pem('ca.pem') }, { requestCert: false, ...options })
    expect(fault).toMatchObject({ _tag: 'AuthenticationFault' })
    expect(fault?._tag === 'AuthenticationFault' && fault.reason).toContain(
      'no TLS version (1.2, 1.3) or cipher is common to both'
    )
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'has a session of %s resumed: the next handshake is a short one',
    async (version) => {
      const at = await serve({ requestCert: false, minVersion: version, maxVersion: version })
      const resumed: boolean[] = []
      server?.on('secureConnection', (socket: TLSSocket) => {
        resumed.push(socket.isSessionReused())
        // The first request has come, and with it the client has the session.
        socket.once('data', () => socket.end())
      })
      const cluster = kafka({
        'bootstrap.servers': at,
        'security.protocol': 'SSL',
        'ssl.ca.pem': pem('ca.pem'),
        'reconnect.backoff.ms': 1,
        'reconnect.backoff.max.ms': 1
      })
      while (resumed.length < 2) await firstValueFrom(cluster.createTopicsEither([{ topic: 't', partitions: 1 }]))
      expect(resumed.slice(0, 2)).toEqual([false, true])
    }
  )

  it('is shown the certificate that the function gives, a renewed one from the next connection on', async () => {
    const at = await serve()
    const shown: string[] = []
    server?.on('secureConnection', (socket: TLSSocket) => {
      shown.push(String(socket.getPeerCertificate().subject.CN))
      socket.destroy()
    })
    let asked = 0
    const cluster = kafka({
      'bootstrap.servers': at,
      'security.protocol': 'SSL',
      'ssl.ca.pem': pem('ca.pem'),
      'reconnect.backoff.ms': 1,
      'reconnect.backoff.max.ms': 1,
      'ssl.certificate.provider': () => {
        const name = asked++ === 0 ? 'client' : 'broker'
        return Promise.resolve({ certificate: pem(`${name}.pem`), key: secret(pem(`${name}.key`)) })
      }
    })
    while (shown.length < 2) await firstValueFrom(cluster.createTopicsEither([{ topic: 't', partitions: 1 }]))
    expect(shown.slice(0, 2)).toEqual(['client', 'broker'])
  })

  it('says nothing of a key or its password in what the function throws later', async () => {
    const at = await serve()
    server?.on('secureConnection', (socket: TLSSocket) => socket.destroy())
    let asked = 0
    const cluster = kafka({
      'bootstrap.servers': at,
      'security.protocol': 'SSL',
      'ssl.ca.pem': pem('ca.pem'),
      'reconnect.backoff.ms': 1,
      'reconnect.backoff.max.ms': 1,
      'ssl.certificate.provider': () => {
        if (asked++ > 0) throw new Error('the vault does not take opensesame any more')
        return { certificate: pem('client.pem'), key: pem('client.key'), password: secret('opensesame') }
      }
    })
    const create = (): Promise<unknown> => firstValueFrom(cluster.createTopicsEither([{ topic: 't', partitions: 1 }]))
    while (asked < 2) await create()
    expect(await create()).toMatchObject({ left: { reason: 'the vault does not take [redacted] any more' } })
  })

  it.each([
    [
      'nothing',
      null,
      'ssl.certificate.provider returned null, allowed is { certificate, key, password? } as PEM texts'
    ],
    ['no key', { certificate: 'x' }, 'ssl.certificate.provider returned a value of type object, allowed is { certificate, key, password? } as PEM texts'], // prettier-ignore
    ['another key', { certificate: pem('client.pem'), key: pem('other.key') }, 'ssl.certificate.provider: ssl.key.pem is [redacted], allowed is the key of the first certificate in ssl.certificate.pem'], // prettier-ignore
    ['a certificate that has ended', { certificate: pem('expired.pem'), key: pem('client.key') }, /^ssl.certificate.provider: ssl.certificate.pem is a certificate that was valid until Jan/] // prettier-ignore
  ])('is not connected to where the function gives %s, which may be better next time', async (_what, given, reason) => {
    const provider = (() => given) as unknown as () => ClientCertificate
    const fault = await faultOf({ 'ssl.ca.pem': pem('ca.pem'), 'ssl.certificate.provider': provider })
    expect(fault).toMatchObject({
      _tag: 'ConnectionFault',
      reason: typeof reason === 'string' ? reason : (expect.stringMatching(reason) as string)
    })
  })
})
