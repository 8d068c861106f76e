import type { Fault } from '../../model/fault.js'
import { groupedBy } from '../protocol/grouped-by.js'
import { idKeyOf, type TopicIdPartition } from '../group/consumer-protocol/topic-id-partition.js'
import { brokerFault, errorCode } from '../protocol/error-code.js'
import type { ShareEffect, ShareFetchingOptions } from './share-fetching-messages.js'
import type { RequestInFlight, ShareNode } from './share-node.js'
import { acknowledgeVerdict } from './share-verdicts.js'

/** What an answer says about a partition that the request listed. */
export interface PartitionAnswer extends TopicIdPartition {
  readonly code: number
}

/** Whether brokers renew locks, and what each answer to a renewal means for its batches. */
export class ShareRenewals {
  private readonly options: ShareFetchingOptions
  private readonly emit: (effect: ShareEffect) => void
  private mayRenew = true
  /** The event `locks not renewed` was emitted, and no renewal has succeeded since. */
  private isReported = false

  constructor(options: ShareFetchingOptions, emit: (effect: ShareEffect) => void) {
    this.options = options
    this.emit = emit
  }

  /** Whether brokers renew locks, as far as is known. */
  get areSupported(): boolean {
    return this.mayRenew
  }

  /** The brokers do not support renewals. */
  unsupported(fault: Fault, lockMs: number): void {
    this.mayRenew = false
    this.report(fault, lockMs)
  }

  answered(
    node: ShareNode,
    { batches, sentAt }: RequestInFlight,
    answers: readonly PartitionAnswer[],
    lockMs: number,
    now: number
  ): void {
    const codes = new Map(answers.map((one) => [idKeyOf(one), one.code]))
    for (const [key, those] of groupedBy(batches, ({ place }) => idKeyOf(place))) {
      const code = codes.get(key) ?? errorCode.UNKNOWN_SERVER_ERROR
      const verdict = acknowledgeVerdict(code)
      const isForNow = verdict === 'failed' || verdict === 'later'
      // One batch whose locks have run out there refuses the others of its partition.
      const isDivided = verdict === 'invalid state' && those.length > 1
      for (const batch of those) {
        if (isDivided) node.renewedAlone.add(batch)
        else node.renewedAlone.delete(batch)
        if (verdict === 'done') batch.renewed(sentAt, lockMs)
        else if (isForNow) batch.renewsAgain(now + this.options.retryBackoffMs)
        else if (!isDivided) batch.runsOut()
      }
      const [first] = those
      if (verdict === 'done') this.isReported = false
      else if (!isDivided && first !== undefined)
        this.report(brokerFault('ShareAcknowledge', code, first.place.topic, first.place.partition), lockMs)
      // Perhaps another broker leads the partition by now.
      if (isForNow) this.emit({ _tag: 'refresh metadata' })
    }
  }

  private report(fault: Fault, lockMs: number): void {
    if (this.isReported) return
    this.isReported = true
    const { groupId } = this.options
    this.emit({ _tag: 'event', event: { _tag: 'locks not renewed', groupId, lockMs, fault } })
  }
}
