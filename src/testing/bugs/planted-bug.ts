import type { Bytes } from '../../model/bytes.js'
import type { Pipeline } from '../play/scenario.js'
import type { SharePipeline } from '../play/share-scenario.js'

/** A record that a diagram will write. */
export interface PlannedRecord {
  readonly key: Bytes
}

/** The part of a played diagram that a bug can use. */
export interface BugScene {
  /** The records that the diagram writes, by partition (`orders/0`), in order. */
  readonly writes: ReadonlyMap<string, readonly PlannedRecord[]>
  /** Called when the bug has acted: otherwise no test could see it. */
  readonly acted: () => void
  /** Called if the pipeline has what the bug is about. */
  readonly possible: () => void
  /** Called when a record has reached the pipeline with the bug, so that it is running. */
  readonly ran: () => void
  /**
   * Called if the pipeline with the bug could not be created, or failed before its first record: no test can see such a bug.
   */
  readonly notStarted: (error: unknown) => void
}

/** A bug that is planted around a pipeline, without changing the pipeline's code. */
export interface PlantedBug {
  /** A description of the bug. */
  readonly does: string
  /** What a diagram needs for the bug to act. */
  readonly needs: string
  /** What part of a diagram shows the bug. */
  readonly shownBy: string
  /** null: the bug does not apply to consumers */
  readonly plant: ((pipeline: Pipeline, scene: BugScene) => Pipeline) | null
  /** null: the bug does not apply to share groups */
  readonly plantShare: ((pipeline: SharePipeline, scene: BugScene) => SharePipeline) | null
  /** Only some pipelines can have it: it calls `possible` in those. */
  readonly isForSome?: true
  /** Members die where the diagram drains them. */
  readonly forgetsDrain?: true
}

/** A bug in one run of a test, and whether it acted. */
export class BugTrial {
  hasActed = false
  /** A member with a pipeline of the right kind was started. */
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
    this.wasPossible ||= this.bug.plant !== null && this.bug.isForSome !== true
    return this.bug.plant?.(pipeline, this.scene(writes)) ?? pipeline
  }

  plantShare(pipeline: SharePipeline, writes: BugScene['writes']): SharePipeline {
    this.wasPossible ||= this.bug.plantShare !== null && this.bug.isForSome !== true
    return this.bug.plantShare?.(pipeline, this.scene(writes)) ?? pipeline
  }

  private scene(writes: BugScene['writes']): BugScene {
    const acted = (): void => {
      this.hasActed = true
    }
    const possible = (): void => {
      this.wasPossible = true
    }
    const ran = (): void => {
      this.hasRun = true
    }
    const notStarted = (error: unknown): void => {
      if (!this.hasRun) this.startFailure ??= { error }
    }
    return { writes, acted, possible, ran, notStarted }
  }
}

/** The tests that `marbles` has created, and how to run them with a bug. */
export const runsWithBug = new WeakMap<() => Promise<void>, (trial: BugTrial) => Promise<void>>()
