import type { Subscriber } from 'rxjs'
import { afterFailure, type BatchPart, halvesOf, type PartFailure } from '../../core/sinks/batch-part.js'
import { longestTimer } from '../../model/clock.js'
import { delayOf } from '../../model/backoff.js'
import { type Carried, firstOriginOf, release, settle } from '../../model/carried.js'
import { ConsumerError } from '../../model/consumer-error.js'
import type { DeadLetterPolicy } from '../../model/failure-policy.js'
import type { OperatorName } from '../../model/operator-name.js'
import { handlingFaultOf, isPermanent, reportFailed, writeAway } from '../../operators/handling/failures.js'
import type { Refused } from '../refused.js'
import type { SinkBatch } from './sink-batch.js'
import type { SinkOptions } from './sink-options.js'

/** While a batch waits for its store, that is reported this often. */
const reportEveryMs = 10_000

type Next = 'waits' | 'goes on'
type Retry<C> = NonNullable<SinkOptions<C>['retry']>

/**
 * Decides about the parts of a batch that were not written: retry, halve, skip, write to the dead letters, or end the
 * pipeline.
 */
export class PartFailures<C extends Carried<unknown>> {
  private readonly options: SinkOptions<C>
  private readonly destination: Subscriber<C>
  private readonly name: OperatorName
  private readonly attempts: number
  private readonly advance: (batch: SinkBatch<C>) => void
  private unhold: (() => void) | null = null

  /** @param advance called with a batch that has waited */
  constructor(
    options: SinkOptions<C>,
    destination: Subscriber<C>,
    name: OperatorName,
    advance: (batch: SinkBatch<C>) => void
  ) {
    this.options = options
    this.destination = destination
    this.name = name
    this.attempts = options.retry?.attempts ?? 1
    this.advance = advance
  }

  /** The reason text of the event while a batch waits. */
  private get waits(): string {
    return `${this.name} cannot write for now`
  }

  /** The call to write the part has failed. */
  failed(batch: SinkBatch<C>, part: BatchPart<C>, cause: unknown): void {
    const failure: PartFailure = { cause, permanent: this.isPermanent(cause, part.items) }
    batch.parts[0] = { ...part, attempt: part.attempt + 1, left: part.left - 1, failure }
  }

  stop(): void {
    this.unhold?.()
  }

  /** The store accepted all records but the refused ones. Returns the written ones. */
  partlyWritten(batch: SinkBatch<C>, part: BatchPart<C>, { refusals }: Refused): readonly C[] {
    const causes = new Map(refusals.map((refusal) => [refusal.index, refusal]))
    // The record that it means would count as written.
    const beyond = refusals.find(({ index }) => index >= part.items.length)
    if (beyond !== undefined) {
      const reason = `${this.name}: refused(…) names the record ${String(beyond.index)} of a batch of ${String(part.items.length)}, whose first is 0`
      this.destination.error(new ConsumerError({ _tag: 'UsageFault', reason }))
      return []
    }
    const tried = { ...part, attempt: part.attempt + 1, left: part.left - 1 }
    const written: C[] = []
    const hopeless: BatchPart<C>[] = []
    const again: C[] = []
    let last: unknown
    part.items.forEach((item, index) => {
      const refusal = causes.get(index)
      if (refusal === undefined) written.push(item)
      else {
        const { cause, permanent = this.isPermanent(cause, [item]) } = refusal
        if (permanent) hopeless.push({ ...tried, items: [item], failure: { cause, permanent: true } })
        else {
          again.push(item)
          last = cause
        }
      }
    })
    const later = again.length === 0 ? [] : [{ ...tried, items: again, failure: { cause: last, permanent: false } }]
    batch.parts.splice(0, 1, ...hopeless, ...later)
    return written
  }

  /** Decides about a part that failed. */
  decide(batch: SinkBatch<C>, part: BatchPart<C>, failure: PartFailure): Next {
    const { onFailure = 'fail', retry } = this.options
    switch (afterFailure(part, failure, onFailure === 'fail')) {
      case 'again': {
        batch.parts[0] = { ...part, failure: null }
        return retry === undefined ? 'goes on' : this.waitForRetry(batch, part, failure.cause, retry)
      }
      case 'halves':
        batch.parts.splice(0, 1, ...halvesOf(part, failure, this.attempts))
        return 'goes on'
      case 'give up':
        return this.giveUp(batch, part, failure)
    }
  }

  private waitForRetry(batch: SinkBatch<C>, part: BatchPart<C>, cause: unknown, retry: Retry<C>): Next {
    const [first] = part.items
    const origin = first === undefined ? null : firstOriginOf(first)
    if (first === undefined || origin === null) return 'goes on'
    const fault = handlingFaultOf(first, this.name, part.attempt, cause)
    let inMs: number
    try {
      const requestedMs = retry.minDelayMs?.(cause) ?? 0
      inMs = Math.min(Math.max(delayOf(retry.backoff, part.attempt, origin.clock), requestedMs), longestTimer)
    } catch (thrown) {
      this.destination.error(new ConsumerError(handlingFaultOf(first, this.name, part.attempt, thrown)))
      return 'waits'
    }
    const now = origin.clock.now()
    const { since = now, reportedAt = -Infinity } = batch.waiting ?? {}
    if (now - reportedAt >= reportEveryMs) {
      batch.waiting = { since, reportedAt: now, origin }
      origin.report({ _tag: 'waiting', reason: this.waits, fault, inMs })
    }
    batch.retryTimer = origin.clock.schedule(inMs, () => {
      batch.retryTimer = null
      this.advance(batch)
    })
    return 'waits'
  }

  /** All records of the batch are written or given up. */
  done({ waiting }: SinkBatch<C>): void {
    if (waiting === null) return
    const { origin, since } = waiting
    origin.report({ _tag: 'recovered', from: 'waiting', what: this.waits, afterMs: origin.clock.now() - since })
  }

  private giveUp(batch: SinkBatch<C>, part: BatchPart<C>, { cause }: PartFailure): Next {
    const { onFailure = 'fail' } = this.options
    const [item] = part.items
    if (item === undefined) return 'goes on'
    const fault = handlingFaultOf(item, this.name, part.attempt, cause)
    if (onFailure === 'fail') {
      this.destination.error(new ConsumerError(fault))
      return 'waits'
    }
    if (onFailure === 'skip') {
      batch.parts.shift()
      reportFailed('skipped', item, fault)
      settle(item)
      release(item)
      return 'goes on'
    }
    return this.writeAway(batch, { item, fault, attempts: part.attempt }, onFailure)
  }

  private writeAway(
    batch: SinkBatch<C>,
    {
      item,
      fault,
      attempts
    }: { readonly item: C; readonly fault: Parameters<typeof writeAway>[0]['fault']; readonly attempts: number },
    policy: DeadLetterPolicy
  ): Next {
    this.unhold ??= policy.hold()
    let isOver = false
    let isLater = false
    const taking = writeAway({ carried: item, fault, attempts }, policy).subscribe({
      error: (error: unknown) => {
        this.destination.error(error)
      },
      complete: () => {
        isOver = true
        batch.taking = null
        batch.parts.shift()
        settle(item)
        release(item)
        if (isLater) this.advance(batch)
      }
    })
    isLater = true
    // The call above may set it, which the compiler does not know.
    if (isOver as boolean) return 'goes on'
    batch.taking = taking
    return 'waits'
  }

  private isPermanent(cause: unknown, records: readonly C[]): boolean {
    return isPermanent(cause, records, this.options.retry?.classify)
  }
}
