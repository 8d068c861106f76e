import type { ConsumerSettings } from '../../config/consumer-config.js'
import type { AnsweredOffset } from '../../core/committing/committer.js'
import { FailingCommits } from '../../core/committing/failing-commits.js'
import type { Clock } from '../../model/clock.js'
import type { CommitEvent, CommitTrigger } from '../../model/commit-event.js'
import type { Committed } from '../../model/committed.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'

export interface CommitReportsContext {
  readonly clock: Clock
  readonly settings: ConsumerSettings
  readonly report: (event: CommitEvent) => void
  /** No commit of a partition has succeeded for `commit.timeout.ms`, despite retries. */
  readonly failed: (fault: Fault) => void
}

/** Reports the results of a consumer's commits: an event for each, and a fault if a partition's commits fail for too long. */
export class CommitReports {
  /** the trigger of the latest due offsets */
  trigger: CommitTrigger = 'commit'
  private readonly context: CommitReportsContext
  private readonly failing: FailingCommits

  constructor(context: CommitReportsContext) {
    this.context = context
    this.failing = new FailingCommits(context.settings.commitTimeoutMs)
  }

  /** Why the partition's offset could not be committed yet; null if it could, or none waits. */
  faultOf(partition: TopicPartition): Fault | null {
    return this.failing.faultOf(partition)
  }

  /** A commit of the partition has succeeded. */
  succeeded(partition: TopicPartition): void {
    this.failing.committed(partition)
  }

  /** No commit of the partition is retried any more. */
  givenUp(partition: TopicPartition): void {
    this.failing.givenUp(partition)
  }

  committed(results: readonly AnsweredOffset[]): void {
    this.context.report({ _tag: 'stored', offsets: results.map(committedOf), trigger: this.trigger })
  }

  retrying(results: readonly AnsweredOffset[], fault: Fault, inMs: number): void {
    this.stillFails(results, fault)
    this.context.report({ _tag: 'retrying', offsets: results.map(committedOf), fault, inMs })
  }

  dropped(results: readonly AnsweredOffset[], fault: Fault): void {
    this.stillFails(results, fault)
    this.context.report({ _tag: 'dropped', offsets: results.map(committedOf), fault })
  }

  /** The partition belongs to another member now. Reports an offset that waited for a retry for the last time. */
  abandoned(place: TopicPartition, waiting: bigint | null): void {
    const fault = this.failing.faultOf(place)
    if (fault === null || waiting === null) return
    const { topic, partition } = place
    this.context.report({ _tag: 'dropped', offsets: [{ topic, partition, offset: waiting }], fault })
  }

  /** A commit that fails for too long becomes a fault, since endless silent retries would hide the problem. */
  private stillFails(results: readonly AnsweredOffset[], fault: Fault): void {
    const present = results.filter(({ sent }) => sent !== null)
    const overdue = this.failing.overdue(present, fault, this.context.clock.now())
    if (overdue === null) return
    this.context.failed({ _tag: 'CommitFault', offsets: overdue.offsets.map(committedOf), forMs: overdue.forMs, fault })
  }
}

const committedOf = ({ topic, partition, offset }: Committed): Committed => ({ topic, partition, offset })
