import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { ConsumerError, type ConsumerRecord, describeFault, exponential } from '../../../../src/index.js'
import { HttpStatusError, type HttpResponse, toHttp, type ToHttpOptions } from '../../../../src/http.js'
import { sinkContract, type SinkUnderTest, testPartition } from '../../../../src/testing.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
const quick = exponential({ initialMs: 1, maxMs: 2 })
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server on loopback; `answer` gets what was sent. */
const serving = async (answer: (body: string, request: IncomingMessage, response: ServerResponse) => void) => {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => (body += piece))
    request.on('end', () => {
      answer(body, request, response)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/bulk`
}

const valuesIn = (body: string): readonly string[] => JSON.parse(body) as readonly string[]
const body = (records: readonly ConsumerRecord[]): string => JSON.stringify(records.map(({ value }) => textOf(value)))

/** Takes the pipeline's records and gives the first of what it passes on, while the server answers in real time. */
const sent = async (
  options: ToHttpOptions<ConsumerRecord>,
  count = 1,
  partition = testPartition({ topic: 'orders' })
) => {
  const passed = firstValueFrom(partition.stream.pipe(toHttp(options), take(count), toArray()))
  for (let at = 0; at < count; at++) partition.deliver({ value: `v${String(at)}` })
  return (await passed).map(({ offset }) => Number(offset))
}

const bad = 'the bad value'
const throughHttp = (): SinkUnderTest => {
  const rows: string[] = []
  let failing = 0
  const url = serving((text, _request, response) => {
    const values = valuesIn(text)
    if (failing > 0) {
      failing--
      response.destroy()
      return
    }
    if (values.includes(bad)) response.writeHead(422)
    else rows.push(...values)
    response.end('done')
  })
  return {
    operator: ({ onFailure }) =>
      toHttp({
        url: 'http://127.0.0.1:1/',
        body,
        retry: { attempts: 5, backoff: quick },
        onFailure,
        fetch: async (_url, request) => fetch(await url, request)
      }),
    written: () => [...rows],
    badValue: bad,
    failNext: (times) => void (failing = times)
  }
}

describe('toHttp as a sink', () => {
  it.each(sinkContract)('$name', ({ run }) => run(throughHttp))
})

describe('a request of toHttp', () => {
  it('has the records, a key that identifies them, and the headers of that moment', async () => {
    const seen: unknown[] = []
    const url = await serving((text, { method, headers }, response) => {
      seen.push([method, text, headers['content-type'], headers['idempotency-key'], headers['authorization']])
      response.end()
    })
    let tokens = 0
    const headers = () => Promise.resolve({ Authorization: `Bearer ${String(++tokens)}` })
    expect(await sent({ url, body, headers }, 3)).toEqual([0, 1, 2])
    expect(await sent({ url, body, headers: { 'Content-Type': 'text/plain' }, method: 'PUT', idempotencyKey: false })).toEqual([0]) // prettier-ignore
    expect(seen).toEqual([
      ['POST', '["v0","v1","v2"]', 'application/json', 'orders-0-0..2', 'Bearer 1'],
      ['PUT', '["v0"]', 'text/plain', undefined, undefined]
    ])
  })

  it('is repeated with the same key when its answer was lost, and with a new one for a half of it', async () => {
    const keys: unknown[] = []
    const url = await serving((text, { headers }, response) => {
      keys.push(headers['idempotency-key'])
      if (keys.length === 1) response.destroy()
      else response.writeHead(valuesIn(text).length > 1 ? 413 : 200).end()
    })
    expect(await sent({ url, body, retry: { attempts: 9, backoff: quick } }, 2)).toEqual([0, 1])
    expect(keys).toEqual(['orders-0-0..1', 'orders-0-0..1', 'orders-0-0', 'orders-0-1'])
  })

  it.each([301, 307, 401, 403, 404, 409, 429, 500, 503])(
    'that is answered with %d is sent again: that says nothing against the records',
    async (status) => {
      let calls = 0
      const url = await serving((_text, _request, response) => {
        calls++
        response.writeHead(calls < 3 ? status : 204, { location: 'http://elsewhere.invalid/' }).end('x'.repeat(100_000))
      })
      expect(await sent({ url, body, onFailure: 'skip', retry: { attempts: 9, backoff: quick } })).toEqual([0])
      expect(calls).toBe(3)
    }
  )

  it.each([400, 413, 422])('that is answered with %d is not: the record goes to onFailure', async (status) => {
    let calls = 0
    const url = await serving((text, _request, response) => {
      calls++
      response.writeHead(valuesIn(text).includes('v0') ? status : 200).end()
    })
    const partition = testPartition()
    const passed = firstValueFrom(partition.stream.pipe(toHttp({ url, body, onFailure: 'skip' })))
    partition.deliver({ value: 'v0' })
    partition.deliver({ value: 'v1' })
    expect((await passed).offset).toBe(1n)
    expect(calls).toBe(3)
    const skipped = partition.events.flatMap((event) => (event._tag === 'skipped' ? [event.fault] : []))
    expect(skipped).toMatchObject([{ _tag: 'HandlerFault', operator: 'toHttp', cause: new HttpStatusError(status) }])
    expect(skipped.map(describeFault).join()).toContain(`the server answered with status ${String(status)}`)
  })

  it('that takes too long is aborted and sent again', async () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock })
    const signals: AbortSignal[] = []
    const ask = (_url: string, { signal }: { readonly signal: AbortSignal }): Promise<HttpResponse> => {
      signals.push(signal)
      if (signals.length > 1) return Promise.resolve({ status: 200, headers: new Headers(), body: null })
      return new Promise((_answer, fail) => {
        signal.addEventListener('abort', () => {
          fail(new Error('aborted'))
        })
      })
    }
    const passed: ConsumerRecord[] = []
    const subscription = partition.stream
      .pipe(toHttp({ url: 'http://a/', body, timeoutMs: 50, retry: { attempts: 9, backoff: quick }, fetch: ask }))
      .subscribe((record) => passed.push(record))
    partition.deliver({ value: 'v' })
    for (const ms of [0, 49, 1, 2]) {
      expect(signals.map(({ aborted }) => aborted)).toEqual(ms === 0 ? [] : ms === 2 ? [true] : [false])
      clock.advance(ms)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(passed).toHaveLength(1)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false])
    subscription.unsubscribe()
  })

  it.each([301, 307, 308])('is never sent to where a redirect (%d) points', async (status) => {
    let elsewhere = 0
    const other = await serving((_text, _request, response) => {
      elsewhere++
      response.end()
    })
    let calls = 0
    const url = await serving((_text, _request, response) => {
      calls++
      response.writeHead(calls === 1 ? status : 200, { location: other }).end()
    })
    expect(await sent({ url, body, retry: { attempts: 9, backoff: quick } })).toEqual([0])
    expect([calls, elsewhere]).toEqual([2, 0])
  })

  it('that cannot be made from a record is not sent: that record alone goes to onFailure', async () => {
    const seen: string[] = []
    const url = await serving((text, _request, response) => {
      seen.push(text)
      response.end()
    })
    const failing = (records: readonly ConsumerRecord[]): string => {
      if (records.some(({ value }) => textOf(value) === 'v1')) throw new TypeError('no amount')
      return body(records)
    }
    const partition = testPartition()
    const passed = firstValueFrom(partition.stream.pipe(toHttp({ url, body: failing, onFailure: 'skip' }), take(2), toArray())) // prettier-ignore
    for (const value of ['v0', 'v1', 'v2']) partition.deliver({ value })
    expect((await passed).map(({ offset }) => Number(offset))).toEqual([0, 2])
    expect(seen).toEqual(['["v0"]', '["v2"]'])
  })
})

describe('a response to toHttp', () => {
  it('may say which records were not accepted', async () => {
    const url = await serving((text, _request, response) => {
      const errors = valuesIn(text).flatMap((value, at) => (value === 'v1' ? [at] : []))
      response.end(JSON.stringify({ errors }))
    })
    const refusals = (text: string) =>
      (JSON.parse(text) as { errors: number[] }).errors.map((index) => ({ index, cause: 'no', permanent: true }))
    const partition = testPartition()
    const passed = firstValueFrom(partition.stream.pipe(toHttp({ url, body, refusals, onFailure: 'skip' }), toArray())) // prettier-ignore
    for (const value of ['v0', 'v1', 'v2']) partition.deliver({ value })
    partition.drain()
    expect((await passed).map(({ offset }) => Number(offset))).toEqual([0, 2])
    expect(partition.events).toMatchObject([{ _tag: 'skipped', offset: 1n }])
  })

  it('that is longer than it may be is not read to its end', async () => {
    let calls = 0
    let ended = 0
    async function* endless() {
      try {
        for (;;) yield await Promise.resolve(new Uint8Array(1_000))
      } finally {
        ended++
      }
    }
    const answer = (): HttpResponse => {
      calls++
      return { status: 200, headers: new Headers(), body: calls === 1 ? endless() : null }
    }
    const options = { url: 'http://a/', body, refusals: () => [], maxResponseBytes: 5_000 }
    expect(await sent({ ...options, fetch: () => Promise.resolve(answer()), retry: { attempts: 2, backoff: quick } })).toEqual([0]) // prettier-ignore
    expect([calls, ended]).toEqual([2, 1])
  })

  it('with Retry-After is waited for, with an event for the wait and one for its end', async () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock })
    const statuses = [503, 503, 200]
    const times: number[] = []
    const answer = (): HttpResponse => {
      times.push(clock.now())
      const headers = new Headers(times.length === 1 ? { 'retry-after': '30' } : {})
      return { status: statuses.shift() ?? 200, headers, body: null }
    }
    const passed: ConsumerRecord[] = []
    const backoff = exponential({ initialMs: 100, maxMs: 100, random: () => 1 })
    const subscription = partition.stream
      .pipe(toHttp({ url: 'http://a/', body, retry: { attempts: 9, backoff }, fetch: () => Promise.resolve(answer()) }))
      .subscribe((record) => passed.push(record))
    partition.deliver({ value: 'v' })
    for (const ms of [0, 29_999, 1, 100]) {
      clock.advance(ms)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(times).toEqual([0, 30_000, 30_100])
    expect(passed).toHaveLength(1)
    expect(partition.events).toMatchObject([
      { _tag: 'waiting', reason: 'toHttp cannot write for now', fault: { _tag: 'HandlerFault' }, inMs: 30_000 },
      { _tag: 'waiting', reason: 'toHttp cannot write for now', fault: { _tag: 'HandlerFault' }, inMs: 100 },
      { _tag: 'recovered', from: 'waiting', what: 'toHttp cannot write for now', afterMs: 30_100 }
    ])
    subscription.unsubscribe()
    expect(clock.pending).toBe(0)
  })
})

describe('toHttp', () => {
  const right = { url: 'https://a/', body }
  it.each([
    [undefined, 'toHttp is undefined'],
    [{ body }, 'toHttp: url is left out'],
    [{ ...right, url: 'a/b' }, 'toHttp: url is "a/b"'],
    [{ ...right, url: 'ftp://a/' }, 'an http: or https: URL'],
    [{ ...right, method: 'GET' }, 'toHttp: method is "GET"'],
    [{ ...right, headers: { a: 1 } }, 'toHttp: headers is'],
    [{ ...right, idempotencyKey: true }, 'toHttp: idempotencyKey is true'],
    [{ ...right, write: () => 1 }, 'toHttp: write is'],
    [{ ...right, retry: { attempts: 1, backoff: quick, minDelayMs: 5 } }, 'toHttp: retry.minDelayMs is 5']
  ])('refuses what it cannot work with, %#', (options, says) => {
    try {
      toHttp(options as never)
      expect.fail('nothing was refused')
    } catch (error) {
      if (!(error instanceof ConsumerError)) throw error
      expect(describeFault(error.fault)).toContain(says)
    }
  })

  it('does not repeat a password that was put into the URL', () => {
    expect(() => toHttp({ ...right, url: 'https://user:secret@a/' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') as string })
    )
  })
})
