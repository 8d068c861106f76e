import { writeFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packedProject, type PackedProject } from '../support/packed-project.js'

const tests = `
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { commit, eachPartition, handle } from 'ackstream'
import { marbles } from 'ackstream/testing'

const pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))
const play = (commits) => marbles(({ cluster }) => {
  cluster(\`
    orders/0              -abc-----
    sink b                ---|
    one                   ^--------
    one orders/0 commits  \${commits}
  \`, { pipeline })
})

describe('side by side', { concurrency: true }, () => {
  test('comes true', play('-a---(bc)'))
  test('comes true too', play('-a---(bc)'))
  test('has the real time meanwhile', () => {
    assert.ok(Date.now() > Date.UTC(2026, 0))
  })
  test('is wrong', play('-a-b-c---'))
})
`

const forgetful = `
import { describe, test } from 'node:test'
import { marbles } from 'ackstream/testing'
import { EMPTY } from 'rxjs'

const waits = () => new Promise((done) => setTimeout(done, 5))

const forgotten = () => {
  marbles(({ cluster }) => {
    cluster('orders/0  a-\\none       ^-\\nsink      a-', { pipeline: () => EMPTY })
  })
}
describe('side by side', { concurrency: true }, () => {
  test('forgets', async () => {
    await waits()
    forgotten()
  })
  test('waits longer', async () => {
    await waits()
    await waits()
  })
})
test('has subtests', async (t) => {
  await t.test('first', waits)
  await t.test('forgets', forgotten)
})
`

let project: PackedProject
beforeAll(() => {
  project = packedProject()
  writeFileSync(join(project.folder, 'orders.test.mjs'), tests)
  writeFileSync(join(project.folder, 'forgetful.test.mjs'), forgetful)
})
afterAll(() => {
  project.remove()
})

const run = (file: string): { readonly stdout: string; readonly status: number | null } => {
  // A test of another framework is no part of this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT'))
  return spawnSync(process.execPath, ['--test', '--test-reporter=tap', file], {
    cwd: project.folder,
    env,
    encoding: 'utf8'
  })
}

describe('node:test', () => {
  it('runs marble tests as they are, and shows both diagrams of one that fails', () => {
    const { stdout, status } = run('orders.test.mjs')
    expect(stdout).toMatch(/^# pass 3$/m)
    expect(stdout).toMatch(/^# fail 1$/m)
    expect(stdout).toContain('“one orders/0 commits” at 3 ms: nothing, where “b” was expected')
    expect(stdout).toMatch(/expected\s+orders\/0 .*was\s+orders\/0/s)
    expect(status).toBe(1)
  })

  it('fails where one of several concurrent tests, or a subtest, has made one that never ran', () => {
    const { stdout, status } = run('forgetful.test.mjs')
    expect(stdout.match(/has made a marble test that never ran/g)).toHaveLength(2)
    expect(status).toBe(1)
  })
})
