import type { RunningHandler } from '../../internal/running-handler.js'
import type { AckOrigin } from '../../model/acknowledgement.js'
import { visitOrigins } from '../../model/carried.js'
import { jsonReport } from '../../model/json-report.js'
import type { DrainReport } from '../../model/drain-report.js'
import type { AssignedPartition } from './assigned-partition.js'
import type { ScheduledTasks } from './scheduled-tasks.js'

interface Caller {
  readonly signals: ReadonlySet<AbortSignal>
  readonly isAtWork: () => boolean
  readonly answer: (report: DrainReport) => void
}

/**
 * The handlers that have called `drain`: the drain waits for them, and each may wait for the drain. They get their answer when
 * only their own partitions are left, where other records may be queued behind theirs.
 */
export class DrainCallers {
  private readonly tasks: ScheduledTasks
  private readonly left: () => Iterable<AssignedPartition>
  private readonly report: () => DrainReport
  private readonly callers = new Set<Caller>()

  /** @param left the partitions that have not ended; `report` covers those that have */
  constructor(tasks: ScheduledTasks, left: () => Iterable<AssignedPartition>, report: () => DrainReport) {
    this.tasks = tasks
    this.left = left
    this.report = report
  }

  add(handler: RunningHandler, answer: (report: DrainReport) => void): void {
    const { carried } = handler
    if (carried === null) return
    const signals = new Set<AbortSignal>()
    // Compared by signal, since another consumer may have a partition of the same name.
    visitOrigins(carried, ({ signal }: AckOrigin) => signals.add(signal))
    this.callers.add({ signals, isAtWork: handler.watch(), answer })
    this.partitionEnded()
  }

  partitionEnded(): void {
    // Not within the handler's own call: it may have ended when that returns.
    if (this.callers.size > 0)
      this.tasks.nextTurn(() => {
        this.check()
      })
  }

  private check(): void {
    for (const caller of this.callers) if (!caller.isAtWork()) this.callers.delete(caller)
    if (this.callers.size === 0) return
    const left = [...this.left()]
    const waits = ({ signal }: AssignedPartition): boolean =>
      [...this.callers].some(({ signals }) => signals.has(signal))
    if (left.length === 0 || !left.every(waits)) return
    for (const { answer } of this.callers) answer(jsonReport({ ...this.report(), outcome: 'under way' }))
    this.callers.clear()
  }
}
