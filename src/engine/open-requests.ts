import type { Either } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import type { Fault } from '../model/fault.js'
import type { Step } from '../ports/step.js'

/** Requests in flight that can be ended together. */
export class OpenRequests {
  private readonly requests = new Subscription()

  get isClosed(): boolean {
    return this.requests.closed
  }

  ask<A>(step: Step<A>, answered: (answer: Either<Fault, A>) => void): void {
    const request: Subscription = step.subscribe({
      next: answered,
      complete: () => {
        this.requests.remove(request)
      }
    })
    if (!request.closed) this.requests.add(request)
  }

  close(): void {
    this.requests.unsubscribe()
  }
}
