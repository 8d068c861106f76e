import type { Diagram } from '../diagram/parse-diagram.js'
import type { ExpectedWrite } from './scenario.js'
import { SourceText } from '../source-text.js'
import type { Values } from './values.js'

/** Warns about what lines of the diagram show of records and nothing compares. */
export const sayNotCompared = ({ notCompared, parts }: Values, { lines }: Diagram): void => {
  const isShown = (line: string): boolean => lines.some(({ name }) => name === line)
  const valueless = [...notCompared].filter(isShown).map((line) => `“${line}”`)
  if (valueless.length > 0)
    warn(
      `values were not compared beyond their first character in ${valueless.join(', ')}: \`values\` says what letters stand for`
    )
  // Without `values`, a letter is no name for an entry yet.
  for (const [line, entries] of parts.notCompared)
    if (isShown(line) && !notCompared.has(line)) warn(partsText(line, entries))
}

/** More entries than this are not shown. */
const mostEntries = 3

/** What was not compared, and how `written` would compare it. */
const partsText = (line: string, entries: ReadonlyMap<string, ExpectedWrite>): string => {
  const named = new Set([...entries.values()].flatMap((entry) => Object.keys(entry)))
  const parts = Object.entries(partNames).flatMap(([part, name]) => (named.has(part) ? [name] : []))
  const first = Object.fromEntries([...entries].slice(0, mostEntries))
  const written = new SourceText().of(first, ['written'])
  const more = entries.size > mostEntries ? ' (and more letters)' : ''
  return `${parts.join(', ')} of the records in “${line}” were not compared. What was written is written: ${written}${more}. Say in \`written\` what is right; {} for a letter says that they do not matter`
}

const partNames: Readonly<Record<keyof ExpectedWrite, string>> = {
  key: 'keys',
  partition: 'partitions',
  headers: 'headers',
  timestamp: 'timestamps',
  acks: '`acks`'
}

const warn = (text: string): void => {
  const { process } = globalThis as { readonly process?: { emitWarning?(text: string, type: string): void } }
  process?.emitWarning?.(text, 'MarbleWarning')
}
