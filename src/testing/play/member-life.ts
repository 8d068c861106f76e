import { type Observable, Subscription } from 'rxjs'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import { failedAssertion } from './failed-assertion.js'
import type { Lettered } from './letters.js'
import type { AttemptOutcome } from './recorded-record.js'
import type { Happening, Recorder } from './recorder.js'

/** What a drain of a consumer, or of a share consumer, came to. */
interface Report {
  readonly outcome: string
}

/** One life of a member, of whichever kind: how it ends, and what is recorded of it until its process is gone. */
export class MemberLife<R extends Report, Options> {
  readonly name: string
  /** When its pipeline came to its end by itself. */
  endedAt: number | null = null
  /** What the pipeline failed with. */
  failure: { readonly error: unknown } | null = null
  /** What tests have asserted in its handlers, and that was not so. */
  readonly assertions: string[] = []
  /** What its last drain came to. */
  report: R | null = null
  isOver = false
  isCrashed = false
  /** Of its consumer's streams beside the pipeline; a crash ends it. */
  readonly subscription = new Subscription()
  private readonly recorder: Recorder
  private readonly output = new Subscription()
  private draining: Promise<R> | null = null
  private isUnsubscribed = false

  constructor(name: string, recorder: Recorder) {
    this.name = name
    this.recorder = recorder
  }

  /** Whether the diagram drains it or its own code: how that ends is its end. */
  watchDrain(inner: { drain: (options?: Options) => Promise<R> }): void {
    const drain = inner.drain.bind(inner)
    inner.drain = (options) => {
      const draining = drain(options)
      this.draining = draining
      void draining.then(
        (report) => {
          this.report = report
        },
        // Options that are refused are for who gave them.
        () => undefined
      )
      return draining
    }
  }

  /** Subscribes to its pipeline. `completed` says how one has ended that completes without a drain. */
  follow(pipelined: Observable<unknown>, completed: () => '|' | '!'): void {
    this.output.add(
      pipelined.subscribe({
        error: (error: unknown) => {
          this.failure = { error }
          this.end('#')
        },
        complete: () => {
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
   * The process is gone: nothing of it is seen any more. Its pipeline is not unsubscribed from: a process that dies takes nothing
   * down in order, and neither `finalize` nor an abort signal may tidy up after a crash.
   */
  crash(): void {
    this.isCrashed = true
    this.isOver = true
    this.subscription.unsubscribe()
  }

  /** Its consumer reports something. */
  heard(event: ConsumerEvent, letter: string | undefined): void {
    const failed = failedAssertion(event)
    if (failed !== null && !this.isCrashed) this.assertions.push(`${this.name}: ${failed}`)
    if (letter !== undefined) this.note({ _tag: 'events', member: this.name }, letter)
  }

  /** An attempt begins. */
  begins(lettered: Lettered): void {
    this.note({ _tag: 'handles', member: this.name, ...lettered }, '^')
  }

  /** An attempt has ended; the returned function says how. */
  ends(lettered: Lettered): (outcome: AttemptOutcome) => void {
    const noted = this.note({ _tag: 'handles', member: this.name, ...lettered }, '!')
    return (outcome) => {
      if (noted !== null) noted.outcome = this.isUnsubscribed && outcome === 'failed' ? 'abandoned' : outcome
    }
  }

  note(line: Parameters<Recorder['note']>[0], char: string, nth?: number, value?: string): Happening | null {
    return this.isCrashed ? null : this.recorder.note(line, char, nth, value)
  }

  private end(char: '|' | '!' | '#'): void {
    this.isOver = true
    this.endedAt = this.recorder.now()
    this.note({ _tag: 'ends', member: this.name }, char)
  }
}
