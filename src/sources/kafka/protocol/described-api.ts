import type { Answer, Api } from './api.js'
import type { Fields, MessageOf } from './message.js'
import { atOnce } from './in-turns.js'
import { type MessageCodec, messageCodec, type Slices } from './message-codec.js'
import { versionsOf, type VersionsText } from './versions.js'

/** Converts the answer. Fields that the version does not have are their description's default. */
type FromMessage<A extends Fields, Request, Response> =
  | { readonly fromMessage: (message: MessageOf<A>, request: Request) => Response }
  /** for an answer with lists, which may be long: over several turns */
  | { readonly fromLists: (message: MessageOf<A>, request: Request) => Slices<Response> }

/** A request and its answer as data, and the types that represent them elsewhere. */
export type ApiDescription<Q extends Fields, A extends Fields, Request, Response> = Described<Q, A, Request> &
  FromMessage<A, Request, Response>

interface Described<Q extends Fields, A extends Fields, Request> {
  readonly name: string
  readonly key: number
  readonly versions: VersionsText
  /** The first flexible version; omitted if there is none. */
  readonly flexibleFrom?: number
  readonly plainAnswerHeader?: true
  readonly request: Q
  readonly response: A
  /** The message to send. Fields that the version does not have are omitted. */
  readonly toMessage: (request: Request) => MessageOf<Q>
  /** An answer with more elements in all its lists is refused; default 1,500,000. */
  readonly mostElements?: number
}

/** A request that is entirely defined by its description. */
export interface DescribedApi<Request, Response> extends Api<Request, Response> {
  readonly request: Fields
  readonly response: Fields
  readonly readInSlices: NonNullable<Api<Request, Response>['readInSlices']>
}

export const describedApi = <Q extends Fields, A extends Fields, Request, Response>(
  description: ApiDescription<Q, A, Request, Response>
): DescribedApi<Request, Response> => {
  const { name, key, versions, flexibleFrom = Infinity, plainAnswerHeader, request, response } = description
  const { toMessage, mostElements } = description
  const requests = inVersions(request, flexibleFrom)
  const responses = inVersions(response, flexibleFrom)
  function* answerOf(message: MessageOf<A>, request: Request): Slices<Answer<Response>> {
    const throttleMs = message['throttleTimeMs']
    const value =
      'fromMessage' in description
        ? description.fromMessage(message, request)
        : yield* description.fromLists(message, request)
    return { throttleMs: typeof throttleMs === 'number' ? throttleMs : 0, value }
  }
  return {
    name,
    key,
    versions: versionsOf(versions),
    flexibleFrom,
    ...(plainAnswerHeader === undefined ? {} : { plainAnswerHeader }),
    request,
    response,
    write: (writer, request, version) => {
      requests(version).write(writer, toMessage(request))
    },
    read: (reader, version, request) => {
      if (mostElements !== undefined) reader.limitTo(mostElements)
      return atOnce(answerOf(responses(version).read(reader), request))
    },
    readInSlices: function* (reader, version, request): Slices<Answer<Response>> {
      if (mostElements !== undefined) reader.limitTo(mostElements)
      const { read, readInSlices } = responses(version)
      const message = readInSlices === undefined ? read(reader) : yield* readInSlices(reader)
      // The conversion gets a turn of its own.
      yield
      return yield* answerOf(message, request)
    }
  }
}

/** The codec of each version is created on first use. */
const inVersions = <F extends Fields>(
  fields: F,
  flexibleFrom: number
): ((version: number) => MessageCodec<MessageOf<F>>) => {
  const made = new Map<number, MessageCodec<MessageOf<F>>>()
  return (version) => {
    const known = made.get(version)
    if (known !== undefined) return known
    const codec = messageCodec(fields, version, version >= flexibleFrom)
    made.set(version, codec)
    return codec
  }
}
