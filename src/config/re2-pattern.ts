import { type Either, left, right } from 'fp-ts/lib/Either.js'

/**
 * The patterns as one RE2/J pattern, which the brokers match against whole names; null for no patterns. A construct that RE2/J
 * lacks is refused and named: without it, or with another meaning, the pattern would match other topics.
 */
export const re2PatternOf = (patterns: readonly RegExp[]): Either<string, string | null> => {
  const parts: string[] = []
  for (const pattern of patterns) {
    const why = refusalOf(pattern)
    if (why !== null) return left(`${String(pattern)} has ${why}, which the brokers' RE2/J has not`)
    const flags = pattern.flags.replace(/[^ims]/g, '')
    parts.push(`(?${flags}:${translated(pattern.source)})`)
  }
  if (parts.length === 0) return right(null)
  // Unlike RE2/J, a RegExp matches anywhere in the name.
  return right(`.*(?:${parts.join('|')}).*`)
}

/** One construct of a pattern: an escape, the opening of a group, a repetition, or a single character. */
const construct =
  /\\u\{[\da-f]+\}|\\u[\da-f]{4}|\\x[\da-f]{2}|\\c[a-z]|\\k<[^>]*>|\\p\{[^}]*\}|\\[\s\S]|\(\?<[=!]|\(\?<[^>]*>|\(\?[-a-z]*[:=!]|\[\[:|\[\^?\]|\{\d+(?:,\d*)?\}|[\s\S]/giu

const refusalOf = ({ source, flags }: RegExp): string | null => {
  if (flags.includes('v')) return 'the flag v'
  for (const [part] of source.matchAll(construct)) {
    const why = refused.find(([kind]) => kind.test(part))?.[1]
    if (why !== undefined) return `${why} (${part})`
  }
  return null
}

const refused: readonly (readonly [RegExp, string])[] = [
  [/^\(\?[=!]$/, 'a lookahead'],
  [/^\(\?<[=!]$/, 'a lookbehind'],
  [/^\\(?:[1-9]|k<)/, 'a reference to a group'],
  [/^\\c/i, 'a control character'],
  [/^\[\[:/, 'a class within a class'],
  [/^\[\^?\]$/, 'an empty class'],
  [/^\{(?:\d{5,}|[1-9]\d{3}|\d+,(?:\d{5,}|[1-9]\d{3}))/, 'a repetition of more than 1000']
]

/**
 * Translates constructs with another syntax: characters by number, and named groups, whose names are irrelevant to a broker.
 */
const translated = (source: string): string =>
  source.replace(construct, (part) => {
    const character = /^\\u\{?([\da-f]+)\}?$/i.exec(part)?.[1]
    if (character !== undefined) return `\\x{${character}}`
    return part.startsWith('(?<') ? '(' : part
  })
