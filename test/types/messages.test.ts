import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = 'test/types/fixtures/mistakes'

interface Mistake {
  /** `file(line` */
  readonly place: string
  /** what the compiler has to say of it */
  readonly advice: string
}

/** The mistakes of a file: a comment says the advice, the next line is wrong. */
const mistakesOf = (file: string): readonly Mistake[] => {
  const [, ...lines] = readFileSync(`${root}/${folder}/${file}`, 'utf8').split('\n')
  return lines.flatMap((line, at) =>
    line.startsWith('// ') ? [{ place: `${folder}/${file}(${String(at + 3)}`, advice: line.slice(3) }] : []
  )
}

/** What the compiler says of each line. */
const messages = (compiler: string): ReadonlyMap<string, string> => {
  const { stdout } = spawnSync(
    process.execPath,
    [`node_modules/${compiler}/bin/tsc`, '--noEmit', '--pretty', 'false', '-p', `${folder}/tsconfig.json`],
    { cwd: root, encoding: 'utf8' }
  )
  const said = new Map<string, string>()
  for (const message of stdout.split(/\n(?=\S)/)) {
    const place = message.slice(0, message.indexOf(','))
    said.set(place, `${said.get(place) ?? ''}${message}\n`)
  }
  return said
}

describe.each(['typescript', 'typescript7'])('what %s says of a mistake', (compiler) => {
  const mistakes = readdirSync(`${root}/${folder}`).flatMap((name) => (name.endsWith('.ts') ? mistakesOf(name) : []))
  const said = messages(compiler)

  it.each(mistakes)('$place) is the advice: $advice', ({ place, advice }) => {
    expect(said.get(place)).toContain(advice)
  })

  it('is said of no other line', () => {
    expect([...said.keys()].filter((place) => !mistakes.some((mistake) => mistake.place === place))).toEqual([])
  })
})
