import type { Slices } from './message-codec.js'
import type { RequestWriter } from './request-writer.js'
import type { ResponseReader } from './response-reader.js'
import type { Versions } from './versions.js'

/** One of Kafka's requests: how it is written, and how its answer is read, in each version that is known here. */
export interface Api<Request, Response> {
  readonly name: string
  readonly key: number
  /** The versions that `write` and `read` know. */
  readonly versions: Versions
  /** The first version in the flexible encoding: tagged fields follow the headers too. Infinity: none. */
  readonly flexibleFrom: number
  /** No tagged fields follow the header of an answer, whatever the version. Left out: they do. */
  readonly plainAnswerHeader?: true
  /** Left out: always. */
  readonly expectsAnswer?: (request: Request) => boolean
  readonly write: (writer: RequestWriter, request: Request, version: number) => void
  /** The answer, and how long the broker wants to be left alone (ms). */
  readonly read: (reader: ResponseReader, version: number, request: Request) => Answer<Response>
  /** The same a slice at a time; left out: its lists are not long. */
  readonly readInSlices?: (reader: ResponseReader, version: number, request: Request) => Slices<Answer<Response>>
}

export interface Answer<Response> {
  readonly throttleMs: number
  readonly value: Response
}

/** A request in the version in which it is made. */
export interface InVersion<Request, Response> {
  readonly api: Api<Request, Response>
  readonly version: number
}
