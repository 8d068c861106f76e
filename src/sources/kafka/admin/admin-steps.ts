import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { adminVerdict } from '../../../core/protocol/admin-verdicts.js'
import type { Cancel, Clock } from '../../../model/clock.js'
import type { Fault } from '../../../model/fault.js'
import type { Step } from '../../../ports/step.js'
import { kafkajsFault } from './kafkajs-fault.js'
import type { AdminRequest } from './refusal.js'

/** A call, and whether it changes anything: a change is not repeated if the outcome of the first attempt is unknown. */
export interface AdminCall extends AdminRequest {
  readonly mutates?: boolean
}

const againMs = 100
/** How long to retry when a broker cannot be reached, or a coordinator cannot be found. */
const connectingMs = 5_000

/**
 * Runs promises as steps of an admin client: each has a deadline, temporary failures are retried, and all end when the client
 * is closed.
 */
export class AdminSteps {
  private readonly clock: Clock
  private readonly limitMs: number
  private readonly hide: (text: string) => string
  private readonly onClose: () => void
  private readonly underWay = new Set<() => void>()
  private closed = false

  constructor(clock: Clock, limitMs: number, hide: (text: string) => string, onClose: () => void) {
    this.clock = clock
    this.limitMs = limitMs
    this.hide = hide
    this.onClose = onClose
  }

  /** `run` has to stop once `isOver` returns true. */
  readonly step = <A>(call: AdminCall, run: (isOver: () => boolean) => Promise<A>): Step<A> =>
    new Observable<Either<Fault, A>>((subscriber) => {
      const { clock, limitMs } = this
      const since = clock.now()
      let last: Fault | null = null
      let pause: Cancel = () => undefined
      const give = (answer: Either<Fault, A>): void => {
        subscriber.next(answer)
        subscriber.complete()
      }
      const closing = (): void => {
        give(left(closedFault))
      }
      if (this.closed) {
        closing()
        return
      }
      const attempt = (): void => {
        run(() => subscriber.closed).then(
          (value) => {
            give(right(value))
          },
          (thrown: unknown) => {
            if (subscriber.closed) return
            last = kafkajsFault(thrown, call, this.hide)
            if (this.passes(last, call, clock.now() - since)) pause = clock.schedule(againMs, attempt)
            else give(left(last))
          }
        )
      }
      this.underWay.add(closing)
      const deadline = clock.schedule(limitMs, () => {
        give(left(last ?? { _tag: 'TimeoutFault', what: call.api, afterMs: limitMs }))
      })
      subscriber.add(() => {
        this.underWay.delete(closing)
        deadline()
        pause()
      })
      attempt()
    })

  readonly close = (): void => {
    this.closed = true
    for (const closing of [...this.underWay]) closing()
    this.onClose()
  }

  private passes(fault: Fault, { mutates = false }: AdminCall, forMs: number): boolean {
    if (fault._tag === 'BrokerFault') return adminVerdict(fault.code) === 'not now'
    return fault._tag === 'ConnectionFault' && !mutates && forMs < connectingMs
  }
}

const closedFault: Fault = { _tag: 'ClosedFault', what: 'the admin client' }
