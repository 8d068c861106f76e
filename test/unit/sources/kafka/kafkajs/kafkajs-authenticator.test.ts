import { describe, expect, it } from 'vitest'
import { realClock } from '../../../../../src/internal/real-clock.js'
import { kafkajsAuthenticator } from '../../../../../src/sources/kafka/kafkajs/kafkajs-authenticator.js'
import type { KafkajsSasl } from '../../../../../src/sources/kafka/kafkajs/kafkajs-instance.js'
import { KnownSecrets } from '../../../../../src/sources/kafka/sasl/known-secrets.js'
import type { Authenticator } from '../../../../../src/sources/kafka/sasl/sasl-exchange.js'

const broker = { host: 'a', port: 1 }
const authenticator = (sasl: KafkajsSasl, secrets = new KnownSecrets()): Authenticator => {
  const made = kafkajsAuthenticator(
    { ...broker, logger: {}, sasl, connect: () => Promise.resolve() },
    realClock,
    10_000,
    secrets
  )
  if (made === null) throw new Error('no authenticator')
  return made
}

/** kafkajs's form of a message: its length before it. */
const framed = (text: string): Buffer => Buffer.from([0, 0, 0, text.length, ...Buffer.from(text)])

interface Asking {
  readonly saslAuthenticate: (exchange: object) => Promise<unknown>
}

const response = { decode: (raw: Buffer) => Promise.resolve(raw.subarray(4)), parse: (raw: Buffer) => raw.toString() }
const ask = ({ saslAuthenticate }: Asking, text: string): Promise<unknown> =>
  saslAuthenticate({ request: { encode: () => Promise.resolve(framed(text)) }, response })

const authenticating = (authenticate: (asking: Asking) => Promise<void>): Authenticator =>
  authenticator({
    mechanism: 'mine',
    authenticationProvider: (asking: Asking) => ({ authenticate: () => authenticate(asking) })
  })

describe('an authenticationProvider of kafkajs', () => {
  it('sends its messages without kafkajs’s length, and reads the broker’s with it', async () => {
    const heard: unknown[] = []
    const mine = authenticating(async (asking) => {
      heard.push(await ask(asking, 'hello'))
      heard.push(await ask(asking, 'proof'))
    })
    expect(mine.mechanism).toBe('MINE')
    const exchange = await mine.begin(broker)
    expect(Buffer.from(exchange.first).toString()).toBe('hello')
    const second = await exchange.next(Buffer.from('challenge'))
    expect(second).toMatchObject({ _tag: 'send', message: Buffer.from('proof') })
    expect(await exchange.next(Buffer.from('taken'))).toEqual({ _tag: 'done' })
    expect(heard).toEqual(['challenge', 'taken'])
  })

  it('fails the exchange by what it throws: at once, before a message, and after one', async () => {
    const [early, late] = [
      authenticating(() => Promise.reject(new Error('no credentials'))),
      authenticating(async (asking) => {
        await ask(asking, 'hello')
        throw new Error('not the broker that I know')
      })
    ]
    await expect(early.begin(broker)).rejects.toThrow('no credentials')
    const exchange = await late.begin(broker)
    await expect(exchange.next(Buffer.alloc(0))).rejects.toThrow('not the broker that I know')
    await expect(authenticating(() => Promise.resolve()).begin(broker)).rejects.toThrow('MINE sent nothing')
  })

  it('is not taken for the user’s where kafkajs has put its own beside the credentials', async () => {
    const authenticationProvider = (): never => {
      throw new Error('called')
    }
    const plain = authenticator({ mechanism: 'plain', username: 'a', password: 'b', authenticationProvider })
    expect(Buffer.from((await plain.begin(broker)).first).toString()).toBe('\0a\0b')
  })
})

describe('the credentials of a kafkajs instance', () => {
  it('are those that it has when a connection is made', async () => {
    const token = { value: 'first' }
    const bearer = (): Authenticator =>
      authenticator({ mechanism: 'oauthbearer', oauthBearerProvider: () => Promise.resolve({ ...token }) })
    expect(Buffer.from((await bearer().begin(broker)).first).toString()).toContain('auth=Bearer first')
    token.value = 'second'
    expect(Buffer.from((await bearer().begin(broker)).first).toString()).toContain('auth=Bearer second')
  })

  it('are sent to AWS in one message', async () => {
    const aws = authenticator({
      mechanism: 'aws',
      authorizationIdentity: 'id',
      accessKeyId: 'key',
      secretAccessKey: 'secret'
    })
    expect([aws.mechanism, Buffer.from((await aws.begin(broker)).first).toString()]).toEqual([
      'AWS',
      'id\0key\0secret\0'
    ])
  })

  it('are hidden where a broker repeats them, also those of a former connection', async () => {
    const secrets = new KnownSecrets()
    const token = { value: 'abc.first' }
    const bearer = (): Authenticator =>
      authenticator({ mechanism: 'oauthbearer', oauthBearerProvider: () => Promise.resolve({ ...token }) }, secrets)
    await bearer().begin(broker)
    token.value = 'abc.second'
    const second = bearer()
    await second.begin(broker)
    expect(second.hide('abc.first, abc.second')).toBe('[redacted], [redacted]')
    const aws = authenticator({
      mechanism: 'aws',
      accessKeyId: 'AKIA',
      secretAccessKey: 's3cr3t',
      sessionToken: 'sess'
    })
    await aws.begin(broker)
    expect(aws.hide('AKIA, s3cr3t, sess')).toBe('AKIA, [redacted], [redacted]')
  })

  it('are missing where a mechanism of nobody’s has no provider', () => {
    expect(() => authenticator({ mechanism: 'mine' })).toThrow('no authenticationProvider for the mechanism MINE')
  })
})
