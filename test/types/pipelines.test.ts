import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

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
    'accept pipelines that are right, and refuse those that are not (%s)',
    (compiler) => {
      expect(compile(compiler)).toBe('')
    }
  )
})
