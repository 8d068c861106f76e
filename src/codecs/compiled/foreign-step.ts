import { isLeft } from 'fp-ts/lib/Either.js'
import type * as t from 'io-ts'
import { type DecodingStep, misfit } from './decoding-step.js'

/**
 * A codec of somebody's own, by its `validate`. It is given a context that throws when it is looked at: a result that
 * depends on the place in the whole value is left to io-ts.
 */
export const foreignStep = (codec: t.Decoder<unknown, unknown>): DecodingStep => {
  let looks = 0
  const look = (): never => {
    looks++
    throw new NeedsContext()
  }
  // Each trap of the handler is `look`.
  const context = new Proxy<t.ContextEntry[]>([], new Proxy({}, { get: () => look }))
  return (value) => {
    const before = looks
    const result = codec.validate(value, context)
    // It may have caught what was thrown.
    if (looks !== before) throw new NeedsContext()
    return isLeft(result) ? misfit : result.right
  }
}

class NeedsContext extends Error {
  override readonly name = 'NeedsContext'
}
