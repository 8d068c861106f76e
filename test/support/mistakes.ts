import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Programs that do not compile, and what the compiler has to say of each of their mistakes. */
export const mistakesFolder = fileURLToPath(new URL('../types/fixtures/mistakes', import.meta.url))

export interface Mistake {
  /** `file(line` */
  readonly place: string
  /** what the compiler has to say of it */
  readonly advice: string
}

/** The mistakes of a file: a comment says the advice, the next line is wrong. */
const mistakesOf = (file: string): readonly Mistake[] => {
  const [, ...lines] = readFileSync(`${mistakesFolder}/${file}`, 'utf8').split('\n')
  return lines.flatMap((line, at) =>
    line.startsWith('// ') ? [{ place: `${file}(${String(at + 3)}`, advice: line.slice(3) }] : []
  )
}

export const mistakeFiles = readdirSync(mistakesFolder).filter((name) => name.endsWith('.ts'))
export const mistakes: readonly Mistake[] = mistakeFiles.flatMap(mistakesOf)

/** What the compiler says of each line, from what it has printed without colours. */
export const messagesIn = (output: string): ReadonlyMap<string, string> => {
  const said = new Map<string, string>()
  for (const message of output.split(/\n(?=\S)/)) {
    const place = /([^/]+\.ts\(\d+),/.exec(message)?.[1]
    if (place !== undefined) said.set(place, `${said.get(place) ?? ''}${message}\n`)
  }
  return said
}
