import type { Run } from './scenarios.mjs'

export interface Verdict {
  /** each with the rule that is broken: `loss: …`, `early: …` */
  readonly violations: readonly string[]
  /** how many records were delivered again to a handler, done with or not */
  readonly duplicates: number
  /** how many were delivered to a handler, those counted again */
  readonly handled: number
}

export function check(run: Pick<Run, 'histories' | 'ends' | 'committed'>): Verdict
