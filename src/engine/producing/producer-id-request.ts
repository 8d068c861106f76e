import { isLeft } from 'fp-ts/lib/Either.js'
import { Subscription } from 'rxjs'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import { producerIdVerdict } from '../../core/producing/producer-id-verdict.js'
import { isFatal } from '../../core/protocol/error-code.js'
import type { ProducerIdentity } from '../../core/producing/producer-batch.js'
import type { Fault } from '../../model/fault.js'
import type { ProducerContext } from './producer-context.js'

/** Requests a producer ID until one is assigned, or permanently refused. */
export class ProducerIdRequest {
  private readonly context: ProducerContext
  private current: Subscription | null = null
  private failures = 0

  constructor(context: ProducerContext) {
    this.context = context
  }

  /** Sends the request unless it is in flight. A fault here is permanent. */
  ask(assigned: (identity: ProducerIdentity) => void, refused: (fault: Fault) => void): void {
    if (this.current !== null) return
    const { calls, clock, random, settings } = this.context
    // Each attempt and each wait replaces the one before, since an outage may last for days.
    const again = (): void => {
      this.failures++
      const inMs = retryDelay(this.failures, settings, random)
      this.current = new Subscription(clock.schedule(inMs, send))
    }
    const send = (): void => {
      const request = {
        transactionalId: null,
        transactionTimeoutMs: settings.deliveryTimeoutMs,
        producerId: -1n,
        epoch: -1
      }
      const attempt = new Subscription()
      // Set before the attempt begins: it may be answered at once, and the following wait replaces it.
      this.current = attempt
      attempt.add(
        calls.initProducerId(request).subscribe((answer) => {
          if (isLeft(answer)) {
            if (!isFatal(answer.left)) return again()
            this.current = null
            return refused(answer.left)
          }
          const verdict = producerIdVerdict(answer.right.code)
          if (verdict === 'retry') return again()
          this.current = null
          if (verdict !== 'assigned') return refused(verdict.fault)
          this.failures = 0
          assigned({ producerId: answer.right.producerId, epoch: answer.right.epoch })
        })
      )
    }
    send()
  }

  close(): void {
    this.current?.unsubscribe()
  }
}
