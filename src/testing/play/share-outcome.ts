import { placeText } from '../diagram/line-label.js'
import type { Happening } from './recorder.js'

/** The result for a share group's records: for each partition the letters, sorted, since there is no order. */
export interface ShareOutcome {
  /** each delivery of a record */
  readonly delivered: Readonly<Record<string, string>>
  readonly accepted: Readonly<Record<string, string>>
  readonly rejected: Readonly<Record<string, string>>
}

export const sorted = (letters: string): string => Array.from(letters).sort().join('')

/** Both are sorted. */
export const isPartOf = (letters: string, all: string): boolean => {
  let at = 0
  for (const letter of letters) {
    at = all.indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}

export const shareOutcomeOf = (happenings: readonly Happening[], places: readonly string[]): ShareOutcome => {
  const lettersOf = (tag: 'stream' | 'accepts' | 'rejects'): Readonly<Record<string, string>> => {
    const letters: Record<string, string> =
      tag === 'stream' ? Object.fromEntries(places.map((place) => [place, ''])) : {}
    for (const { line, char } of happenings) {
      if (line._tag !== tag) continue
      const place = placeText(line.place)
      letters[place] = sorted((letters[place] ?? '') + char)
    }
    return letters
  }
  return { delivered: lettersOf('stream'), accepted: lettersOf('accepts'), rejected: lettersOf('rejects') }
}

const arePartsOf = (some: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>): boolean =>
  Object.entries(some).every(([place, letters]) => isPartOf(letters, all[place] ?? ''))

/** Whether later events can still make the outcome as wanted: no record was delivered too often. */
export const shareMayBecome = (outcome: ShareOutcome, expected: ShareOutcome): boolean =>
  arePartsOf(outcome.delivered, expected.delivered) &&
  arePartsOf(outcome.accepted, expected.accepted) &&
  arePartsOf(outcome.rejected, expected.rejected)

/** Whether each record was accepted or rejected as expected. */
export const isShareDone = (outcome: ShareOutcome, expected: ShareOutcome): boolean =>
  arePartsOf(expected.accepted, outcome.accepted) && arePartsOf(expected.rejected, outcome.rejected)
