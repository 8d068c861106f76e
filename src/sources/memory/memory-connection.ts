import { type Either, left, right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import type { Fault } from '../../model/fault.js'
import type { Step } from '../../ports/step.js'
import type { BrokerModel } from './broker-model.js'
import type { FaultyApi } from './fault-on-demand.js'

/** The name of the only broker. */
export const memoryAddress = 'memory'

/** Answers a request; returns a function that cancels it while it waits. */
export type Serve<A> = (answer: (value: A) => void) => (() => void) | undefined

/**
 * A client's connections to the broker model. A request takes effect when it is sent; its answer comes on a later turn, as over
 * a network. Injected faults of requests happen here.
 */
export class MemoryConnection {
  private readonly model: BrokerModel
  private readonly whenClosed = new Set<() => void>()
  private closed = false

  constructor(model: BrokerModel) {
    this.model = model
  }

  /** `withCode` creates the answer of a broker that refuses the request with a code. */
  call<A>(api: FaultyApi, withCode: (code: number) => A, serve: Serve<A>): Step<A> {
    return new Observable<Either<Fault, A>>((subscriber) => {
      const { clock } = this.model
      const give = (answer: Either<Fault, A>): void => {
        subscriber.add(
          clock.turn(() => {
            subscriber.next(answer)
            subscriber.complete()
          })
        )
      }
      if (this.closed) {
        give(left(closedFault))
        return
      }
      const closing = (): void => {
        give(left(closedFault))
      }
      this.whenClosed.add(closing)
      subscriber.add(() => this.whenClosed.delete(closing))
      const fault = this.model.takeFault(api)
      if (fault === 'answer lost') serve(() => undefined)
      if (fault === 'disconnect' || fault === 'answer lost') give(left(disconnected))
      else if (fault !== undefined) give(right(withCode(fault)))
      else {
        subscriber.add(
          serve((value) => {
            give(right(value))
          })
        )
      }
    })
  }

  /** A request that is answered at once. */
  now<A>(api: FaultyApi, withCode: (code: number) => A, answer: () => A): Step<A> {
    return this.call(api, withCode, (give) => {
      give(answer())
      return undefined
    })
  }

  /** Requests in flight, and later ones, end with a `ClosedFault`. */
  close(): void {
    this.closed = true
    for (const closing of [...this.whenClosed]) closing()
    this.whenClosed.clear()
  }
}

const closedFault: Fault = { _tag: 'ClosedFault', what: 'the connection' }
const disconnected: Fault = { _tag: 'ConnectionFault', broker: memoryAddress, reason: 'disconnected on demand' }
