import type { Violation } from './history.js'

/** Violations as they are found, each at the time of the event that showed it. */
export class Findings {
  now = 0
  readonly all: Violation[] = []

  add(invariant: string, where: Omit<Violation, 'invariant' | 'at'>): void {
    this.all.push({ invariant, at: this.now, ...where })
  }
}
