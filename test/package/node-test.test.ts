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

let project: PackedProject
beforeAll(() => {
  project = packedProject()
  writeFileSync(join(project.folder, 'orders.test.mjs'), tests)
})
afterAll(() => {
  project.remove()
})

describe('node:test', () => {
  it('runs marble tests as they are, and shows both diagrams of one that fails', () => {
    // A test of another framework is no part of this one.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name !== 'NODE_TEST_CONTEXT'))
    const args = ['--test', '--test-reporter=tap', 'orders.test.mjs']
    const { stdout, status } = spawnSync(process.execPath, args, { cwd: project.folder, env, encoding: 'utf8' })
    expect(stdout).toMatch(/^# pass 3$/m)
    expect(stdout).toMatch(/^# fail 1$/m)
    expect(stdout).toContain('“one orders/0 commits” at 3 ms: nothing, where “b” was expected')
    expect(stdout).toMatch(/expected\s+orders\/0 .*was\s+orders\/0/s)
    expect(status).toBe(1)
  })
})
