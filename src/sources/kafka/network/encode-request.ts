import { reasonOf } from '../../../model/printable.js'
import type { InVersion } from '../protocol/api.js'
import { RequestWriter } from '../protocol/request-writer.js'
import { WireError } from './wire-error.js'

/** A whole request, in parts. Failing to encode it is a `UsageFault`: nothing is wrong with the connection. */
export const encodeRequest = <Request>(
  { api, version }: InVersion<Request, unknown>,
  request: Request,
  correlationId: number,
  clientId: string
): readonly Uint8Array[] => {
  const writer = new RequestWriter()
  try {
    writer.header(api.key, version, correlationId, clientId)
    if (version >= api.flexibleFrom) writer.noTags()
    api.write(writer, request, version)
  } catch (error) {
    // For example a text that is too long, or a number out of range.
    throw new WireError({ _tag: 'UsageFault', reason: `${api.name} cannot be written: ${reasonOf(error)}` }, false)
  }
  return writer.frame()
}
