import { type ArgumentRule, aList, aText, problemsWith } from '../model/check-arguments.js'
import type { ConfigProblem } from '../model/fault.js'

/** The maximum bytes of a text in a request. */
const longestText = 32_767

export const isObject = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null

/** `Position` */
export const aPosition: ArgumentRule = {
  allowed: "'beginning', 'end', 'committed', { offset: a bigint from 0 } or { timestamp: ms from 0 }",
  holds: (from) => {
    if (from === 'beginning' || from === 'end' || from === 'committed') return true
    if (!isObject(from)) return false
    if ('offset' in from) return anOffset.holds(from['offset'])
    return 'timestamp' in from && Number.isSafeInteger(from['timestamp']) && Number(from['timestamp']) >= 0
  }
}

/** The highest offset of Kafka's protocol. */
const lastOffset = 2n ** 63n - 1n
export const anOffset: ArgumentRule = {
  allowed: 'a bigint from 0 (3n, not 3)',
  holds: (given) => typeof given === 'bigint' && given >= 0n && given <= lastOffset
}
const aNumber: ArgumentRule = {
  allowed: 'a whole number from 0',
  holds: (given) => Number.isSafeInteger(given) && Number(given) >= 0 && Number(given) < 2 ** 31
}
const metadata: ArgumentRule = {
  allowed: `a text of at most ${String(longestText)} bytes`,
  holds: (given) => given === undefined || (typeof given === 'string' && isShort(given))
}

// Measured only if the length does not decide it: a character takes one to three bytes.
const isShort = (text: string): boolean =>
  text.length <= longestText && (text.length * 3 <= longestText || new TextEncoder().encode(text).length <= longestText)

/** The problems with a `TopicPartition`. */
export const problemsWithPlace = (path: string, given: unknown): ConfigProblem[] =>
  isObject(given)
    ? [
        ...problemsWith(`${path}.topic`, given['topic'], aText),
        ...problemsWith(`${path}.partition`, given['partition'], aNumber)
      ]
    : problemsWith(path, given, { allowed: '{ topic, partition }', holds: () => false })

/** The problems of a list, by a check of each element. */
export const problemsWithList = (
  path: string,
  given: unknown,
  problemsOf: (path: string, part: unknown) => readonly ConfigProblem[]
): readonly ConfigProblem[] =>
  Array.isArray(given)
    ? Array.from(given, (part: unknown, index) => problemsOf(`${path}[${String(index)}]`, part)).flat()
    : problemsWith(path, given, aList)

export const problemsWithPlaces = (path: string, given: unknown): readonly ConfigProblem[] =>
  problemsWithList(path, given, problemsWithPlace)

/** The problems with `OffsetToCommit`s. */
export const problemsWithOffsets = (path: string, given: unknown): readonly ConfigProblem[] =>
  problemsWithList(path, given, (at, part) => {
    const place = problemsWithPlace(at, part)
    if (!isObject(part)) return place
    return [
      ...place,
      ...problemsWith(`${at}.offset`, part['offset'], anOffset),
      ...problemsWith(`${at}.metadata`, part['metadata'], metadata)
    ]
  })

export const problemsWithOffsetsOrNone = (path: string, given: unknown): readonly ConfigProblem[] =>
  given === undefined ? [] : problemsWithOffsets(path, given)

/** The problems with `StartPosition`s. */
export const problemsWithStarts = (path: string, given: unknown): readonly ConfigProblem[] =>
  problemsWithList(path, given, (at, part) => [
    ...problemsWithPlace(at, part),
    ...(isObject(part) ? problemsWith(`${at}.from`, part['from'], aPosition) : [])
  ])

const aTimestamp: ArgumentRule = {
  allowed: 'ms from 0',
  holds: (given) => Number.isSafeInteger(given) && Number(given) >= 0
}

/** The problems with partitions that each have a timestamp. */
export const problemsWithTimes = (path: string, given: unknown): readonly ConfigProblem[] =>
  problemsWithList(path, given, (at, part) => [
    ...problemsWithPlace(at, part),
    ...(isObject(part) ? problemsWith(`${at}.timestamp`, part['timestamp'], aTimestamp) : [])
  ])

/** The problems with `NewTopic`s. */
export const problemsWithTopics = (path: string, given: unknown): readonly ConfigProblem[] =>
  problemsWithList(path, given, (at, part) => {
    if (!isObject(part)) return problemsWith(at, part, { allowed: '{ topic, partitions }', holds: () => false })
    const { topic, partitions, replicationFactor, config } = part
    const isConfig = (value: unknown): boolean =>
      value === undefined || (isObject(value) && Object.values(value).every((each) => typeof each === 'string'))
    return [
      ...problemsWith(`${at}.topic`, topic, aText),
      ...problemsWith(`${at}.partitions`, partitions, wholeNumber),
      ...(replicationFactor === undefined
        ? []
        : problemsWith(`${at}.replicationFactor`, replicationFactor, smallNumber)),
      ...problemsWith(`${at}.config`, config, { allowed: 'an object of texts', holds: isConfig })
    ]
  })

// Kafka checks the rest: it refuses zero partitions, for example.
export const wholeNumber: ArgumentRule = {
  allowed: 'a whole number',
  holds: (given) => Number.isInteger(given) && Math.abs(Number(given)) < 2 ** 31
}
const smallNumber: ArgumentRule = {
  allowed: `a whole number of at most ${String(2 ** 15 - 1)}`,
  holds: (given) => Number.isInteger(given) && Math.abs(Number(given)) < 2 ** 15
}
