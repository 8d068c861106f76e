import type { LivingProcess } from '../time/scopes.js'

/** Something that a line of the diagram makes slow, until when, and whose it is. */
export interface LineWait {
  readonly what: string
  /** Infinity if it never ends */
  readonly until: number
  readonly process: Pick<LivingProcess, 'isDead'> | null
}

/** What lines of the diagram keep waiting at the moment. */
export class LineWaits {
  private readonly open = new Set<LineWait>()

  /** Returns how to end it. */
  begin(wait: LineWait): () => void {
    this.open.add(wait)
    return () => {
      this.open.delete(wait)
    }
  }

  /** Those of processes that live. */
  get all(): readonly LineWait[] {
    return [...this.open].filter(({ process }) => process?.isDead !== true)
  }
}
