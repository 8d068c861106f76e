import { isLeft } from 'fp-ts/lib/Either.js'
import type { Subscription } from 'rxjs'
import { isFatal } from '../core/protocol/error-code.js'
import { reconnecting } from '../core/protocol/reconnecting.js'
import { retryDelay } from '../core/scheduling/backoff-delay.js'
import type { Cancel } from '../model/clock.js'
import type { Fault } from '../model/fault.js'
import type { ClusterMetadata } from '../ports/kafka-calls.js'
import type { MetadataContext } from './session-context.js'

/** Incomplete: has to be requested again soon. Refused: the session ends. */
export type TakenMetadata = 'complete' | 'incomplete' | 'refused'

/** The topics to request, and the receiver of the answer. */
export interface MetadataRequest {
  readonly topics: readonly string[] | 'all'
  readonly take: (metadata: ClusterMetadata) => TakenMetadata
}

/**
 * When metadata is requested: on demand, one request at a time, again with a backoff while it fails or is incomplete, and by
 * age (`metadata.max.age.ms`).
 */
export class MetadataRequests {
  private readonly context: MetadataContext
  private readonly next: () => MetadataRequest
  private readonly fatal: (fault: Fault) => void
  private sending: Subscription | null = null
  /** requested while another request was in flight */
  private again = false
  private timer: Cancel | null = null
  private failures = 0
  /** how often in a row an answer was incomplete */
  private incomplete = 0
  private closed = false

  constructor(context: MetadataContext, next: () => MetadataRequest, fatal: (fault: Fault) => void) {
    this.context = context
    this.next = next
    this.fatal = fatal
  }

  get isClosed(): boolean {
    return this.closed
  }

  /** Sends a request now, or as soon as the one in flight is answered. */
  send(): void {
    if (this.closed) return
    if (this.sending !== null) {
      this.again = true
      return
    }
    this.timer?.()
    this.timer = null
    const { topics, take } = this.next()
    this.sending = this.context.calls.metadata(topics).subscribe((answer) => {
      this.sending = null
      if (isLeft(answer)) this.failed(answer.left)
      else {
        this.failures = 0
        this.taken(take(answer.right))
      }
    })
  }

  close(): void {
    this.closed = true
    this.sending?.unsubscribe()
    this.timer?.()
  }

  private failed(fault: Fault): void {
    if (isFatal(fault)) {
      this.fatal(fault)
      return
    }
    const { settings, random, handlers } = this.context
    this.failures++
    const inMs = retryDelay(this.failures, settings, random)
    handlers.event(reconnecting(fault, 'any broker', this.failures, inMs))
    this.plan(inMs)
  }

  private taken(taken: TakenMetadata): void {
    if (taken === 'refused') return
    const { settings, random } = this.context
    if (this.again) {
      this.again = false
      this.plan(settings.retryBackoffMs)
    } else if (taken === 'incomplete') this.plan(retryDelay(++this.incomplete, settings, random))
    else {
      this.incomplete = 0
      this.plan(settings.metadataMaxAgeMs)
    }
  }

  private plan(inMs: number): void {
    if (this.closed) return
    this.timer?.()
    this.timer = this.context.clock.schedule(inMs, () => {
      this.timer = null
      this.send()
    })
  }
}
