import { jsonReport } from '../../model/json-report.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'

/** The result of a run: how each of its partitions ended, and the worst outcome. */
export class RunReport {
  private readonly partitions: PartitionDrainReport[] = []
  private readonly listeners: ((report: DrainReport) => void)[] = []
  private isAborted = false
  private isOver = false

  add(report: PartitionDrainReport): void {
    this.partitions.push(report)
  }

  /** `close()` or a fault ended the run first, whatever the outcomes of its partitions. */
  abort(): void {
    this.isAborted = true
  }

  /** Called with the final report, at once if the run has ended. */
  onEnd(listener: (report: DrainReport) => void): void {
    if (this.isOver) listener(this.current)
    else this.listeners.push(listener)
  }

  /** No more outcomes are added. */
  end(): void {
    this.isOver = true
    for (const listener of this.listeners) listener(this.current)
  }

  get current(): DrainReport {
    const ended = new Set(this.partitions.map(({ outcome }) => outcome))
    const outcome =
      this.isAborted || ended.has('aborted')
        ? 'aborted'
        : ended.has('failed')
          ? 'failed'
          : ended.has('timed out')
            ? 'deadline'
            : 'drained'
    return jsonReport({ outcome, partitions: [...this.partitions] })
  }
}
