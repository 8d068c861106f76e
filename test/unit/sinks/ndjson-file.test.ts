import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NdjsonFile } from '../../../src/sinks/ndjson-file.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ackstream-ndjson-file-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('NdjsonFile', () => {
  it.each([0, 1, 2, 3, 4])(
    'writes a line that comes %i microtasks after the last one was written',
    async (microtasks) => {
      const path = join(folder, 'lines.ndjson')
      const file = new NdjsonFile(path, 0o600)
      const append = (line: string, written: () => void): void => {
        file.append({ line, written, failed: ({ reason }) => expect.unreachable(reason), torn: () => undefined })
      }
      const later = async (): Promise<void> => {
        for (let count = 0; count < microtasks; count++) await Promise.resolve()
      }

      await new Promise<void>((resolve) => {
        append('1', () => {
          void later().then(() => {
            append('2', resolve)
          })
        })
      })
      await file.close()

      expect(readFileSync(path, 'utf8')).toBe('1\n2\n')
    }
  )
})
