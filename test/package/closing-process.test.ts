import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'
import { runProgram } from '../support/run-program.js'

const program = join(root, 'test/fixtures/closing-program.mjs')
const entries = [join(root, 'dist/index.js'), join(root, 'dist/kafka.js')]

/** What a program says that closes, in a process of its own. It is ended, and fails, if it has not ended by itself by then. */
const said = (...what: readonly string[]): Promise<string> =>
  runProgram(process.execPath, [program, ...entries, ...what], '', {}, 300_000)

describe.each(['silent', 'refusing', 'unroutable'])(
  'a process that subscribes beside a broker that is %s',
  (broker) => {
    it.concurrent.each([
      ['within the turn', 'close'],
      ['within the turn', 'drain'],
      ['within the turn', 'unsubscribe'],
      ['while it connects', 'close'],
      ['while it connects', 'unsubscribe']
    ])('ends by itself: %s, %s()', async (when, how) => {
      expect(await said(broker, when, how)).toBe('closed\nidle\n')
    })
  }
)
