import type { Slices } from './message-codec.js'
import type { RequestWriter } from './request-writer.js'
import type { ResponseReader } from './response-reader.js'
import type { Versions } from './versions.js'

/** One of Kafka's requests: how to write it and read its answer, in each supported version. */
export interface Api<Request, Response> {
  readonly name: string
  readonly key: number
  /** The versions that `write` and `read` support. */
  readonly versions: Versions
  /** The first version with the flexible encoding, in which tagged fields follow the headers. Infinity: none. */
  readonly flexibleFrom: number
  /** No tagged fields follow the header of an answer in any version; omitted: they do. */
  readonly plainAnswerHeader?: true
  /** Omitted: always. */
  readonly expectsAnswer?: (request: Request) => boolean
  readonly write: (writer: RequestWriter, request: Request, version: number) => void
  /** Returns the answer, and the throttle time in ms. */
  readonly read: (reader: ResponseReader, version: number, request: Request) => Answer<Response>
  /** The same in slices; omitted if its lists are short. */
  readonly readInSlices?: (reader: ResponseReader, version: number, request: Request) => Slices<Answer<Response>>
}

export interface Answer<Response> {
  readonly throttleMs: number
  readonly value: Response
}

/** A request in the version in which it is sent. */
export interface InVersion<Request, Response> {
  readonly api: Api<Request, Response>
  readonly version: number
}
