import type { Observable } from 'rxjs'
import { recordsOf } from '../../model/aggregate.js'
import { type Carried, type CarriedOr, type Dropped, firstOriginOf } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import {
  aFunction,
  checkOptions,
  count,
  either,
  needed,
  oneOf,
  type OptionRule
} from '../../operators/handling/operator-options.js'
import type { HandlerContext } from '../../operators/handling/handler.js'
import { batchRules, type SinkOptions, retryWithoutEnd } from '../batches/sink-options.js'
import { Unwritable } from '../batches/unwritable.js'
import { type Refusal, refused, type Refused } from '../refused.js'
import { sinkAs } from '../sink.js'
import { HttpStatusError } from './http-status-error.js'
import { idempotencyKeyOf } from './idempotency-key.js'
import { discard, readUpTo, type ResponseBody } from './read-response.js'
import { retryAfterMs } from './retry-after.js'

/** A response, as `fetch` returns it. */
export interface HttpResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
  readonly body: ResponseBody
}

type Headers = Readonly<Record<string, string>>

/** What `toHttp` sends; batches, retry and dead letters are those of `sink`. */
export interface ToHttpOptions<C> extends Omit<SinkOptions<C>, 'write'> {
  /** `https://…`; without a user name or a password, which belong into `headers` */
  readonly url: string
  /** @default 'POST' */
  readonly method?: 'POST' | 'PUT' | 'PATCH'
  /** The body of one request for these records. If it throws, the batch is halved until that record is alone. */
  readonly body: (records: readonly C[]) => string | Uint8Array
  /**
   * Further headers, or a function that returns them for each request, for a token that expires. A body of text is
   * `application/json` unless `content-type` says otherwise.
   */
  readonly headers?: Headers | (() => Headers | PromiseLike<Headers>)
  /**
   * The value of `idempotency-key`, by which a server recognises a repeated request. By default the places of the
   * records, `orders-0-5..9`: the same in every attempt at these records. After a restart records can come in other
   * batches; with `records: 1` each has the same key for ever. False sends none.
   */
  readonly idempotencyKey?: false | ((records: readonly C[]) => string | PromiseLike<string>)
  /**
   * Reads the text of a response with a status of 2xx, and says which records the server did not accept, as bulk
   * interfaces do. @default all are accepted, and the response is not read
   */
  readonly refusals?: (text: string, records: readonly C[]) => readonly Refusal[]
  /** A response that `refusals` would read, but is longer, is a failure. @default 1,048,576 */
  readonly maxResponseBytes?: number
  /** A request that takes longer has failed, and is aborted. @default 30_000 */
  readonly timeoutMs?: number
  /** Sends the request. @default the global `fetch` */
  readonly fetch?: (
    url: string,
    request: {
      readonly method: string
      readonly headers: Record<string, string>
      readonly body: string | Uint8Array
      readonly redirect: 'manual'
      readonly signal: AbortSignal
    }
  ) => PromiseLike<HttpResponse>
}

const aUrl: OptionRule = {
  allowed: 'an http: or https: URL without a user name or a password',
  holds: (given) => {
    if (typeof given !== 'string' || !URL.canParse(given)) return false
    const { protocol, username, password } = new URL(given)
    return (protocol === 'http:' || protocol === 'https:') && username === '' && password === ''
  }
}
const someHeaders: OptionRule = {
  allowed: 'an object of texts',
  holds: (given) =>
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    Object.values(given).every((value) => typeof value === 'string')
}

/** Statuses that refuse the records. Others concern the server, the address or the credentials. */
const refusesRecords: ReadonlySet<number> = new Set([400, 413, 422])

/**
 * Sends a request for each batch of records, and passes each record on once the server has answered with 2xx.
 *
 * - At least once: a request whose answer was lost is sent again. It has an `idempotency-key`, so that a server that
 *   knows such keys does it once.
 * - With 400, 413 or 422 the server refuses the records: the batch is halved until the bad one is alone, and that goes
 *   to `onFailure`. Everything else (no connection, a time-out, 401, 404, 429, 5xx, a redirect, which is never followed)
 *   says nothing against the records: the request is sent again, without end unless `retry` sets one, not before
 *   `Retry-After` has passed (at most an hour).
 * - Pressure: `concurrency` requests at once (1) for each pipeline; `limit` for all that share it.
 * - Order, completion and errors: as `sink`. A failure has an `HttpStatusError` or what `fetch` rejected with.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(
 *   deserialize({ value: json(Order) }),
 *   toHttp({
 *     url: 'https://search.example/orders/bulk',
 *     headers: async () => ({ authorization: `Bearer ${await token()}` }),
 *     body: (records) => JSON.stringify(records.map(({ value }) => value)),
 *     onFailure: deadLetter(cluster, { topic: 'orders.dlq' })
 *   }),
 *   commit()
 * )
 */
export function toHttp<C extends CarriedOr<Dropped>>(
  options: ToHttpOptions<C>
): <D extends Carried<unknown>>(source: Observable<C> & Observable<D>) => Observable<D> {
  checkOptions('toHttp', options, {
    ...batchRules,
    url: needed(aUrl),
    method: oneOf('POST', 'PUT', 'PATCH'),
    body: needed(aFunction),
    headers: either(someHeaders, aFunction),
    idempotencyKey: either(oneOf(false), aFunction),
    refusals: aFunction,
    maxResponseBytes: count,
    fetch: aFunction
  })
  const {
    url,
    method = 'POST',
    body,
    headers = {},
    idempotencyKey = placesOf,
    refusals,
    maxResponseBytes = 1_048_576,
    fetch: ask = fetch,
    timeoutMs = 30_000,
    retry = retryWithoutEnd,
    ...sinkOptions
  } = options
  const request: HttpRequest<C> = { url, method, body, headers, idempotencyKey, fetch: ask }
  const unwritable = new Unwritable()
  return sinkAs('toHttp', {
    ...sinkOptions,
    timeoutMs,
    retry: {
      minDelayMs: (cause) => (cause instanceof HttpStatusError ? cause.retryAfterMs : 0),
      ...retry,
      classify:
        retry.classify ??
        ((cause) =>
          (cause instanceof HttpStatusError && refusesRecords.has(cause.status)) || unwritable.has(cause)
            ? 'permanent'
            : 'retriable')
    },
    write: writing(request, unwritable, refusals, maxResponseBytes)
  })
}

const writing =
  <C extends CarriedOr<Dropped>>(
    request: HttpRequest<C>,
    unwritable: Unwritable,
    refusals: ToHttpOptions<C>['refusals'],
    maxResponseBytes: number
  ) =>
  async (records: readonly C[], { signal }: HandlerContext): Promise<Refused | undefined> => {
    const abort = new AbortController()
    const follow = (): void => {
      abort.abort(signal.reason)
    }
    signal.addEventListener('abort', follow)
    if (signal.aborted) follow()
    try {
      const response = await send(request, records, abort.signal, unwritable)
      const { status, body, headers } = response
      const isAccepted = status >= 200 && status < 300
      if (isAccepted && refusals !== undefined) return await refusalsOf(response, records, refusals, maxResponseBytes)
      const [first] = records
      const clock = (first === undefined ? null : firstOriginOf(first))?.clock ?? null
      await discard(body, clock, () => {
        abort.abort()
      })
      if (isAccepted) return undefined
      throw new HttpStatusError(status, retryAfterMs(headers.get('retry-after'), headers.get('date')))
    } finally {
      signal.removeEventListener('abort', follow)
    }
  }

type HttpRequest<C> = Required<
  Pick<ToHttpOptions<C>, 'url' | 'method' | 'body' | 'headers' | 'idempotencyKey' | 'fetch'>
>

/** The response, whatever its status. */
const send = async <C extends CarriedOr<Dropped>>(
  { url, method, body, headers, idempotencyKey, fetch: ask }: HttpRequest<C>,
  records: readonly C[],
  signal: AbortSignal,
  unwritable: Unwritable
): Promise<HttpResponse> => {
  const content: unknown = unwritable.from(() => body(records))
  if (typeof content !== 'string' && !(content instanceof Uint8Array))
    throw new ConsumerError({ _tag: 'UsageFault', reason: 'toHttp: body(…) gave no text and no bytes' })
  const request = {
    method,
    headers: {
      ...(typeof content === 'string' ? { 'content-type': 'application/json' } : {}),
      ...(idempotencyKey === false ? {} : { 'idempotency-key': await idempotencyKey(records) }),
      ...lowerCased(typeof headers === 'function' ? await headers() : headers)
    },
    body: content,
    redirect: 'manual',
    signal
  } as const
  return ask(url, request)
}

const placesOf = (records: readonly CarriedOr<Dropped>[]): Promise<string> =>
  idempotencyKeyOf(records.flatMap(recordsOf))

/** Header names that differ only in case would send both values. */
const lowerCased = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const refusalsOf = async <C>(
  response: HttpResponse,
  records: readonly C[],
  refusals: (text: string, records: readonly C[]) => readonly Refusal[],
  limit: number
): Promise<Refused | undefined> => {
  const text = await readUpTo(response.body, limit)
  if (text === null) throw new Error(`the response is longer than maxResponseBytes (${String(limit)})`)
  const found = refusals(text, records)
  // Only a list can be empty; `refused` reports any other value.
  return Array.isArray(found) && found.length === 0 ? undefined : refused(found)
}
