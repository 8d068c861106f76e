import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'

const page = readFileSync(join(root, 'SECURITY.md'), 'utf8')
const rows = page.split('\n').filter((line) => line.startsWith('|') && line.includes('`test/'))

describe('the table of attacks', () => {
  it('names a test for each', () => {
    expect(rows.length).toBeGreaterThan(20)
    const tests = rows.map((row) => /`(test\/[^`]+)` *\|$/.exec(row)?.[1] ?? row)
    expect(tests.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})
