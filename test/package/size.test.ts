import { join } from 'node:path'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { manifest, packedProject, type PackedProject, root } from '../support/packed-project.js'

/** Bytes of the tarball: about a fifth more than it has. What needs more says so here. */
const tarball = 3_800_000

/** Bytes that all of an entry adds to a minified bundle, without the packages that it imports: about a quarter more than it has. */
const budgets: Readonly<Record<string, number>> = {
  // What is meant by the names that other clients have for properties.
  '.': 312_000,
  './kafka': 445_000,
  './kafkajs': 450_000,
  // The producer's event `not sent`, and what to do about an unknown topic.
  './metrics': 32_000,
  // Handlers whose results nothing would wait for, also in the three sinks below.
  './ndjson': 71_000,
  './opentelemetry': 28_000,
  './postgres': 82_000,
  './http': 43_000,
  './sqlite': 49_500,
  './testing': 686_000,
  './testing/vitest': 556_000,
  './testing/jest': 556_000,
  './testing/fast-check': 566_000,
  './workers': 21_000
}

let project: PackedProject
beforeAll(() => {
  project = packedProject()
})
afterAll(() => {
  project.remove()
})

const bundled = async (entry: string): Promise<number> => {
  const file = join(root, 'dist', `${entry === '.' ? 'index' : entry.slice(2)}.js`)
  const made = await rolldown({ input: file, platform: 'node', external: (id) => !/^[./]/.test(id) })
  const { output } = await made.generate({ format: 'esm', minify: true, codeSplitting: false })
  return Buffer.byteLength(output[0].code)
}

describe('the budget', () => {
  it('of the tarball holds', () => {
    expect(project.size).toBeLessThan(tarball)
  })

  it('is there for each entry', () => {
    expect(['./package.json', ...Object.keys(budgets)].sort()).toEqual(Object.keys(manifest.exports).sort())
  })

  it.each(Object.entries(budgets))('of %s holds', async (entry, budget) => {
    expect(await bundled(entry)).toBeLessThan(budget)
  })
})
