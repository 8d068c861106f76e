import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { realTimeLimits } from '../support/real-time-limits.js'

const root = resolve(import.meta.dirname, '../..')

/** Where a script of its own asks for times to be measured; `npm test` does not. */
const measuring = ['test/properties/fuzz.test.ts']

describe('no test depends on how fast the machine is', () => {
  it('gives what takes real time at least a minute, and holds no measured time against a limit', () => {
    const files = ['test', 'examples']
      .flatMap((folder) =>
        readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file))
      )
      .filter((file) => file.endsWith('.test.ts') && !measuring.includes(file))
    expect(files.length).toBeGreaterThan(100)
    expect(files.flatMap((file) => realTimeLimits(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
  })

  it.each([
    ["it('a', async () => {}, 10_000)", 'a limit of 10_000 ms'],
    ["it.each([1])('a', (n) => {}, 9000)", 'a limit of 9000 ms'],
    ["it('a', { timeout: 5_000 }, () => {})", 'a limit: timeout: 5_000'],
    ['await expect.poll(() => 1, { timeout: 1_000, interval: 10 }).toBe(1)', 'a limit: timeout: 1_000'],
    ["await until(() => true, 'it', 10_000)", 'a limit of 10_000 ms'],
    [
      'const from = performance.now(); expect(performance.now() - from).toBeLessThan(500)',
      'a time that was measured: expect(performance.now() - from).toBeLessThan(500)'
    ],
    [
      'const took = Date.now() - 1; expect(took * 2).toBeLessThanOrEqual(limit)',
      'a time that was measured: expect(took * 2).toBeLessThanOrEqual(limit)'
    ]
  ])('finds %s', (source, what) => {
    expect(realTimeLimits('a.test.ts', source)).toEqual([`a.test.ts:1: ${what}`])
  })

  it.each([
    "it('a', () => {}, 300_000)",
    "await until(() => true, 'it')",
    'expect(clock.now() - from).toBeLessThan(500)',
    'orders.drain({ timeoutMs: 100 })',
    "it('a', () => { batch({ records: 5, withinMs: 50 }) })"
  ])('has nothing against %s', (source) => {
    expect(realTimeLimits('a.test.ts', source)).toEqual([])
  })
})
