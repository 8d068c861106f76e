import type { DrainReport } from '../../model/drain-report.js'
import type { PartitionDrainReport } from '../../model/rebalance-event.js'

/** What the end of a run comes to: how each of the partitions that it held ended, and the worst of that. */
export class RunReport {
  private readonly partitions: PartitionDrainReport[] = []
  private readonly listeners: ((report: DrainReport) => void)[] = []
  private isAborted = false
  private isOver = false

  add(report: PartitionDrainReport): void {
    this.partitions.push(report)
  }

  /** `close()` or a fault has overtaken it, whatever has become of its partitions. */
  abort(): void {
    this.isAborted = true
  }

  /** Called with the report of the end, at once if it has come. */
  onEnd(listener: (report: DrainReport) => void): void {
    if (this.isOver) listener(this.current)
    else this.listeners.push(listener)
  }

  /** Nothing is added any more. */
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
    return { outcome, partitions: [...this.partitions] }
  }
}
