import { isListOf, problemsWith, refuseWrong } from '../model/check-arguments.js'

/** A record that the store did not accept while it accepted others of its batch. */
export interface Refusal {
  /** its index in the batch of this `write`, from 0 */
  readonly index: number
  readonly cause: unknown
  /** Whether it will never be accepted. @default as `classify` says of the cause */
  readonly permanent?: boolean
}

/** The result of a `write` if the store accepted a part of the batch; made by `refused`. */
export interface Refused {
  readonly _tag: 'Refused'
  readonly refusals: readonly Refusal[]
}

/**
 * The result of a `sink`'s `write` if the store reports which records of the batch it did not accept, as bulk
 * interfaces do. All others count as written.
 *
 * @throws ConsumerError with a `ConfigFault` if its argument is not a list of refusals
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
  isListOf(
    given,
    (one) =>
      typeof one === 'object' &&
      one !== null &&
      'index' in one &&
      Number.isSafeInteger(one.index) &&
      Number(one.index) >= 0
  )

export const isRefused = (value: unknown): value is Refused =>
  typeof value === 'object' && value !== null && '_tag' in value && value._tag === 'Refused'
