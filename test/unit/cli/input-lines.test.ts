import { Readable } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { inputLines } from '../../../src/cli/input-lines.js'

const linesOf = async (
  chunks: readonly (string | Uint8Array)[],
  signal = new AbortController().signal
): Promise<readonly string[]> => {
  const lines: string[] = []
  for await (const line of inputLines(Readable.from(chunks.map((chunk) => Buffer.from(chunk as string))), signal))
    lines.push(line.toString('latin1'))
  return lines
}

describe('lines of stdin', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['end with \\n', ['a\nb\n'], ['a', 'b']],
    ['end with \\r\\n', ['a\r\nb\r\n'], ['a', 'b']],
    ['may be empty', ['\n\na\n'], ['', '', 'a']],
    ['may lack the last end', ['a\nb'], ['a', 'b']],
    ['may come in any pieces', ['a', 'b\n', '\n', 'c', 'd', '\r', '\ne'], ['ab', '', 'cd', 'e']],
    ['keep a lone \\r', ['a\rb\n'], ['a\rb']],
    ['of nothing are none', [], []]
  ])('%s', async (_what, chunks, expected) => {
    expect(await linesOf(chunks)).toEqual(expected)
  })

  it('keep the separators of Unicode, which JSON does not escape, and bytes that are no UTF-8', async () => {
    const text = Buffer.from('{"a":"\u2028\u2029\u0085"}')
    const bytes = Buffer.from([0, 255, 254, 128])
    expect(await linesOf([text, '\n', bytes, '\n'])).toEqual([text.toString('latin1'), bytes.toString('latin1')])
  })

  it('are forgotten once they are read, however many come', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const megabyte = 2 ** 20
    const before = process.memoryUsage().arrayBuffers
    const pieces = function* (): Generator<Buffer> {
      for (let piece = 0; piece < 200; piece++) yield Buffer.alloc(megabyte, '\n', 'latin1').fill('a', 0, megabyte - 1)
    }
    let read = 0
    for await (const line of inputLines(Readable.from(pieces()), new AbortController().signal)) {
      read += line.length
      // Later than the microtasks of what was read.
      await new Promise(setImmediate)
    }
    collect()
    expect(read).toBe(200 * (megabyte - 1))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * megabyte)
  })

  it('end when they are stopped, though more would come', async () => {
    const stop = new AbortController()
    const endless = new Readable({ read: () => undefined })
    endless.push('a\nb')
    const lines: string[] = []
    for await (const line of inputLines(endless, stop.signal)) {
      lines.push(line.toString())
      stop.abort()
    }
    expect(lines).toEqual(['a'])
  })
})
