import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { Observable, of } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { ConsumerSession, ConsumerSessionHandlers } from '../../ports/consumer-session.js'
import type { Parts, Step } from '../../ports/step.js'

/**
 * Looks up offsets of any partitions, in a session of its own that joins no group and reads nothing, so the consumer's
 * subscription does not matter. Answers when all offsets are known, in the order of `partitions`, within
 * `default.api.timeout.ms`. Unsubscribing abandons it. Its waits are reported as events.
 */
export const lookUpOffsets = <A extends TopicPartition>(
  cluster: Cluster,
  settings: ConsumerSettings,
  partitions: readonly TopicPartition[],
  ask: (session: ConsumerSession) => Parts<A>,
  report: (event: ConsumerEvent) => void
): Step<readonly A[]> => {
  const twice = namedTwice(partitions)
  if (twice !== undefined) return of(left<Fault>({ _tag: 'UsageFault', reason: `${keyOf(twice)} is named twice` }))
  if (partitions.length === 0) return of(right([]))
  return new Observable((subscriber) => {
    const found = new Map<string, A>()
    let last: Fault | null = null
    const afterMs = settings.apiTimeoutMs
    const answer = (result: Either<Fault, readonly A[]>): void => {
      cancel()
      subscriber.next(result)
      subscriber.complete()
    }
    const cancel = cluster.clock.schedule(afterMs, () => {
      answer(left({ _tag: 'TimeoutFault', what: 'the lookup of offsets', afterMs, ...(last === null ? {} : { last }) }))
    })
    const session = cluster.openConsumer(readingNothing(settings, partitions), {
      ...deaf,
      event: (event) => {
        if (!isWait(event)) return
        last = 'fault' in event ? event.fault : null
        report(event)
      },
      // The leaders are known now.
      assigned: () => {
        subscriber.add(
          ask(session).subscribe((part) => {
            if (isLeft(part)) {
              answer(part)
              return
            }
            for (const one of part.right) found.set(keyOf(one), one)
            const all = partitions.flatMap((partition) => found.get(keyOf(partition)) ?? [])
            if (all.length === partitions.length) answer(right(all))
          })
        )
      },
      fault: (fault) => {
        answer(left(fault))
      }
    })
    subscriber.add(() => {
      cancel()
      session.leave(false).subscribe()
    })
  })
}

const readingNothing = (settings: ConsumerSettings, partitions: readonly TopicPartition[]): ConsumerSettings => ({
  ...settings,
  subscription: { _tag: 'partitions', partitions: partitions.map((partition) => ({ ...partition, from: 'end' })) }
})

const nothing = (): void => undefined

/** A lookup of a missing topic, or without a broker, takes long: the consumer's events say why. */
const isWait = ({ _tag }: ConsumerEvent): boolean =>
  _tag === 'reconnecting' || _tag === 'waiting' || _tag === 'throttled' || _tag === 'recovered'

const deaf: ConsumerSessionHandlers = {
  assigned: nothing,
  revoking: nothing,
  lost: nothing,
  records: nothing,
  backlog: () => ({ bytes: 0, isMoving: false }),
  outOfRange: nothing,
  truncated: nothing,
  recreated: nothing,
  refused: nothing,
  event: nothing,
  fault: nothing
}

/** Kafka refuses a request that names a partition twice. */
const namedTwice = (partitions: readonly TopicPartition[]): TopicPartition | undefined => {
  const seen = new Set<string>()
  return partitions.find((partition) => seen.size === seen.add(keyOf(partition)).size)
}
