import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import { commitVerdict } from './offset-verdicts.js'

interface Streak {
  since: number
  last: number
  /** why the last attempt failed; null once it is not retried any more */
  fault: Fault | null
}

/**
 * For how long all commits of a partition have failed, and why. Retries belong to one streak of failures. When a commit is not
 * retried any more (the partition was given up), the streak continues only if the next failure comes soon. So a member that
 * loses its partitions at every commit and gets them back counts as failing all the time; one that fails once an hour does not.
 */
export class FailingCommits {
  private readonly streaks = new Map<string, Streak>()
  private readonly timeoutMs: number
  private readonly soonMs: number

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs
    this.soonMs = timeoutMs / 2
  }

  /** An attempt failed and will be retried. Returns for how many ms no commit has succeeded. */
  failed(partition: TopicPartition, fault: Fault, now: number): number {
    const key = keyOf(partition)
    const former = this.streaks.get(key)
    const goesOn = former !== undefined && (former.fault !== null || now - former.last <= this.soonMs)
    const since = goesOn ? former.since : now
    this.streaks.set(key, { since, last: now, fault })
    return now - since
  }

  /**
   * These attempts failed for the same reason. Returns the partitions without a successful commit within the timeout, and the
   * longest of their times. Each partition is returned once; then its time begins again.
   */
  overdue<A extends TopicPartition>(
    failed: readonly A[],
    fault: Fault,
    now: number
  ): { readonly offsets: readonly A[]; readonly forMs: number } | null {
    if (!isOfTheCommit(fault)) return null
    const failing = failed.map((partition) => ({ partition, forMs: this.failed(partition, fault, now) }))
    const overdue = failing.filter(({ forMs }) => forMs >= this.timeoutMs)
    if (overdue.length === 0) return null
    for (const { partition } of overdue) this.restart(partition, now)
    return { offsets: overdue.map(({ partition }) => partition), forMs: Math.max(...overdue.map(({ forMs }) => forMs)) }
  }

  committed(partition: TopicPartition): void {
    this.streaks.delete(keyOf(partition))
  }

  /** No commit of the partition is retried any more. */
  givenUp(partition: TopicPartition): void {
    const streak = this.streaks.get(keyOf(partition))
    if (streak !== undefined) streak.fault = null
  }

  /** The time without a successful commit begins again, for example when the member has given the partition back. */
  restart(partition: TopicPartition, now: number): void {
    const streak = this.streaks.get(keyOf(partition))
    if (streak !== undefined) streak.since = now
  }

  /** Why the last attempt failed; null if it succeeded, or is not retried. */
  faultOf(partition: TopicPartition): Fault | null {
    return this.streaks.get(keyOf(partition))?.fault ?? null
  }
}

/**
 * A deleted topic, or metadata that is too large, concerns one commit and not the group: only the caller of that commit gets
 * such a fault.
 */
const isOfTheCommit = (fault: Fault): boolean =>
  fault._tag !== 'UnknownTopicFault' &&
  !(fault._tag === 'BrokerFault' && commitVerdict(fault.code) === 'metadata too large')
