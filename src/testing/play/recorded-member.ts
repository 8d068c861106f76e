import type { AnnouncedWait } from './announced-waits.js'
import { MemberLife, type DrainOutcome } from './member-life.js'
import type { Recorder } from './recorder.js'

/** One life of a member of either kind: how it has ended, what it waits for, and how it is ended. */
export abstract class RecordedMember<R extends DrainOutcome, Options> {
  /** Whether its pipeline has subscribed to its consumer. */
  hasSubscribed = false
  protected readonly life: MemberLife<R, Options>
  private readonly recorder: Recorder

  protected constructor(name: string, recorder: Recorder) {
    this.life = new MemberLife(name, recorder)
    this.recorder = recorder
  }

  get name(): string {
    return this.life.name
  }
  get isOver(): boolean {
    return this.life.isOver
  }
  get isCrashed(): boolean {
    return this.life.isCrashed
  }
  get endedAt(): number | null {
    return this.life.endedAt
  }
  get failure(): { readonly error: unknown } | null {
    return this.life.failure
  }
  get assertions(): readonly string[] {
    return this.life.reported.assertions
  }
  /** What its consumer has said that it waits for. */
  get waits(): readonly AnnouncedWait[] {
    return this.life.reported.waits.at(this.recorder.now())
  }

  subscribed(): void {
    this.hasSubscribed = true
  }

  /** Unsubscribes from the pipeline. */
  unsubscribe(): void {
    this.life.unsubscribe()
  }

  /** Its process is gone: nothing is recorded any more, and nothing is unsubscribed. */
  crash(): void {
    this.life.crash()
  }
}
