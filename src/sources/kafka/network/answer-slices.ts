import type { InVersion } from '../protocol/api.js'
import type { Slices } from '../protocol/message-codec.js'
import { ResponseReader, sliceBytes } from '../protocol/response-reader.js'

/**
 * Reads an answer, a slice for each call of `next`; a small one at once. Passes the response to `resolve` and returns the
 * throttle time. A cluster's metadata, or a group's offsets or members, may take most of a second: heartbeats continue
 * meanwhile.
 *
 * @throws ResponseError
 */
export function* answerSlices<Request, Response>(
  { api, version }: InVersion<Request, Response>,
  request: Request,
  payload: Buffer,
  resolve: (response: Response) => void
): Slices<number> {
  const reader = new ResponseReader(payload)
  if (version >= api.flexibleFrom && api.plainAnswerHeader === undefined) reader.skipTags()
  const isLarge = payload.length > sliceBytes && api.readInSlices !== undefined
  const { value, throttleMs } = isLarge
    ? yield* api.readInSlices(reader, version, request)
    : api.read(reader, version, request)
  resolve(value)
  return throttleMs
}
