import { MarbleError } from './marble-error.js'
import type { MarbleTools } from './marble-tools.js'

/** Refuses expectations that are added after time has begun to pass: nothing would be compared with them. */
export class LateCalls {
  private readonly madeAt: Error
  private readonly found = new Set<string>()
  private begun = false

  constructor(madeAt: Error) {
    this.madeAt = madeAt
  }

  /** Time passes from now on. */
  timePasses(): void {
    this.begun = true
  }

  /** @throws MarbleError if time passes already */
  refuse(tool: keyof MarbleTools): void {
    if (!this.begun) return
    const fault = `${tool}(…) was called when the body had returned: what has to come of a test is said before time passes`
    // Kept too, since the caller may expect errors and catch this one.
    this.found.add(fault)
    throw new MarbleError(fault, this.madeAt)
  }

  get faults(): readonly string[] {
    return [...this.found]
  }
}
