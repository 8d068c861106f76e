import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { messagesIn, mistakes } from '../support/mistakes.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

const said = (compiler: string): ReadonlyMap<string, string> => {
  const options = ['--noEmit', '--pretty', 'false', '-p', 'test/types/fixtures/mistakes/tsconfig.json']
  const { stdout } = spawnSync(process.execPath, [`node_modules/${compiler}/bin/tsc`, ...options], { cwd: root, encoding: 'utf8' }) // prettier-ignore
  return messagesIn(stdout)
}

it('there are enough mistakes', () => {
  expect(mistakes.length).toBeGreaterThanOrEqual(15)
})

describe.each(['typescript', 'typescript7'])('what %s says of a mistake', (compiler) => {
  const messages = said(compiler)

  it.each(mistakes)('$place) is the advice: $advice', ({ place, advice }) => {
    expect(messages.get(place)).toContain(advice)
  })

  it('is said of no other line', () => {
    expect([...messages.keys()].filter((place) => !mistakes.some((mistake) => mistake.place === place))).toEqual([])
  })
})
