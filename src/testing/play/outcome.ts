import { placeText } from '../diagram/line-label.js'
import { isShareScenario } from './share-scenario.js'
import { isPartOf, isShareDone, shareMayBecome, type ShareOutcome, shareOutcomeOf, sorted } from './share-outcome.js'
import type { Stage } from './stage.js'

/** The result of a scenario, without times. */
export interface Outcome {
  /** for each partition the delivered records, in order, whichever member got them */
  readonly delivered: Readonly<Record<string, string>>
  /** for each partition the last committed record */
  readonly committed: Readonly<Record<string, string>>
  /** the records in the sink, sorted */
  readonly sink: string
  /** for each topic the records that pipelines wrote to it, sorted */
  readonly written: Readonly<Record<string, string>>
  /** for a share group: the accepted records of each partition, sorted; delivered records are sorted too */
  readonly accepted?: Readonly<Record<string, string>>
  /** for a share group: the rejected records of each partition, sorted */
  readonly rejected?: Readonly<Record<string, string>>
  /** how each member ended */
  readonly ends: Readonly<Record<string, string>>
}

export const outcomeOf = ({ recorder, diagram, scenario }: Stage): Outcome => {
  const delivered: Record<string, string> = {}
  const committed: Record<string, string> = {}
  const written: Record<string, string> = {}
  const ends: Record<string, string> = {}
  let sink = ''
  for (const { label } of diagram.lines) if (label._tag === 'records') delivered[placeText(label.place)] = ''
  for (const { line, char } of recorder.happenings) {
    if (line._tag === 'stream' && !'^|#!'.includes(char)) {
      const place = placeText(line.place)
      delivered[place] = (delivered[place] ?? '') + char
    } else if (line._tag === 'commits') committed[placeText(line.place)] = char
    else if (line._tag === 'writes') written[line.topic] = sorted((written[line.topic] ?? '') + char)
    else if (line._tag === 'ends') ends[line.member] = (ends[line.member] ?? '') + char
    else if (line._tag === 'sink') sink = sorted(sink + char)
  }
  const shared = isShareScenario(scenario) ? shareOutcomeOf(recorder.happenings, Object.keys(delivered)) : {}
  return { delivered, committed, sink, written, ends, ...shared }
}

/**
 * The values behind the letters, by line: written keys and values, values in the sink, and delivered records without a letter.
 * In order if that is the same on each cluster.
 */
export const outcomeValues = (
  { recorder }: Stage,
  plain: (text: string) => string = (text) => text
): ReadonlyMap<string, readonly string[]> => {
  const values = new Map<string, readonly string[]>()
  for (const { line, char, value } of recorder.happenings) {
    if (value === undefined) continue
    const name =
      line._tag === 'stream' ? placeText(line.place) : line._tag === 'writes' ? `writes ${line.topic}` : line._tag
    const all = [...(values.get(name) ?? []), `${char} is ${plain(value)}`]
    values.set(name, line._tag === 'stream' ? all : all.sort())
  }
  return values
}

/** The differences between values with the same letters. */
export const differentValues = (
  [first, mine]: readonly [string, ReturnType<typeof outcomeValues>],
  [second, theirs]: readonly [string, ReturnType<typeof outcomeValues>]
): readonly string[] =>
  [...new Set([...mine.keys(), ...theirs.keys()])].flatMap((name) => {
    const only = (
      here: ReturnType<typeof outcomeValues>,
      there: ReturnType<typeof outcomeValues>
    ): readonly string[] => {
      const rest = [...(there.get(name) ?? [])]
      return (here.get(name) ?? []).filter((text) => {
        const at = rest.indexOf(text)
        if (at >= 0) rest.splice(at, 1)
        return at < 0
      })
    }
    return [
      ...only(mine, theirs).map((text) => `  “${name}” ${first}: ${text}`),
      ...only(theirs, mine).map((text) => `  “${name}” ${second}: ${text}`)
    ]
  })

/**
 * Whether later events can still make the outcome as wanted: not after a record out of order, a second or unexpected one, or a
 * failure.
 */
export const mayBecome = (outcome: Outcome, expected: Outcome): boolean =>
  (isOfShares(outcome) && isOfShares(expected)
    ? shareMayBecome(outcome, expected)
    : Object.entries(outcome.delivered).every(([place, letters]) =>
        (expected.delivered[place] ?? '').startsWith(letters)
      )) &&
  Object.entries(outcome.ends).every(
    ([member, chars]) => !chars.includes('#') || expected.ends[member]?.includes('#')
  ) &&
  isPartOf(outcome.sink, expected.sink) &&
  Object.entries(outcome.written).every(([topic, letters]) => isPartOf(letters, expected.written[topic] ?? ''))

/** Whether all records were delivered as wanted, and those of each partition are committed. */
export const isCommitted = (outcome: Outcome, expected: Outcome): boolean =>
  isOfShares(outcome) && isOfShares(expected) ? isShareDone(outcome, expected) : areOffsetsCommitted(outcome, expected)

const isOfShares = (outcome: Outcome): outcome is Outcome & ShareOutcome => outcome.accepted !== undefined

const areOffsetsCommitted = ({ delivered, committed }: Outcome, expected: Outcome): boolean =>
  Object.entries(expected.delivered).every(
    ([place, letters]) =>
      delivered[place] === letters &&
      (letters === '' || (place in committed && committed[place] === expected.committed[place]))
  )

/** An outcome as lines of a diagram without time. */
const rowsOf = ({
  delivered,
  committed,
  accepted,
  rejected,
  sink,
  written,
  ends
}: Outcome): ReadonlyMap<string, string> =>
  new Map([
    ...Object.entries(delivered),
    ...Object.entries(committed).map(([place, letter]) => [`${place} commits`, letter] as const),
    ...Object.entries(accepted ?? {}).map(([place, letters]) => [`${place} accepts`, letters] as const),
    ...Object.entries(rejected ?? {}).map(([place, letters]) => [`${place} rejects`, letters] as const),
    ['sink', sink] as const,
    ...Object.entries(written).map(([topic, letters]) => [`writes ${topic}`, letters] as const),
    ...Object.entries(ends).map(([member, chars]) => [`${member} ends`, chars] as const)
  ])

/** Two outcomes as diagrams, with a caret at the first difference in each line. */
export const outcomesUnderEachOther = (
  first: readonly [string, Outcome],
  second: readonly [string, Outcome]
): string => {
  const [a, b] = [rowsOf(first[1]), rowsOf(second[1])]
  const names = [...new Set([...a.keys(), ...b.keys()])]
  const width = Math.max(...names.map((name) => name.length)) + 2
  const draw = (mine: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): readonly string[] =>
    names.flatMap((name) => {
      const [row, expected] = [mine.get(name) ?? '', other.get(name) ?? '']
      const line = `  ${name.padEnd(width)}${row === '' ? '-' : row}`
      if (row === expected) return [line]
      let column = 0
      while (column < row.length && row[column] === expected[column]) column++
      return [line, `  ${' '.repeat(width + column)}^`]
    })
  return [first[0], ...draw(a, b), '', second[0], ...draw(b, a), ''].join('\n')
}
