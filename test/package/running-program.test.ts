import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'

const program = join(root, 'test/fixtures/running-program.mjs')
const entries = [join(root, 'dist/index.js'), join(root, 'dist/testing.js')]

/** Runs the program, and sends it a signal each time it says one of these, in this order. */
const running = async (
  mode: string,
  ...signals: readonly (readonly [onceItSays: string, signal: NodeJS.Signals])[]
) => {
  const child = spawn(process.execPath, [program, ...entries, mode], { timeout: 300_000, killSignal: 'SIGKILL' })
  let said = ''
  let complained = ''
  const left = [...signals]
  child.stderr.on('data', (data: Buffer) => (complained += data.toString()))
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString()
    const [next] = left
    if (next === undefined || !said.includes(next[0])) return
    left.shift()
    child.kill(next[1])
  })
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null]
  expect(complained).toBe('')
  return { end: code ?? signal, said: said.trimEnd().split('\n') }
}

describe('a program of run()', () => {
  it.concurrent('drains on the first signal, says so, and ends with 0', async () => {
    const { end, said } = await running('quick', ['handled all', 'SIGTERM'])
    expect(end).toBe(0)
    expect(said).toEqual([
      'info consumer billing: assigned orders/0-1, generation 1, cooperative-sticky',
      'handled all',
      'info run: SIGTERM: draining; the next signal aborts',
      'info consumer billing: gave up orders/0-1 (drained)',
      'info run: drained: orders/0-1, 0 records are delivered again',
      'ended 0 drained'
    ])
  })

  it.concurrent.each([
    ['SIGTERM', 143],
    ['SIGINT', 130]
  ] as const)('aborts on the second, %s, though a handler hangs: %i', async (signal, code) => {
    const { end, said } = await running('hung', ['hangs', 'SIGTERM'], ['draining', signal])
    expect(end).toBe(code)
    expect(said).toContain(`warn run: ${signal} again: aborting`)
  })

  it.concurrent('ends with 1 where there was no time to drain', async () => {
    const { end, said } = await running('late', ['hangs', 'SIGINT'])
    expect(end).toBe(1)
    expect(said.at(-2)).toMatch(/^warn run: deadline: orders.*: timed out, \d+ records are delivered again$/)
  })

  it.concurrent('ends with 1 where the pipeline fails, and says why', async () => {
    const { end, said } = await running('fails')
    expect(end).toBe(1)
    expect(said).toContain('ended 1')
    expect(said.join('\n')).toContain('error run: failed: handle failed at orders/')
  })

  it.concurrent('ends with 0 where the pipeline has completed', async () => {
    expect(await running('ends')).toMatchObject({ end: 0, said: expect.arrayContaining(['ended 0']) })
  })
})
