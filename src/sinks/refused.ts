import { problemsWith, refuseWrong } from '../model/check-arguments.js'

/** A record of a batch that the store did not take while it took others. */
export interface Refusal {
  /** its place in the batch that `write` was given, from 0 */
  readonly index: number
  readonly cause: unknown
  /** Whether it never will be taken. @default as `classify` says of the cause */
  readonly permanent?: boolean
}

/** What `write` gives where the store took a part of the batch; made by `refused`. */
export interface Refused {
  readonly _tag: 'Refused'
  readonly refusals: readonly Refusal[]
}

/**
 * What the `write` of a `sink` gives where the store says itself which records of the batch it did not take, as bulk interfaces
 * do. All others count as written.
 *
 * @throws ConsumerError with a `ConfigFault` where it is given no list of refusals
 *
 * @example
 * sink({ write: async (records) => refused((await bulk(records)).errors.map(({ at, error }) => ({ index: at, cause: error }))) })
 */
export const refused = (refusals: readonly Refusal[]): Refused => {
  refuseWrong(
    problemsWith('refused: refusals', refusals, { allowed: 'a list of { index, cause }', holds: areRefusals })
  )
  return { _tag: 'Refused', refusals }
}

const areRefusals = (given: unknown): boolean =>
  Array.isArray(given) &&
  given.every(
    (one: unknown) =>
      typeof one === 'object' &&
      one !== null &&
      'index' in one &&
      Number.isSafeInteger(one.index) &&
      Number(one.index) >= 0
  )

export const isRefused = (value: unknown): value is Refused =>
  typeof value === 'object' && value !== null && '_tag' in value && value._tag === 'Refused'
