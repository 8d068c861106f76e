import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryCluster } from '../../../../src/sources/memory/memory-cluster.js'
import { readTopic } from '../../../../src/cli/shop/read-topic.js'
import { runShop } from '../../../../src/cli/shop/run-shop.js'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the demonstration', () => {
  it('handles every order while a member leaves, and says that none is missing', async () => {
    let said = ''
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      said += String(text)
      return true
    })
    expect(await runShop(memoryCluster(), '', 300)).toBe(true)
    // Three sentences first, then what happens, then the sentence that one remembers.
    expect(
      said
        .split('\n')
        .slice(0, 3)
        .every((line) => /^[A-Z].*\.$/.test(line))
    ).toBe(true)
    expect(said).toMatch(/^\+ member 1 is given [\d ]+$/m)
    expect(said).toMatch(/^> member 2 leaves/m)
    expect(said).toMatch(/^- member 2 has given up [\d ]+: all of it handled and committed$/m)
    expect(said).toMatch(/^ {2}300 of 300 handled \| 300 committed \| 3 dead letters \| member 1 has/m)
    expect(said).toMatch(/^300 sent, 297 stored, 3 in the dead letter topic, 0 lost, 0 repeated, although member 2 left in the middle\.$/m) // prettier-ignore
    const [, store = ''] = /lines are in (\S+);/.exec(said) ?? []
    await rm(dirname(store), { recursive: true })
  })

  it('reads a topic to its end, however busy the processor is', async () => {
    const cluster = memoryCluster({ topics: { orders: 3 } })
    cluster.produce('orders', { partition: 0, value: 'a' }, { partition: 2, value: 'b' })
    // Timers that were set for one moment go off apart.
    const setInterval = globalThis.setInterval
    let lateMs = 0
    vi.spyOn(globalThis, 'setInterval').mockImplementation((run, ms) => setInterval(run, (ms ?? 0) + (lateMs += 5)))
    for (let times = 0; times < 5; times++) {
      const records = await readTopic(cluster, 'orders', 3)
      const places = records.map(({ partition, offset }) => ({ partition, offset }))
      expect(places).toHaveLength(2)
      expect(places).toEqual(
        expect.arrayContaining([
          { partition: 0, offset: 0n },
          { partition: 2, offset: 0n }
        ])
      )
    }
  })
})
