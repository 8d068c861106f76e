/** Records of a batch that are written in one call. */
export interface BatchPart<A> {
  readonly items: readonly A[]
  /** calls so far */
  readonly attempt: number
  /** calls that remain if failures are temporary */
  readonly left: number
  /** why the last call failed; null before the first, and while it is retried */
  readonly failure: PartFailure | null
}

/** Why a part was not written, and whether that is permanent for these records. */
export interface PartFailure {
  readonly cause: unknown
  readonly permanent: boolean
}

/** What follows a failed part. */
export type AfterFailure = 'again' | 'halves' | 'give up'

/** A part that was not tried yet. */
export const freshPart = <A>(items: readonly A[], attempts: number): BatchPart<A> => ({
  items,
  attempt: 0,
  left: attempts,
  failure: null
})

/**
 * Bisects until the bad record is alone. After a temporary failure the part is tried again first; if that does not help, its
 * halves get one call each, since they have waited already and one record may be the cause. If a failure ends the pipeline
 * anyway (`endsPipeline`), only permanent failures are bisected, so that the records before the bad one are written.
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

/** The two halves. After a permanent failure they get all attempts again: it says nothing about temporary failures. */
export const halvesOf = <A>({ items }: BatchPart<A>, { permanent }: PartFailure, attempts: number): BatchPart<A>[] => {
  const middle = Math.ceil(items.length / 2)
  const calls = permanent ? attempts : 1
  return [freshPart(items.slice(0, middle), calls), freshPart(items.slice(middle), calls)]
}
