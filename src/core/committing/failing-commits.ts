import type { Fault } from '../../model/fault.js'
import { keyOf, type TopicPartition } from '../../model/topic-partition.js'
import { commitVerdict } from './offset-verdicts.js'

interface Streak {
  since: number
  last: number
  /** why the last attempt failed; null once nobody tries any more */
  fault: Fault | null
}

/**
 * For how long the commits of each partition have been failing, none of them stored, and why. What is sent again belongs to
 * one streak. Once nobody tries any more (the partition was given up) a streak goes on only if the next failure comes soon:
 * a member that loses its partitions with every commit and gets them back fails all the time, one that fails once an hour
 * does not.
 */
export class FailingCommits {
  private readonly streaks = new Map<string, Streak>()
  private readonly timeoutMs: number
  private readonly soonMs: number

  constructor(timeoutMs: number) {
    this.timeoutMs = timeoutMs
    this.soonMs = timeoutMs / 2
  }

  /** An attempt has failed, and what is due is tried again; gives for how many ms none was stored. */
  failed(partition: TopicPartition, fault: Fault, now: number): number {
    const key = keyOf(partition)
    const former = this.streaks.get(key)
    const goesOn = former !== undefined && (former.fault !== null || now - former.last <= this.soonMs)
    const since = goesOn ? former.since : now
    this.streaks.set(key, { since, last: now, fault })
    return now - since
  }

  /**
   * These attempts have failed for the same reason. Gives those of which none was stored for the timeout, and for how long at
   * most; that is said once, and counted anew.
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

  stored(partition: TopicPartition): void {
    this.streaks.delete(keyOf(partition))
  }

  /** Nothing of it is tried any more. */
  givenUp(partition: TopicPartition): void {
    const streak = this.streaks.get(keyOf(partition))
    if (streak !== undefined) streak.fault = null
  }

  /** It was said: it is counted anew. */
  restart(partition: TopicPartition, now: number): void {
    const streak = this.streaks.get(keyOf(partition))
    if (streak !== undefined) streak.since = now
  }

  /** Why the last attempt failed; null if it did not, or nobody tries again. */
  faultOf(partition: TopicPartition): Fault | null {
    return this.streaks.get(keyOf(partition))?.fault ?? null
  }
}

/** A topic that is gone, and metadata that is too large, say nothing of the group: only the caller of that commit gets the fault. */
const isOfTheCommit = (fault: Fault): boolean =>
  fault._tag !== 'UnknownTopicFault' &&
  !(fault._tag === 'BrokerFault' && commitVerdict(fault.code) === 'metadata too large')
