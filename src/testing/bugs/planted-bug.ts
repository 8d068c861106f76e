import type { Bytes } from '../../model/bytes.js'
import type { Pipeline } from '../play/scenario.js'
import type { SharePipeline } from '../play/share-scenario.js'

/** A record that a diagram is going to write. */
export interface PlannedRecord {
  readonly key: Bytes
}

/** What a bug can look at while a diagram is played. */
export interface BugScene {
  /** The records that the diagram writes, by partition (`orders/0`), in order. */
  readonly writes: ReadonlyMap<string, readonly PlannedRecord[]>
  /** The bug has done something: without that no test could see it. */
  readonly acted: () => void
  /** A record has reached the pipeline with the bug: it runs. */
  readonly ran: () => void
  /** The pipeline with the bug could not be made, or failed before it had a record: that is no bug that a test could see. */
  readonly notStarted: (error: unknown) => void
}

/** A bug that is planted around a pipeline, whose code stays as it is. */
export interface PlantedBug {
  /** What it does. */
  readonly does: string
  /** What has to be in a diagram for it to do anything. */
  readonly needs: string
  /** What of a diagram shows it. */
  readonly shownBy: string
  /** null: there is no such bug in what a consumer does. */
  readonly plant: ((pipeline: Pipeline, scene: BugScene) => Pipeline) | null
  /** null: there is no such bug in what a member of a share group does. */
  readonly plantShare: ((pipeline: SharePipeline, scene: BugScene) => SharePipeline) | null
  /** Members die where the diagram drains them. */
  readonly forgetsDrain?: true
}

/** A bug in one run of a test, and whether it came into play. */
export class BugTrial {
  hasActed = false
  /** A member ran that could have it. */
  wasPossible = false
  /** Why the pipeline with it never ran. */
  startFailure: { readonly error: unknown } | null = null
  readonly bug: PlantedBug
  private hasRun = false

  constructor(bug: PlantedBug) {
    this.bug = bug
  }

  /** Whether a member dies here instead of being drained. */
  forgetsDrain(): boolean {
    if (this.bug.forgetsDrain === true) this.hasActed = true
    return this.bug.forgetsDrain === true
  }

  plant(pipeline: Pipeline, writes: BugScene['writes']): Pipeline {
    this.wasPossible ||= this.bug.plant !== null
    return this.bug.plant?.(pipeline, this.scene(writes)) ?? pipeline
  }

  plantShare(pipeline: SharePipeline, writes: BugScene['writes']): SharePipeline {
    this.wasPossible ||= this.bug.plantShare !== null
    return this.bug.plantShare?.(pipeline, this.scene(writes)) ?? pipeline
  }

  private scene(writes: BugScene['writes']): BugScene {
    const acted = (): void => {
      this.hasActed = true
    }
    const ran = (): void => {
      this.hasRun = true
    }
    const notStarted = (error: unknown): void => {
      if (!this.hasRun) this.startFailure ??= { error }
    }
    return { writes, acted, ran, notStarted }
  }
}

/** The tests that `marbles` has made, and how to run them with a bug. */
export const runsWithBug = new WeakMap<() => Promise<void>, (trial: BugTrial) => Promise<void>>()
