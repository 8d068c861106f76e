import { type Either, left } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { Step } from '../../ports/step.js'
import type { DiagramApi } from '../diagram/line-label.js'
import type { DiagramLine } from '../diagram/parse-diagram.js'
import { LineWaits, type LineWait } from './line-waits.js'
import { type Attempt, attemptsOf } from './test-sink.js'

export const brokenCall: Fault = {
  _tag: 'ConnectionFault',
  broker: 'memory',
  reason: 'broken by the diagram before the answer'
}
export const brokenProduce = { fault: brokenCall, sent: true }

/**
 * The durations of requests from `takes` lines. The broker performs a request at once; its answer takes this long, or is lost
 * with the connection.
 */
export class RequestTimes {
  /** all requests that were sent */
  readonly requested = new Set<DiagramApi>()
  /** requests that wait for their answer, or for the end of a throttle */
  readonly waits = new LineWaits()
  private readonly clock: Clock
  private readonly times = new Map<DiagramApi, readonly Attempt[]>()
  private readonly throttles = new Map<DiagramApi, readonly Attempt[]>()
  private readonly made = new Map<DiagramApi, number>()
  private readonly answered = new Map<DiagramApi, number>()

  constructor(clock: Clock, lines: readonly DiagramLine[]) {
    this.clock = clock
    for (const line of lines) {
      if (line.label._tag === 'takes') this.times.set(line.label.api, attemptsOf(line))
      if (line.label._tag === 'throttles') this.throttles.set(line.label.api, attemptsOf(line))
    }
  }

  /** How many requests of this kind a line has had to do with. */
  usesOf(line: 'takes' | 'throttles', api: DiagramApi): number {
    return (line === 'takes' ? this.made : this.answered).get(api) ?? 0
  }

  /** How long the current answer throttles its connection; 0 if it does not. */
  throttleOf(api: DiagramApi): number {
    const throttles = this.throttles.get(api)
    if (throttles === undefined) return 0
    const number = this.answered.get(api) ?? 0
    this.answered.set(api, number + 1)
    return throttles[Math.min(number, throttles.length - 1)]?.afterMs ?? 0
  }

  taken<A, F>(api: DiagramApi, step: Step<A, F>, broken: F, process: LineWait['process']): Step<A, F> {
    this.requested.add(api)
    const times = this.times.get(api)
    if (times === undefined) return step
    return new Observable<Either<F, A>>((subscriber) => {
      const number = this.made.get(api) ?? 0
      this.made.set(api, number + 1)
      const time = times[Math.min(number, times.length - 1)]
      const give = (answer: Either<F, A>): void => {
        const until = time === undefined ? Infinity : this.clock.now() + time.afterMs
        subscriber.add(this.waits.begin({ what: `${api} is not answered`, until, process }))
        // As in rxjs, a line without an end does not end.
        if (time === undefined) return
        subscriber.add(
          this.clock.schedule(time.afterMs, () => {
            subscriber.next(time.fails ? left(broken) : answer)
            subscriber.complete()
          })
        )
      }
      subscriber.add(step.subscribe(give))
    })
  }
}
