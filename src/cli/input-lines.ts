import { Interrupted, unlessInterrupted } from './interruption.js'

const lineFeed = 10
const carriageReturn = 13

/**
 * The lines of a stream as bytes, until it ends or `stopped` is aborted. Only `\n` and `\r\n` end a line. Node's `readline` also
 * splits at U+2028, U+2029 and a lone `\r`, which values may contain, and replaces bytes that are not UTF-8.
 */
export async function* inputLines(
  input: AsyncIterable<Uint8Array | string>,
  stopped: AbortSignal
): AsyncGenerator<Buffer> {
  const chunks = input[Symbol.asyncIterator]()
  /** the beginning of an incomplete line */
  let begun: Buffer[] = []
  for (let next = await nextOf(chunks, stopped); next.done !== true; next = await nextOf(chunks, stopped)) {
    const chunk = Buffer.from(next.value as Uint8Array)
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      yield withoutReturn(joined(begun, chunk.subarray(from, end)))
      begun = []
      from = end + 1
    }
    if (from < chunk.length) begun.push(chunk.subarray(from))
  }
  if (begun.length > 0 && !stopped.aborted) yield withoutReturn(joined(begun))
}

type Chunks = AsyncIterator<Uint8Array | string, unknown>

/** The next chunk, or the end if the command is interrupted. A promise raced with every read would retain every chunk. */
const nextOf = (chunks: Chunks, stopped: AbortSignal): Promise<IteratorResult<Uint8Array | string, unknown>> =>
  unlessInterrupted(stopped, () => chunks.next()).catch((error: unknown) => {
    if (error instanceof Interrupted) return { done: true, value: undefined }
    throw error
  })

const joined = (begun: readonly Buffer[], last?: Buffer): Buffer => {
  const parts = last === undefined ? begun : [...begun, last]
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === carriageReturn ? line.subarray(0, -1) : line)
