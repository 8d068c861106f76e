import type { Run } from './scenarios.mjs'

export interface Verdict {
  /** each with the rule that is broken: `loss: …`, `early: …` */
  readonly violations: readonly string[]
  /** how many records were handled more than once */
  readonly duplicates: number
  /** how many were handled, those counted again */
  readonly handled: number
}

export function check(run: Pick<Run, 'histories' | 'ends' | 'committed'>): Verdict
