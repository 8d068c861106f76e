import { isLeft, left, right } from 'fp-ts/lib/Either.js'
import { forkJoin, map } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession } from '../../ports/consumer-session.js'
import type { Step } from '../../ports/step.js'

/** Where a partition goes on whose position is not in the log any more, and what is said about it. */
export interface Reset {
  readonly from: bigint
  readonly to: bigint
  readonly logStart: bigint
  readonly event: ConsumerEvent & { readonly _tag: 'reset' }
}

/** Applies `auto.offset.reset` to a position that is out of range; under `none`, or where that is not to be reset, it is a fault with the log's bounds. */
export const applyReset = (
  session: ConsumerSession,
  { autoOffsetReset, offsetOutOfRange }: ConsumerSettings,
  flow: TopicPartition & { readonly position: bigint | null }
): Step<Reset> => {
  const { topic, partition } = flow
  // Two requests: Kafka refuses a partition that is named twice in one.
  return forkJoin([
    session.listOffsets([{ topic, partition, at: 'earliest' }]),
    session.listOffsets([{ topic, partition, at: 'latest' }])
  ]).pipe(
    map(([earliest, latest]) => {
      if (isLeft(earliest)) return earliest
      if (isLeft(latest)) return latest
      // By now: what was fetched before is delivered meanwhile.
      const from = flow.position ?? 0n
      const logStart = earliest.right[0]?.offset ?? 0n
      const logEnd = latest.right[0]?.offset ?? logStart
      if (autoOffsetReset === 'none' || offsetOutOfRange === 'fail') {
        return left({ _tag: 'OffsetOutOfRangeFault', topic, partition, offset: from, logStart, logEnd })
      }
      const to = autoOffsetReset === 'earliest' ? logStart : logEnd
      return right({
        from,
        to,
        logStart,
        event: { _tag: 'reset', topic, partition, from, to, policy: autoOffsetReset, logStart, logEnd }
      })
    })
  )
}
