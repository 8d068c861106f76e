import type { ConfigProblem } from './fault.js'
import { printable } from './printable.js'

/** The known name with the smallest edit distance, if that is small for its length. */
export const nearestName = (key: string, known: readonly string[]): string | undefined => {
  const plain = (text: string): string => text.toLowerCase().replace(/[._-]/g, '')
  const ranked = known
    .map((candidate) => ({ candidate, distance: editDistance(plain(key), plain(candidate)) }))
    .sort((a, b) => a.distance - b.distance)
  const best = ranked[0]
  return best !== undefined && best.distance <= Math.max(2, Math.floor(best.candidate.length / 4))
    ? best.candidate
    : undefined
}

/** The problem with an unknown name; `meant`: the known name that it resembles, if there is one. */
export const unknownName = (property: string, allowed: string, meant: string | undefined): ConfigProblem => {
  const problem = { property, given: 'not known', allowed }
  return meant === undefined ? problem : { ...problem, didYouMean: meant }
}

/** The allowed value of an argument with these options. */
export const objectOfOptions = (known: readonly string[]): string => `an object of options: one of ${known.join(', ')}`

/** More names that are not known than this belong to another object, which is in the place of the options. */
const mostUnknown = 3

/**
 * The problems with the names of an object of options that are not known: one for each, or a single one if the object is
 * something else, such as a logger, or the stream that an operator gets where it should have been called.
 */
export const unknownNames = (
  where: string,
  given: object,
  known: readonly string[],
  separator = ': '
): readonly ConfigProblem[] => {
  const allowed = `one of ${known.join(', ')}`
  const unknown = Object.keys(given).filter((name) => !known.includes(name))
  if ('subscribe' in given && typeof given.subscribe === 'function')
    return [{ property: where, given: 'a stream', allowed: `an object of options; an operator is called: ${where}()` }]
  if (unknown.length <= mostUnknown)
    return unknown.map((name) => unknownName(`${where}${separator}${name}`, allowed, nearestName(name, known)))
  const shown = unknown.slice(0, mostUnknown).map(printable).join(', ')
  return [{ property: where, given: `an object with ${shown} and others`, allowed: objectOfOptions(known) }]
}

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same))
    }
    row = next
  }
  return row[b.length] ?? 0
}
