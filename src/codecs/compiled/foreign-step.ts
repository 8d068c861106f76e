import { isLeft } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { type DecodingStep, misfit } from './decoding-step.js'

/**
 * A custom codec, by its `validate`. The context passed to it throws on access: a result that depends on the position within
 * the whole value is left to io-ts.
 */
export const foreignStep = (codec: t.Decoder<unknown, unknown>): DecodingStep => {
  let looks = 0
  const look = (): never => {
    looks++
    throw new NeedsContext()
  }
  // Every trap of the handler is `look`.
  const context = new Proxy<t.ContextEntry[]>([], new Proxy({}, { get: () => look }))
  return (value) => {
    const before = looks
    const result = codec.validate(value, context)
    // The codec may have caught the exception.
    if (looks !== before) throw new NeedsContext()
    return isLeft(result) ? misfit : result.right
  }
}

class NeedsContext extends Error {
  override readonly name = 'NeedsContext'
}
