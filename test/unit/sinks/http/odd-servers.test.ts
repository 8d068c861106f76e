import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Socket } from 'node:net'
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

describe('a server that writes', () => {
  const accepted = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'
  const empty = 'content-length: 0\r\n\r\n'
  /** Answers the first request with this text, and accepts the next. */
  const writing = async (text: string, then: 'closes' | 'resets' | 'stays') => {
    let requests = 0
    const sockets = new Set<Socket>()
    const server = createSocketServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => undefined)
      let sent = ''
      socket.on('data', (piece: Buffer) => {
        sent += piece.toString('latin1')
        // Each of these requests ends so.
        if (!sent.endsWith('["a"]')) return
        sent = ''
        if (++requests > 1) socket.write(accepted)
        else
          socket.write(text, () => {
            if (then === 'resets') socket.resetAndDestroy()
            else if (then === 'closes') socket.end()
          })
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    closing.push(() => {
      server.close()
      for (const socket of sockets) socket.destroy()
    })
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/bulk`
    return { url, requests: () => requests }
  }

  it.each([
    ['nothing, and closes', '', 'closes', 2],
    ['nothing, and resets', '', 'resets', 2],
    ['half a status line', 'HTTP/1.1 200 O', 'resets', 2],
    ['half of the headers', 'HTTP/1.1 200 OK\r\ncontent-le', 'closes', 2],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n\r\n', 'stays', 2],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok', 'stays', 2],
    ['too large a header', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(100_000)}\r\n${empty}`, 'stays', 2],
    ['status 000', `HTTP/1.1 000 None\r\n${empty}`, 'stays', 2],
    ['status 999', `HTTP/1.1 999 None\r\n${empty}`, 'stays', 2],
    ['an upgrade', 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n', 'stays', 2],
    ['304', 'HTTP/1.1 304 Not Modified\r\n\r\n', 'stays', 2],
    ['408, and closes', `HTTP/1.1 408 Timeout\r\nconnection: close\r\n${empty}`, 'closes', 2],
    ['a redirect to itself', `HTTP/1.1 307 Here\r\nlocation: /bulk\r\n${empty}`, 'stays', 2],
    ['a redirect to nowhere', `HTTP/1.1 302 There\r\nlocation: http://[no\r\n${empty}`, 'stays', 2],
    ['500 in wrong chunks', 'HTTP/1.1 500 No\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nno\r\n', 'stays', 2],
    ['a Retry-After that is over', `HTTP/1.1 503 No\r\ndate: Tue, 01 Dec 2026 00:00:00 GMT\r\nretry-after: Mon, 30 Nov 2026 00:00:00 GMT\r\n${empty}`, 'stays', 2], // prettier-ignore
    ['a negative Retry-After', `HTTP/1.1 503 No\r\nretry-after: -5\r\n${empty}`, 'stays', 2],
    ['two headers Retry-After', `HTTP/1.1 503 No\r\nretry-after: 5\r\nretry-after: 0\r\n${empty}`, 'stays', 2],
    // These have accepted the records.
    ['204', 'HTTP/1.1 204 None\r\n\r\n', 'stays', 1],
    ['hints before its answer', `HTTP/1.1 103 Hints\r\nlink: </a>\r\n\r\n${accepted}`, 'stays', 1],
    ['that it processes them, before its answer', `HTTP/1.1 102 Wait\r\n\r\n${accepted}`, 'stays', 1],
    ['200 in wrong chunks', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nok\r\n', 'stays', 1],
    ['half of a chunk', 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nok', 'resets', 1],
    ['what is no gzip', 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\nok', 'stays', 1]
  ] as const)('%s: nothing is lost, and nothing is sent again that was accepted', async (_, text, then, expected) => {
    const { url, requests } = await writing(text, then)
    const partition = testPartition()
    const passed = firstValueFrom(partition.stream.pipe(toHttp({ url, body, retry }), take(1), toArray()))
    partition.deliver({ value: 'a' })
    expect([(await passed).length, requests()]).toEqual([1, expected])
  })
})
