import { type Either, isLeft, isRight, left, map as mapRight, right } from 'fp-ts/lib/Either.js'
import { concat, concatMap, EMPTY, map, merge, mergeMap, of, takeWhile } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { StartFrom } from '../../config/start-from.js'
import type { Clock } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import type { Position, StartPosition } from '../../model/position.js'
import { keyOf, partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type {
  CommittedOffset,
  ConsumerSession,
  IsAwaited,
  LocatedOffset,
  OffsetLookup
} from '../../ports/consumer-session.js'
import type { Parts } from '../../ports/step.js'
import { resetPlace } from './apply-reset.js'
import { callStartFrom } from './call-start-from.js'
import type { ReadingStart, StartCommit } from '../../core/partition/reading-start.js'

/** The offset where reading of a partition begins. */
export interface LocatedStart extends TopicPartition, ReadingStart {}

export interface LocateContext {
  readonly clock: Clock
  readonly session: ConsumerSession
  readonly settings: ConsumerSettings
  /** False after a seek or the partition's release: it is left out of further requests. */
  readonly isAwaited: IsAwaited
}

/**
 * Finds the start offsets: those of `startFrom`, else of `assign`, else the committed offset, else `auto.offset.reset`. Emits
 * each partition's offset as soon as it is known: none waits for the leader of another. A partition without an offset is a
 * fault: nothing is skipped or repeated silently.
 */
export const locateStart = (
  context: LocateContext,
  gained: readonly TopicPartition[],
  startFrom: StartFrom | null
): Parts<LocatedStart> =>
  callStartFrom(context, gained, startFrom).pipe(
    concatMap((answer) => (isLeft(answer) ? of(answer) : locate(context, gained, answer.right)))
  )

/** Finds the offset of one position, as `seek` does. */
export const locatePosition = (
  context: LocateContext,
  partition: TopicPartition,
  from: Position
): Parts<LocatedStart> =>
  locate(context, [partition], [{ topic: partition.topic, partition: partition.partition, from }])

const locate = (
  { clock, session, settings, isAwaited }: LocateContext,
  all: readonly TopicPartition[],
  positions: readonly StartPosition[]
): Parts<LocatedStart> => {
  const requested = new Map(positions.map((position) => [keyOf(position), position.from]))
  const chosen = (partition: TopicPartition): Position => requested.get(keyOf(partition)) ?? 'committed'
  const begin = (
    partitions: readonly TopicPartition[],
    committed: ReadonlyMap<string, CommittedStart>
  ): Parts<LocatedStart> => {
    const plans: Plan[] = []
    for (const partition of partitions.filter(isAwaited)) {
      const plan = planFor(
        partition,
        chosen(partition),
        committed.get(keyOf(partition)),
        settings,
        session.isNew(partition),
        clock
      )
      if (isLeft(plan)) return of(plan)
      plans.push(plan.right)
    }
    return lookUp(session, plans, isAwaited)
  }
  const gained = all.filter(isAwaited)
  const fromCommitted = gained.filter((partition) => chosen(partition) === 'committed')
  const others = gained.filter((partition) => chosen(partition) !== 'committed')
  return merge(
    begin(others, new Map()),
    committedOffsets(session, fromCommitted, isAwaited).pipe(
      mergeMap((answer) => (isLeft(answer) ? of(answer) : begin(answer.right, startsOf(answer.right))))
    )
  ).pipe(takeWhile(isRight, true))
}

type Plan =
  | { readonly _tag: 'known'; readonly start: LocatedStart }
  | { readonly _tag: 'look up'; readonly query: OffsetLookup; readonly startCommit: StartCommit }

const planFor = (
  { topic, partition }: TopicPartition,
  from: Position,
  committed: CommittedStart | undefined,
  settings: ConsumerSettings,
  isNew: boolean,
  clock: Clock
): Either<Fault, Plan> => {
  const lookUp = (at: OffsetLookup['at'], startCommit: StartCommit = 'in time'): Either<Fault, Plan> =>
    right({ _tag: 'look up', query: { topic, partition, at }, startCommit })
  if (from === 'beginning') return lookUp('earliest')
  if (from === 'end') return lookUp('latest')
  if (from !== 'committed') {
    if ('timestamp' in from) return lookUp({ timestamp: from.timestamp })
    const start = {
      topic,
      partition,
      offset: from.offset,
      leaderEpoch: -1,
      committed: null,
      startCommit: 'in time'
    } as const
    return right({ _tag: 'known', start })
  }
  if (committed !== undefined) {
    const { offset, leaderEpoch } = committed
    return right({
      _tag: 'known',
      start: { topic, partition, offset, leaderEpoch, committed: offset, startCommit: 'never' }
    })
  }
  // A partition that was created during the membership is read from its beginning: `latest` would skip the records written
  // before the partition was found.
  if (settings.autoOffsetReset !== 'none') {
    // Under `earliest` the next owner begins at the same record, committed or not.
    const startCommit = settings.autoOffsetReset === 'earliest' ? 'never' : 'at once'
    return lookUp(isNew ? 'earliest' : resetPlace(settings.autoOffsetReset, clock), startCommit)
  }
  return left({ _tag: 'NoOffsetFault', topic, partition, groupId: settings.groupId })
}

interface CommittedStart {
  readonly offset: bigint
  readonly leaderEpoch: number
}

const committedOffsets = (
  session: ConsumerSession,
  partitions: readonly TopicPartition[],
  isAwaited: IsAwaited
): Parts<CommittedOffset> => (partitions.length === 0 ? EMPTY : session.committed(partitions, isAwaited))

const startsOf = (committed: readonly CommittedOffset[]): ReadonlyMap<string, CommittedStart> =>
  new Map(
    committed.flatMap((entry) => {
      const { offset, leaderEpoch } = entry
      return offset === null ? [] : [[keyOf(entry), { offset, leaderEpoch }]]
    })
  )

const lookUp = (session: ConsumerSession, plans: readonly Plan[], isAwaited: IsAwaited): Parts<LocatedStart> => {
  const lookUp = plans.filter((plan) => plan._tag === 'look up')
  const queries = lookUp.map(({ query }) => query)
  const startCommit = new Map(lookUp.map((plan) => [keyOf(plan.query), plan.startCommit]))
  // With the epoch of its leader, a log that is cut is noticed before the first record is read, as in Java's client.
  const listedStarts = (found: readonly LocatedOffset[]): readonly LocatedStart[] =>
    found.map(({ topic, partition, offset, leaderEpoch }) => {
      const when = startCommit.get(partitionKey(topic, partition)) ?? 'in time'
      return { topic, partition, offset, leaderEpoch, committed: null, startCommit: when }
    })
  const known = plans.flatMap((plan) => (plan._tag === 'known' ? [plan.start] : []))
  const listed =
    queries.length === 0 ? EMPTY : session.listOffsets(queries, isAwaited).pipe(map(mapRight(listedStarts)))
  return known.length === 0 ? listed : concat(of(right(known)), listed)
}
