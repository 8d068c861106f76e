/** Records of a batch that are written with one call, or were, and failed. */
export interface BatchPart<A> {
  readonly items: readonly A[]
  /** calls so far */
  readonly attempt: number
  /** calls that a failure that may pass has left */
  readonly left: number
  /** why the last call failed; null before the first, and while it is retried */
  readonly failure: PartFailure | null
}

/** Why a part was not written, and whether the same records never can be. */
export interface PartFailure {
  readonly cause: unknown
  readonly permanent: boolean
}

/** What is done about a part that failed. */
export type AfterFailure = 'again' | 'halves' | 'give up'

/** A part that was not tried yet. */
export const freshPart = <A>(items: readonly A[], attempts: number): BatchPart<A> => ({
  items,
  attempt: 0,
  left: attempts,
  failure: null
})

/**
 * Bisects until the bad record is alone. A failure that may pass is tried again first; once that has not helped the halves have
 * one call each: they have waited already, and one record alone may be the cause. Where a failure ends the pipeline anyway
 * (`endsPipeline`) only permanent ones are bisected, so that the records before the bad one are written.
 */
export const afterFailure = <A>(
  part: BatchPart<A>,
  { permanent }: PartFailure,
  endsPipeline: boolean
): AfterFailure => {
  if (!permanent && part.left > 0) return 'again'
  if (part.items.length > 1 && (permanent || !endsPipeline)) return 'halves'
  return 'give up'
}

/** The first half and the second. A permanent failure says nothing about failures that may pass: those are tried as often as ever. */
export const halvesOf = <A>({ items }: BatchPart<A>, { permanent }: PartFailure, attempts: number): BatchPart<A>[] => {
  const middle = Math.ceil(items.length / 2)
  const calls = permanent ? attempts : 1
  return [freshPart(items.slice(0, middle), calls), freshPart(items.slice(middle), calls)]
}
