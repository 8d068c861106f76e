import { type Observable, Subscription } from 'rxjs'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { RunResult } from '../../program/run.js'
import { AnnouncedWaits } from './announced-waits.js'
import { failedAssertion, isAssertion } from './failed-assertion.js'
import type { Lettered } from './letters.js'
import type { AttemptOutcome } from './recorded-record.js'
import type { Happening, Recorder } from './recorder.js'

/** The report of a drain, of either kind of consumer. */
export interface DrainOutcome {
  readonly outcome: string
}

/** One life of a member of either kind: how it ends, and what is recorded of it while its process lives. */
export class MemberLife<R extends DrainOutcome, Options> {
  readonly name: string
  /** when its pipeline ended by itself */
  endedAt: number | null = null
  /** the error of its pipeline */
  failure: { readonly error: unknown } | null = null
  /** What its consumer has reported: assertions of the test that failed in its handlers, and what it waits for. */
  readonly reported = { assertions: [] as string[], waits: new AnnouncedWaits() }
  /** The report of its last drain. */
  report: R | null = null
  isOver = false
  isCrashed = false
  /** to its consumer's streams beside the pipeline; a crash ends it */
  readonly subscription = new Subscription()
  private readonly recorder: Recorder
  private readonly output = new Subscription()
  private draining: Promise<R> | null = null
  private isUnsubscribed = false

  constructor(name: string, recorder: Recorder) {
    this.name = name
    this.recorder = recorder
  }

  /** A drain decides how the member ends, whether the diagram or its own code requested it. */
  watchDrain(inner: { drain: (options?: Options) => Promise<R> }): void {
    const drain = inner.drain.bind(inner)
    inner.drain = (options) => {
      const draining = drain(options)
      this.draining = draining
      void draining.then(
        (report) => {
          this.report = report
        },
        // Invalid options are an error for the caller only.
        () => undefined
      )
      return draining
    }
  }

  /** Subscribes to its pipeline. `completed` returns how a pipeline has ended that completes without a drain. */
  follow(pipelined: Observable<unknown>, completed: () => '|' | '!'): void {
    this.output.add(
      pipelined.subscribe({
        next: (value) => {
          // run() never rejects: the error of its pipeline is in its result.
          if (isFailedRun(value)) this.failed(value.error)
        },
        error: (error: unknown) => {
          this.failed(error)
        },
        complete: () => {
          if (this.failure !== null) return
          if (this.draining === null) this.end(completed())
          else
            void this.draining.then(({ outcome }) => {
              this.end(outcome === 'drained' ? '|' : '!')
            })
        }
      })
    )
  }

  /** Unsubscribes from the pipeline. */
  unsubscribe(): void {
    this.isUnsubscribed = true
    this.output.unsubscribe()
    this.isOver = true
  }

  /**
   * The process is gone: nothing of it is recorded any more. Its pipeline is not unsubscribed, since a process that dies does
   * not clean up: neither `finalize` nor an abort signal may run after a crash.
   */
  crash(): void {
    this.isCrashed = true
    this.isOver = true
    this.subscription.unsubscribe()
  }

  /** Its consumer reports something. */
  heard(event: ConsumerEvent, letter: string | undefined): void {
    this.reported.waits.hear(event, this.recorder.now())
    const failed = failedAssertion(event)
    if (failed !== null && !this.isCrashed) this.reported.assertions.push(`${this.name}: ${failed}`)
    if (letter !== undefined) this.note({ _tag: 'events', member: this.name }, letter)
  }

  /** An attempt has failed, and the next may hide what the test has asserted in it. */
  attemptFailed(cause: unknown): void {
    if (isAssertion(cause) && !this.isCrashed)
      this.reported.assertions.push(
        `${this.name}: an assertion has failed, and the record is tried again: ${cause.message}`
      )
  }

  /** An attempt begins. */
  begins(lettered: Lettered): void {
    this.note({ _tag: 'handles', member: this.name, ...lettered }, '^')
  }

  /** An attempt has ended; call the returned function with its outcome. */
  ends(lettered: Lettered): (outcome: AttemptOutcome) => void {
    const noted = this.note({ _tag: 'handles', member: this.name, ...lettered }, '!')
    return (outcome) => {
      if (noted !== null) noted.outcome = this.isUnsubscribed && outcome === 'failed' ? 'abandoned' : outcome
    }
  }

  note(line: Parameters<Recorder['note']>[0], char: string, nth?: number, value?: string): Happening | null {
    return this.isCrashed ? null : this.recorder.note(line, char, nth, value)
  }

  private failed(error: unknown): void {
    this.failure = { error }
    this.end('#')
  }

  private end(char: '|' | '!' | '#'): void {
    this.isOver = true
    this.endedAt = this.recorder.now()
    this.note({ _tag: 'ends', member: this.name }, char)
  }
}

/** Whether it is a `RunResult` with an error; by its shape, since a test may have the other build of the package. */
const isFailedRun = (value: unknown): value is Pick<RunResult, 'error'> =>
  typeof value === 'object' && value !== null && 'exitCode' in value && 'reports' in value && 'error' in value
