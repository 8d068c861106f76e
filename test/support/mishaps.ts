import { readFileSync } from 'node:fs'

/** A row of the table in docs/troubleshooting.md. */
interface Mishap {
  /** what `logTo` says first */
  readonly pattern: RegExp
  /** what the status has then, as JSON */
  readonly status: readonly string[]
}

const page = new URL('../../docs/troubleshooting.md', import.meta.url)

const patternOf = (line: string): RegExp =>
  new RegExp(
    `^${line
      .split(/(‹[a-z ]+›)/)
      .map((part) => (part.startsWith('‹') ? '.+' : part.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)))
      .join('')}$`
  )

/** By their names, in the order of the page. */
export const mishaps: ReadonlyMap<string, Mishap> = new Map(
  readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| mishap') && !line.startsWith('| -'))
    .map((row) => {
      const [, name = '', line = '', status = ''] = row.split('|').map((cell) => cell.trim())
      return [name, { pattern: patternOf(line.replaceAll('`', '')), status: status.split(', ') }] as const
    })
)

/** @throws if the page has no such row */
export const mishap = (name: string): Mishap => {
  const row = mishaps.get(name)
  if (row === undefined) throw new Error(`docs/troubleshooting.md has no row ${name}`)
  return row
}
