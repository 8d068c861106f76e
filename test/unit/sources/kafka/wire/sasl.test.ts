import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { pbkdf2Sync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { secret } from '../../../../../src/index.js'
import { invalidToken } from '../../../../../src/sources/kafka/sasl/invalid-token.js'
import { KnownSecrets } from '../../../../../src/sources/kafka/sasl/known-secrets.js'
import { oauthExchange } from '../../../../../src/sources/kafka/sasl/oauth-bearer.js'
import { plain } from '../../../../../src/sources/kafka/sasl/plain.js'
import { ScramClient } from '../../../../../src/sources/kafka/sasl/scram-client.js'
import { TokenSource } from '../../../../../src/sources/kafka/sasl/token-source.js'
import { VirtualClock } from '../../../../support/virtual-clock.js'

describe('PLAIN', () => {
  it('sends name and password as UTF-8 between zeros (RFC 4616)', async () => {
    const { first } = await plain('zoë', secret('pâss'), new KnownSecrets()).begin({ host: 'h', port: 1 })
    expect(Buffer.from(first).toString()).toBe('\0zoë\0pâss')
  })
})

describe('SCRAM-SHA-256, the exchange of RFC 7677', () => {
  const nonce = 'rOprNGfwEbeRWgbNEkqO'
  const challenge = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096'
  const proof =
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
  const signature = 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4='
  const client = (): ScramClient => new ScramClient('sha256', 'user', nonce)
  const proven = (): ScramClient => {
    const one = client()
    const salt = one.challenged(challenge)
    if (isLeft(salt)) throw new Error(salt.left)
    expect(salt.right.iterations).toBe(4_096)
    expect(one.proof(pbkdf2Sync('pencil', salt.right.salt, 4_096, 32, 'sha256'))).toBe(proof)
    return one
  }

  it('is what both sides say there', () => {
    expect(client().first()).toBe('n,,n=user,r=rOprNGfwEbeRWgbNEkqO')
    expect(isRight(proven().verified(signature))).toBe(true)
  })

  it.each([
    ['another signature', `v=${Buffer.alloc(32).toString('base64')}`],
    ['a shorter one', 'v=6rri'],
    ['none', 'v='],
    ['an error', 'e=other-error']
  ])('takes %s for no proof', (_what, message) => {
    expect(isLeft(proven().verified(message))).toBe(true)
  })

  it.each([
    ['a nonce that is not ours', challenge.replace(nonce, 'another')],
    ['our nonce and nothing of its own', `r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`],
    ['no salt', challenge.replace(/s=[^,]*/, 's=')],
    ['4095 iterations', challenge.replace('4096', '4095')],
    ['1000001 iterations', challenge.replace('4096', '1000001')],
    ['iterations that are no number', challenge.replace('4096', '4e3')],
    ['an extension that has to be understood', `m=ext,${challenge}`],
    ['an error', 'e=unknown-user'],
    ['nothing', '']
  ])('does not go on after %s', (_what, message) => {
    expect(isLeft(client().challenged(message))).toBe(true)
  })

  it('writes a name with its separators escaped (RFC 5802, 5.1)', () => {
    expect(new ScramClient('sha512', 'a=b,c', 'x').first()).toBe('n,,n=a=3Db=2Cc,r=x')
  })
})

describe('OAUTHBEARER', () => {
  it('sends the token and its extensions (RFC 7628, KIP-342)', () => {
    const { first } = oauthExchange({ value: 'abc.def', extensions: { cluster: 'lkc-1' } })
    expect(Buffer.from(first).toString('latin1')).toBe('n,,\x01auth=Bearer abc.def\x01cluster=lkc-1\x01\x01')
  })

  it('is done with an empty answer, and acknowledges a refusal to get the broker’s own words', async () => {
    expect(await oauthExchange({ value: 'abc' }).next(Buffer.alloc(0))).toEqual({ _tag: 'done' })
    const { next } = oauthExchange({ value: 'abc' })
    expect(await next(Buffer.from('{"status":"invalid_token"}'))).toEqual({
      _tag: 'send',
      message: Buffer.from('\x01')
    })
    expect(await next(Buffer.alloc(0))).toEqual({ _tag: 'refused', reason: '{"status":"invalid_token"}' })
  })

  it.each([
    ['nothing', undefined],
    ['a text', 'abc'],
    ['a token with a separator', { value: 'abc\x01auth=Bearer other' }],
    ['an empty token', { value: '' }],
    ['an end that is no number', { value: 'abc', expiresAt: new Date() }],
    ['an extension named auth', { value: 'abc', extensions: { auth: 'x' } }],
    ['an extension with a separator', { value: 'abc', extensions: { a: 'x\x01b=y' } }]
  ])('sends no token of a provider that gives %s', (_what, token) => {
    expect(invalidToken(token)).not.toBeNull()
  })
})

describe('TokenSource', () => {
  const source = (
    answers: (() => Promise<unknown>)[],
    clock = new VirtualClock()
  ): { tokens: TokenSource; clock: VirtualClock; calls: () => number } => {
    let calls = 0
    const provide = (): Promise<never> => {
      const answer = answers[Math.min(calls++, answers.length - 1)]
      if (answer === undefined) throw new Error('no answer')
      return answer() as Promise<never>
    }
    return { tokens: new TokenSource(provide, clock, 30_000), clock, calls: () => calls }
  }

  it('asks once for whoever waits at once, and again for the next', async () => {
    const { tokens, calls } = source([() => Promise.resolve({ value: 'a' })])
    expect(await Promise.all([tokens.token(), tokens.token()])).toEqual([{ value: 'a' }, { value: 'a' }])
    expect(calls()).toBe(1)
    await tokens.token()
    expect(calls()).toBe(2)
  })

  it('keeps a token for four fifths of its life: 20 of 25 hours', async () => {
    const hours = 3_600_000
    const clock = new VirtualClock()
    const { tokens, calls } = source(
      [() => Promise.resolve({ value: 'a', expiresAt: clock.wallTime() + 25 * hours })],
      clock
    )
    await tokens.token()
    clock.advance(20 * hours - 1)
    await tokens.token()
    expect(calls()).toBe(1)
    clock.advance(1)
    await tokens.token()
    expect(calls()).toBe(2)
  })

  it('gives a call up that never settles, and then calls again', async () => {
    const { tokens, clock, calls } = source([() => new Promise(() => undefined), () => Promise.resolve({ value: 'b' })])
    const first = tokens.token()
    clock.advance(30_000)
    await expect(first).rejects.toThrow('sasl.oauthbearer.token did not finish within 30000 ms')
    expect(await tokens.token()).toEqual({ value: 'b' })
    expect([calls(), clock.pending]).toEqual([2, 0])
  })

  it('says whether what was refused had ended: by its provider’s word, or by its own', async () => {
    const jwt = (exp: number): string =>
      ['{}', JSON.stringify({ exp }), 's'].map((part) => Buffer.from(part).toString('base64url')).join('.')
    for (const token of [{ value: 'a', expiresAt: 10_000 }, { value: jwt(10) }]) {
      const { tokens, clock } = source([() => Promise.resolve(token)])
      const given = await tokens.token()
      expect(tokens.refused(given)).toBe(true)
      clock.advance(10_000)
      expect(tokens.refused(given)).toBe(false)
    }
  })

  it('says so of the token that was refused, though another has been given since', async () => {
    const clock = new VirtualClock()
    const { tokens, calls } = source(
      [() => Promise.resolve({ value: 'a', expiresAt: clock.wallTime() + 10_000 })],
      clock
    )
    const slow = await tokens.token()
    clock.advance(10_000)
    const fresh = await tokens.token()
    expect([tokens.refused(slow), calls()]).toEqual([false, 2])
    // The one that is good is kept.
    expect([await tokens.token(), calls()]).toEqual([fresh, 2])
  })
})

describe('KnownSecrets', () => {
  const knowing = (...all: readonly string[]): KnownSecrets => {
    const secrets = new KnownSecrets()
    for (const one of all) secrets.add(one)
    return secrets
  }

  it('hides a secret and those before it, whichever is the beginning of another', () => {
    const secrets = knowing('wonder', 'wonderland', 'looking-glass')
    expect(secrets.hide('no: wonderland, wonder or looking-glass')).toBe('no: [redacted], [redacted] or [redacted]')
  })

  it('hides it as JSON and as a URL write it', () => {
    const secrets = knowing('a "b"\\ü&c')
    expect(secrets.hide(JSON.stringify({ password: 'a "b"\\ü&c' }))).toBe('{"password":"[redacted]"}')
    expect(secrets.hide(`https://a/?p=${encodeURIComponent('a "b"\\ü&c')}`)).toBe('https://a/?p=[redacted]')
  })

  it('takes nothing out that is in any text', () => {
    expect(knowing('', 'a', 'abc').hide('abc is no secret')).toBe('abc is no secret')
  })

  it('forgets those that were not used for long: what it keeps is limited', () => {
    const secrets = knowing('the password', ...Array.from({ length: 99 }, (_, n) => `token ${String(n)};`))
    secrets.add('the password')
    secrets.add('another')
    expect(secrets.hide('the password, token 0; token 1;')).toBe('[redacted], token 0; [redacted]')
  })
})
