import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { Observable, of } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { ConsumerSession, ConsumerSessionHandlers } from '../../ports/consumer-session.js'
import type { Parts, Step } from '../../ports/step.js'

/**
 * Asks for offsets of any partitions, in a session of its own that joins no group and reads nothing: whether the consumer is
 * subscribed, and to what, makes no difference. Answered when all of them are known, in the order of `partitions`; within
 * `default.api.timeout.ms`. Unsubscribing abandons it.
 */
export const lookUpOffsets = <A extends TopicPartition>(
  cluster: Cluster,
  settings: ConsumerSettings,
  partitions: readonly TopicPartition[],
  ask: (session: ConsumerSession) => Parts<A>
): Step<readonly A[]> => {
  const wrong = problemOf(partitions)
  if (wrong !== null) return of(left<Fault>({ _tag: 'UsageFault', reason: wrong }))
  if (partitions.length === 0) return of(right([]))
  return new Observable((subscriber) => {
    const found = new Map<string, A>()
    const afterMs = settings.apiTimeoutMs
    const answer = (given: Either<Fault, readonly A[]>): void => {
      cancel()
      subscriber.next(given)
      subscriber.complete()
    }
    const cancel = cluster.clock.schedule(afterMs, () => {
      answer(left({ _tag: 'TimeoutFault', what: 'the lookup of offsets', afterMs }))
    })
    const session = cluster.openConsumer(readingNothing(settings, partitions), {
      ...deaf,
      // The leaders are known.
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

/** What is wrong with a list of partitions, which may come from JavaScript. */
const problemOf = (partitions: unknown): string | null => {
  if (!Array.isArray(partitions)) return 'the partitions have to be a list'
  const seen = new Set<string>()
  for (const [index, given] of (partitions as readonly unknown[]).entries()) {
    if (!isPlace(given))
      return `partitions[${String(index)}] has to be { topic, partition }, the latter a whole number from 0`
    if (seen.has(keyOf(given))) return `${given.topic}/${String(given.partition)} is named twice`
    seen.add(keyOf(given))
  }
  return null
}

const isPlace = (given: unknown): given is TopicPartition =>
  typeof given === 'object' &&
  given !== null &&
  'topic' in given &&
  typeof given.topic === 'string' &&
  'partition' in given &&
  Number.isSafeInteger(given.partition) &&
  Number(given.partition) >= 0

const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)
