import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { firstValueFrom, take, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { ConsumerError, type ConsumerRecord, describeFault, exponential } from '../../../../src/index.js'
import { toHttp, type HttpResponse, type ToHttpOptions } from '../../../../src/http.js'
import { testPartition } from '../../../../src/testing.js'
import { collect } from '../../../support/collect.js'
import { VirtualClock } from '../../../support/virtual-clock.js'

const textOf = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString()
const body = (records: readonly ConsumerRecord[]): string => JSON.stringify(records.map(({ value }) => textOf(value)))
const retry = { attempts: 9, backoff: exponential({ initialMs: 1, maxMs: 2 }) }

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})
const serving = async (answer: (body: string, response: ServerResponse, request: IncomingMessage) => void) => {
  const server = createServer((request, response) => {
    let sent = ''
    request.setEncoding('utf8')
    request.on('data', (piece: string) => (sent += piece))
    request.on('end', () => {
      answer(sent, response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/bulk`
}
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 10; turn++) await new Promise((go) => setImmediate(go))
}

describe('a server that never ends its answer', () => {
  /** A response whose body comes never, until it is aborted. */
  const endless = (status: number, signal: AbortSignal): HttpResponse => ({
    status,
    headers: new Headers(),
    body: (async function* () {
      yield await new Promise<Uint8Array>((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new Error('aborted'))
        })
      })
    })()
  })

  it('has accepted the records by its status, and they are sent once', async () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock })
    let calls = 0
    const signals: AbortSignal[] = []
    const ask: ToHttpOptions<ConsumerRecord>['fetch'] = (_url, { signal }) => {
      calls++
      signals.push(signal)
      return Promise.resolve(endless(200, signal))
    }
    const { values, subscription } = collect(partition.stream.pipe(toHttp({ url: 'http://a/', body, fetch: ask })))
    partition.deliver({ value: 'a' })
    for (const ms of [0, 999, 1, 60_000]) {
      clock.advance(ms)
      await turns()
    }
    expect([values.length, calls, signals[0]?.aborted]).toEqual([1, 1, true])
    subscription.unsubscribe()
    expect(clock.pending).toBe(0)
  })

  it('has refused them by its status, and they are halved', async () => {
    const clock = new VirtualClock()
    const partition = testPartition({ clock })
    const sent: string[] = []
    const ask: ToHttpOptions<ConsumerRecord>['fetch'] = (_url, { signal, body: text }) => {
      sent.push(String(text))
      return Promise.resolve(endless(sent.length === 1 ? 413 : 200, signal))
    }
    const { values } = collect(partition.stream.pipe(toHttp({ url: 'http://a/', body, fetch: ask })))
    partition.deliver({ value: 'a' })
    partition.deliver({ value: 'b' })
    for (const ms of [0, 1_000, 1_000, 1_000]) {
      clock.advance(ms)
      await turns()
    }
    expect([values.length, sent]).toEqual([2, ['["a","b"]', '["a"]', '["b"]']])
  })
})

it('a connection that breaks behind the head of an answer does not send the records again', async () => {
  let requests = 0
  const url = await serving((_, response) => {
    requests++
    response.writeHead(200, { 'content-length': '100' })
    response.write('part')
    setImmediate(() => response.destroy())
  })
  const partition = testPartition()
  const passed = firstValueFrom(partition.stream.pipe(toHttp({ url, body, retry }), take(1), toArray()))
  partition.deliver({ value: 'a' })
  expect([(await passed).length, requests]).toEqual([1, 1])
})

it('a redirect is not followed, and the request is sent again', async () => {
  const seen: string[] = []
  const url = await serving((_, response, { url: path = '' }) => {
    seen.push(path)
    if (seen.length === 1) response.writeHead(307, { location: '/elsewhere' })
    response.end()
  })
  const partition = testPartition()
  const passed = firstValueFrom(partition.stream.pipe(toHttp({ url, body, retry }), take(1)))
  partition.deliver({ value: 'a' })
  await passed
  expect(seen).toEqual(['/bulk', '/bulk'])
})

describe('what a program without types may give', () => {
  const failing = async (options: Partial<ToHttpOptions<ConsumerRecord>>): Promise<string> => {
    const partition = testPartition()
    const answer = { status: 200, headers: new Headers(), body: null }
    const { ended } = collect(
      partition.stream.pipe(toHttp({ url: 'http://a/', body, retry, fetch: () => Promise.resolve(answer), ...options }))
    )
    partition.deliver({ value: 'a' })
    const end = await ended
    return end instanceof ConsumerError ? describeFault(end.fault) : String(end)
  }

  it.each([[Promise.resolve('a')], [{ a: 1 }], [undefined], [null], [5]])('a body that is %s', async (given) => {
    expect(await failing({ body: () => given as never })).toContain('body(…) gave no text and no bytes')
  })

  it.each([[Promise.resolve([])], [undefined], ['none'], [[{ index: '0' }]]])('refusals that are %s', async (given) => {
    expect(await failing({ refusals: () => given as never })).toContain('refused: refusals is')
  })

  it('a refusal of a record that is not in the batch', async () => {
    expect(await failing({ refusals: () => [{ index: 1, cause: 'x' }] })).toContain(
      'names the record 1 of a batch of 1'
    )
  })
})
