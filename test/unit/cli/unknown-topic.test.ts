import { describe, expect, it } from 'vitest'
import { memoryCluster } from '../../../src/testing.js'
import { commandLine } from '../../support/command-line.js'

const run = (...args: readonly string[]) =>
  commandLine([...args, '--brokers', 'b:1'], { cluster: memoryCluster({ topics: { orders: 1, invoices: 2 } }) })

describe('a command about a topic that does not exist', () => {
  it.each([
    ['topics', 'show', 'order'],
    ['topics', 'configure', 'order', 'retention.ms=5000'],
    ['topics', 'grow', 'order', '--partitions', '3'],
    ['topics', 'delete', 'order', '--yes'],
    ['tail', 'order']
  ])('says which one may be meant: %s %s', async (...args) => {
    const { code, err } = await run(...args)
    expect(code).toBe(1)
    expect(err).toMatch(/UNKNOWN_TOPIC_OR_PARTITION \(3\) for order.*; create it.*; did you mean orders\?\n$/)
  })

  it('names none if no name is similar', async () => {
    const { code, err } = await run('topics', 'show', 'payments')
    expect([code, err.includes('for payments'), err.includes('did you mean')]).toEqual([1, true, false])
  })
})
