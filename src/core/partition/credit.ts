/** How far delivery may run ahead of settling, for each partition. */
export interface CreditLimits {
  /** records delivered and not yet settled, or still held by an operator */
  readonly maxInFlight: number
  /** records from the oldest unsettled or held one to the newest: bounds the ledger, and what a crash repeats */
  readonly maxUncommitted: number
}

/** The values compared with the limits; a `Ledger` provides them. */
export interface CreditUse {
  readonly inFlight: number
  readonly span: number
}

/** Whether one more record may be delivered, and if not, which limit forbids that. */
export type Credit = 'available' | 'no credit' | 'commit range full'

/** Decides whether the next record may be delivered. */
export const creditOf = (limits: CreditLimits, use: CreditUse): Credit => {
  if (use.inFlight >= limits.maxInFlight) return 'no credit'
  if (use.span >= limits.maxUncommitted) return 'commit range full'
  return 'available'
}
