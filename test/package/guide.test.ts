import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../support/packed-project.js'

const guide = readFileSync(join(root, 'docs/testing.md'), 'utf8')
const run = readFileSync(join(root, 'examples/testing/guide.test.ts'), 'utf8')

describe('the guide to testing', () => {
  const shown = [...guide.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)

  it('shows code', () => {
    expect(shown.length).toBeGreaterThan(5)
  })

  it.each(shown)('shows only what is run: %#', (code) => {
    expect(run).toContain(code.trimEnd())
  })
})
