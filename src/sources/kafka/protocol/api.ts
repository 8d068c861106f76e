import type { RequestWriter } from './request-writer.js'
import type { ResponseReader } from './response-reader.js'

/** One of Kafka's requests in one version: how it is written and how its answer is read. */
export interface Api<Request, Response> {
  readonly name: string
  readonly key: number
  readonly version: number
  /** Left out: always. */
  readonly expectsAnswer?: (request: Request) => boolean
  readonly write: (writer: RequestWriter, request: Request) => void
  /** The answer, and how long the broker wants to be left alone (ms). */
  readonly read: (reader: ResponseReader) => { readonly throttleMs: number; readonly value: Response }
  /** The same request in an older version, for brokers that do not speak this one; left out: there is none. */
  readonly older?: Api<Request, Response>
}
