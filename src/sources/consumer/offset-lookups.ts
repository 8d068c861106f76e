import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import { map, of } from 'rxjs'
import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { Committed } from '../../model/committed.js'
import type { ConsumerEvent } from '../../model/consumer-event.js'
import type { Fault } from '../../model/fault.js'
import type { FoundOffset } from '../../model/found-offset.js'
import type { GroupOffset } from '../../model/group-offset.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { CommittedOffset, ConsumerSession, OffsetLookup } from '../../ports/consumer-session.js'
import type { Parts, Step } from '../../ports/step.js'
import { lookUpOffsets } from './look-up-offsets.js'

/** A partition and a timestamp in it, in ms since 1970. */
export interface TimeQuery extends TopicPartition {
  readonly timestamp: number
}

/** The lookups of a consumer, each in its own session. */
export class OffsetLookups {
  private readonly cluster: Cluster
  private readonly settings: ConsumerSettings
  private readonly report: (event: ConsumerEvent) => void

  /** @param report receives the waits of a lookup */
  constructor(cluster: Cluster, settings: ConsumerSettings, report: (event: ConsumerEvent) => void) {
    this.cluster = cluster
    this.settings = settings
    this.report = report
  }

  committed(partitions: readonly TopicPartition[]): Step<readonly GroupOffset[]> {
    const { cluster, settings } = this
    if (settings.groupId === null) return refused('without a group.id nothing is committed')
    const ask = (session: ConsumerSession): Parts<CommittedOffset> => session.committed(partitions)
    return lookUpOffsets(cluster, settings, partitions, ask, this.report).pipe(
      map((answer) =>
        mapped(answer, ({ topic, partition, offset, metadata }) => ({ topic, partition, offset, metadata }))
      )
    )
  }

  ends(partitions: readonly TopicPartition[], at: 'earliest' | 'latest'): Step<readonly Committed[]> {
    return this.listed(partitions, () => at)
  }

  forTimes(queries: readonly TimeQuery[]): Step<readonly FoundOffset[]> {
    const found = this.listed(queries, ({ timestamp }) => ({ timestamp, orNone: true }))
    return found.pipe(
      map((answer) => mapped(answer, (one) => ({ ...one, offset: one.offset < 0n ? null : one.offset })))
    )
  }

  private listed<Q extends TopicPartition>(
    queries: readonly Q[],
    at: (query: Q) => OffsetLookup['at']
  ): Step<readonly Committed[]> {
    const lookups = queries.map((query) => ({ topic: query.topic, partition: query.partition, at: at(query) }))
    const ask = (session: ConsumerSession): Parts<Committed> => session.listOffsets(lookups)
    return lookUpOffsets(this.cluster, this.settings, queries, ask, this.report).pipe(
      map((answer) => mapped(answer, ({ topic, partition, offset }) => ({ topic, partition, offset })))
    )
  }
}

const mapped = <A, B>(answer: Either<Fault, readonly A[]>, change: (one: A) => B): Either<Fault, readonly B[]> =>
  isLeft(answer) ? answer : right(answer.right.map(change))

const refused = (reason: string): Step<never> => of(left<Fault>({ _tag: 'UsageFault', reason }))
