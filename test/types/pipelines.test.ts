import { spawnSync } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = join(root, 'test/types/fixtures/readme.generated.ts')

beforeAll(() => {
  const [, snippet = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? []
  expect(snippet).toContain('consumer(cluster')
  writeFileSync(readme, `${snippet}\ndeclare function charge(order: t.TypeOf<typeof Order>): Promise<void>\n`)
})
afterAll(() => {
  rmSync(readme)
})

const compile = (compiler: string): string => {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [`node_modules/${compiler}/bin/tsc`, '--noEmit', '-p', 'test/types/fixtures/tsconfig.json'],
    { cwd: root, encoding: 'utf8' }
  )
  return stdout + stderr
}

describe('the public types', () => {
  it.each(['typescript', 'typescript7'])(
    'accept README’s pipeline and those that are right, and refuse those that are not (%s)',
    (compiler) => {
      expect(compile(compiler)).toBe('')
    }
  )
})
