import { isLeft } from 'fp-ts/lib/Either.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { SharePartitionLag } from '../../model/share-status.js'
import { byPlace } from '../../model/topic-partition.js'
import { OpenRequests } from '../open-requests.js'
import type { ShareContext } from './share-context.js'

/** The lag is not requested more often: the coordinator asks the leader of each partition for it. */
const freshMs = 10_000

/**
 * The lag of the whole share group, as its coordinator counts it (KIP-1226). A ShareFetch does not contain it, so it is
 * requested when somebody reads it: the first read returns nothing yet.
 */
export class ShareLag {
  private readonly context: ShareContext
  private readonly requests = new OpenRequests()
  private known: readonly SharePartitionLag[] | null = null
  private askedAt = -Infinity

  constructor(context: ShareContext) {
    this.context = context
  }

  /** The known lag; requests it again if it is old. */
  look(): readonly SharePartitionLag[] | null {
    const now = this.context.clock.now()
    if (now - this.askedAt >= freshMs && !this.requests.isClosed) this.ask(now)
    return this.known
  }

  close(): void {
    this.requests.close()
  }

  private ask(now: number): void {
    const { calls, settings } = this.context
    this.askedAt = now
    this.requests.ask(calls.shareGroupLag(settings.groupId), (answer) => {
      // After a failure the known lag counts until the next answer.
      if (isLeft(answer) || answer.right.code !== errorCode.NONE) return
      const counted = answer.right.partitions.flatMap(({ topic, partition, lag }) =>
        lag < 0n ? [] : [{ topic, partition, lag: Number(lag) }]
      )
      // Brokers before Kafka 4.2 omit the lag.
      this.known = counted.length === 0 && answer.right.partitions.length > 0 ? null : counted.sort(byPlace)
    })
  }
}
