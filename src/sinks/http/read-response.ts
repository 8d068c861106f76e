import type { Clock } from '../../model/clock.js'

/** The content of a response, as `fetch` gives it. */
export type ResponseBody = AsyncIterable<Uint8Array> | null

/** A response that is read to its end leaves its connection for the next request; a longer one is not worth it. */
const discardedBytes = 65_536
/** Nor is one that takes longer. */
const discardedMs = 1_000

/** The text; null if it is longer than the limit: then its connection is closed. */
export const readUpTo = async (body: ResponseBody, limit: number): Promise<string | null> => {
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for await (const bytes of body ?? []) {
    size += bytes.length
    if (size > limit) return null
    text += decoder.decode(bytes, { stream: true })
  }
  return text + decoder.decode()
}

/**
 * Reads and discards the rest of a body. The outcome of the request is known by its status, even if the server breaks the
 * connection or never ends the body. `abort` closes the connection.
 */
export const discard = (body: ResponseBody, clock: Clock | null, abort: () => void): Promise<void> =>
  new Promise((resolve) => {
    const cancel = clock?.schedule(discardedMs, () => {
      abort()
      resolve()
    })
    const over = (): void => {
      cancel?.()
      resolve()
    }
    readUpTo(body, discardedBytes).then(over, over)
  })
