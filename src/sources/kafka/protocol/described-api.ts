import type { Answer, Api } from './api.js'
import type { Fields, ValueOf } from './message.js'
import { type MessageCodec, messageCodec, type Slices } from './message-codec.js'
import { versionsOf, type VersionsText } from './versions.js'

/** A request and its answer as data, and what stands for them elsewhere. */
export interface ApiDescription<Q extends Fields, A extends Fields, Request, Response> {
  readonly name: string
  readonly key: number
  readonly versions: VersionsText
  /** The first flexible version; left out: there is none. */
  readonly flexibleFrom?: number
  readonly plainAnswerHeader?: true
  readonly request: Q
  readonly response: A
  /** What is sent. Fields that the version does not have are left out. */
  readonly toMessage: (request: Request) => ValueOf<Q>
  /** What the answer says. Fields that the version does not have are what their description says for that. */
  readonly fromMessage: (message: ValueOf<A>, request: Request) => Response
}

/** A request whose description is all there is to it. */
export interface DescribedApi<Request, Response> extends Api<Request, Response> {
  readonly request: Fields
  readonly response: Fields
}

export const describedApi = <Q extends Fields, A extends Fields, Request, Response>(
  description: ApiDescription<Q, A, Request, Response>
): DescribedApi<Request, Response> => {
  const { name, key, versions, flexibleFrom = Infinity, plainAnswerHeader, request, response } = description
  const { toMessage, fromMessage } = description
  const requests = inVersions(request, flexibleFrom)
  const responses = inVersions(response, flexibleFrom)
  const answerOf = (message: ValueOf<A>, asked: Request): Answer<Response> => {
    const throttleMs = message['throttleTimeMs']
    return { throttleMs: typeof throttleMs === 'number' ? throttleMs : 0, value: fromMessage(message, asked) }
  }
  return {
    name,
    key,
    versions: versionsOf(versions),
    flexibleFrom,
    ...(plainAnswerHeader === undefined ? {} : { plainAnswerHeader }),
    request,
    response,
    write: (writer, asked, version) => {
      requests(version).write(writer, toMessage(asked))
    },
    read: (reader, version, asked) => answerOf(responses(version).read(reader), asked),
    readInSlices: function* (reader, version, asked): Slices<Answer<Response>> {
      const { read, readInSlices } = responses(version)
      const message = readInSlices === undefined ? read(reader) : yield* readInSlices(reader)
      // What is made of it has a turn of its own.
      yield
      return answerOf(message, asked)
    }
  }
}

/** The codec of each version is made when it is first used. */
const inVersions = <F extends Fields>(
  fields: F,
  flexibleFrom: number
): ((version: number) => MessageCodec<ValueOf<F>>) => {
  const made = new Map<number, MessageCodec<ValueOf<F>>>()
  return (version) => {
    const known = made.get(version)
    if (known !== undefined) return known
    const codec = messageCodec(fields, version, version >= flexibleFrom)
    made.set(version, codec)
    return codec
  }
}
