const lineFeed = 10
const carriageReturn = 13

/**
 * The lines of a stream as the bytes that they are, until it ends or `stopped` is aborted. Only `\n` and `\r\n` end a line:
 * Node's `readline` also splits at U+2028, U+2029 and a lone `\r`, which values may contain, and replaces what is not UTF-8.
 */
export async function* inputLines(
  input: AsyncIterable<Uint8Array | string>,
  stopped: AbortSignal
): AsyncGenerator<Buffer> {
  const chunks = input[Symbol.asyncIterator]()
  const stop = new Promise<{ readonly done: true }>((resolve) => {
    const end = (): void => {
      resolve({ done: true })
    }
    if (stopped.aborted) end()
    else stopped.addEventListener('abort', end, { once: true })
  })
  /** the beginning of a line whose end has not come */
  let begun: Buffer[] = []
  for (
    let next = await Promise.race([chunks.next(), stop]);
    next.done !== true;
    next = await Promise.race([chunks.next(), stop])
  ) {
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

const joined = (begun: readonly Buffer[], last?: Buffer): Buffer => {
  const parts = last === undefined ? begun : [...begun, last]
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : Buffer.concat(parts)
}

const withoutReturn = (line: Buffer): Buffer => (line.at(-1) === carriageReturn ? line.subarray(0, -1) : line)
