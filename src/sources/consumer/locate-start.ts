import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { catchError, concatMap, defaultIfEmpty, from, map, type Observable, Observable as Rx, of, take } from 'rxjs'
import type { ObservableInput } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { StartFrom } from '../../config/start-from.js'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { Position, StartPosition } from '../../model/position.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { ConsumerSession, OffsetQuery } from '../../ports/consumer-session.js'
import type { Step } from '../../ports/step.js'

/** Where the reading of a partition begins, as an offset. */
export interface LocatedStart extends TopicPartition {
  readonly offset: bigint
  readonly leaderEpoch: number
  /** what the group has stored, where it was asked */
  readonly committed: bigint | null
}

export interface LocateContext {
  readonly clock: Clock
  readonly session: ConsumerSession
  readonly settings: ConsumerSettings
}

/**
 * Finds the offsets to begin at: what `startFrom` says, else what `assign` said, else the committed offset, else
 * `auto.offset.reset`. A partition without any is a fault: nothing is skipped or repeated silently.
 */
export const locateStart = (
  context: LocateContext,
  gained: readonly TopicPartition[],
  startFrom: StartFrom | null
): Step<readonly LocatedStart[]> =>
  askStartFrom(context, gained, startFrom).pipe(
    concatMap((answer) => (isLeft(answer) ? of(answer) : locate(context, gained, answer.right)))
  )

/** Finds the offset of one position, as `seek` does. */
export const locatePosition = (
  context: LocateContext,
  partition: TopicPartition,
  from: Position
): Step<readonly LocatedStart[]> =>
  locate(context, [partition], [{ topic: partition.topic, partition: partition.partition, from }])

const locate = (
  { session, settings }: LocateContext,
  gained: readonly TopicPartition[],
  positions: readonly StartPosition[]
): Step<readonly LocatedStart[]> => {
  const wanted = new Map(positions.map((position) => [keyOf(position), position.from]))
  const chosen = (partition: TopicPartition): Position => wanted.get(keyOf(partition)) ?? 'committed'
  const stored = gained.filter((partition) => chosen(partition) === 'committed')
  return storedOffsets(session, stored).pipe(
    concatMap((answer): Step<readonly LocatedStart[]> => {
      if (isLeft(answer)) return of(answer)
      const plans: Plan[] = []
      for (const partition of gained) {
        const stored = answer.right.get(keyOf(partition))
        const plan = planFor(partition, chosen(partition), stored, settings, session.isNew(partition))
        if (isLeft(plan)) return of(plan)
        plans.push(plan.right)
      }
      return lookUp(session, plans)
    })
  )
}

type Plan =
  { readonly _tag: 'known'; readonly start: LocatedStart } | { readonly _tag: 'asked'; readonly query: OffsetQuery }

const planFor = (
  { topic, partition }: TopicPartition,
  from: Position,
  stored: StoredStart | undefined,
  settings: ConsumerSettings,
  isNew: boolean
): Either<Fault, Plan> => {
  const asked = (at: OffsetQuery['at']): Either<Fault, Plan> =>
    right({ _tag: 'asked', query: { topic, partition, at } })
  if (from === 'beginning') return asked('earliest')
  if (from === 'end') return asked('latest')
  if (from !== 'committed') {
    if ('timestamp' in from) return asked({ timestamp: from.timestamp })
    const start = { topic, partition, offset: from.offset, leaderEpoch: -1, committed: null }
    return right({ _tag: 'known', start })
  }
  if (stored !== undefined) {
    const { offset, leaderEpoch } = stored
    return right({ _tag: 'known', start: { topic, partition, offset, leaderEpoch, committed: offset } })
  }
  // What came into being while this member was there is read from its start: `latest` would pass over what was written
  // before it was found.
  if (settings.autoOffsetReset !== 'none') return asked(isNew ? 'earliest' : settings.autoOffsetReset)
  return left({ _tag: 'NoOffsetFault', topic, partition, groupId: settings.groupId })
}

interface StoredStart {
  readonly offset: bigint
  readonly leaderEpoch: number
}

const storedOffsets = (
  session: ConsumerSession,
  partitions: readonly TopicPartition[]
): Step<ReadonlyMap<string, StoredStart>> => {
  if (partitions.length === 0) return of(right(new Map()))
  return session.committed(partitions).pipe(
    map((answer) => {
      if (isLeft(answer)) return answer
      const found = new Map<string, StoredStart>()
      for (const entry of answer.right) {
        if (entry.offset !== null) found.set(keyOf(entry), { offset: entry.offset, leaderEpoch: entry.leaderEpoch })
      }
      return right(found)
    })
  )
}

const lookUp = (session: ConsumerSession, plans: readonly Plan[]): Step<readonly LocatedStart[]> => {
  const queries = plans.flatMap((plan) => (plan._tag === 'asked' ? [plan.query] : []))
  const known = plans.flatMap((plan) => (plan._tag === 'known' ? [plan.start] : []))
  if (queries.length === 0) return of(right(known))
  return session.listOffsets(queries).pipe(
    map((answer) => {
      if (isLeft(answer)) return answer
      const listed = answer.right.map((found) => ({ ...found, leaderEpoch: -1, committed: null }))
      return right([...known, ...listed])
    })
  )
}

const askStartFrom = (
  { clock, settings }: LocateContext,
  gained: readonly TopicPartition[],
  startFrom: StartFrom | null
): Step<readonly StartPosition[]> => {
  const { subscription } = settings
  if (startFrom === null) return of(right(subscription._tag === 'partitions' ? subscription.partitions : []))
  const failed = (reason: string, cause?: unknown): Either<Fault, never> =>
    left({ _tag: 'StartFromFault', reason, ...(cause === undefined ? {} : { cause }) })
  return withDeadline(
    callHook(startFrom, gained).pipe(
      take(1),
      map((positions): Either<Fault, readonly StartPosition[]> => {
        if (!isList(positions)) return failed('it gave no list of positions')
        const asked = new Set(gained.map(keyOf))
        const foreign = positions.find((position) => !asked.has(keyOf(position)))
        if (foreign === undefined) return right(positions)
        return failed(`it answered for ${keyOf(foreign)}, which was not gained`)
      }),
      defaultIfEmpty(failed('it completed without an answer')),
      catchError((error: unknown) => of(failed('it failed', error)))
    ),
    clock,
    settings.requestTimeoutMs,
    failed(`it gave no answer within ${String(settings.requestTimeoutMs)} ms`)
  )
}

const isList = (given: readonly StartPosition[]): boolean => Array.isArray(given)

const callHook = (startFrom: StartFrom, gained: readonly TopicPartition[]): Observable<readonly StartPosition[]> =>
  new Rx((subscriber) => {
    // A hook that throws is one that failed; `new Observable` would rethrow it in a timer.
    let answer: ObservableInput<readonly StartPosition[]>
    try {
      answer = startFrom(gained)
    } catch (error) {
      subscriber.error(error)
      return
    }
    return from(answer).subscribe(subscriber)
  })

const withDeadline = <A>(step: Observable<A>, clock: Clock, afterMs: number, otherwise: A): Observable<A> =>
  new Rx((subscriber) => {
    subscriber.add(
      clock.schedule(afterMs, () => {
        subscriber.next(otherwise)
        subscriber.complete()
      })
    )
    subscriber.add(step.subscribe(subscriber))
  })

const keyOf = ({ topic, partition }: TopicPartition): string => partitionKey(topic, partition)
