import { BranchTarget } from '../../internal/branch-target.js'
import { isStale } from '../../model/carried.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'

/** The records of a partition in the open transaction: their order, and which of them the pipeline has not finished. */
export class AdmittedRecords {
  private admitted: ConsumerRecord[] = []
  private readonly open = new Map<number, { readonly carried: ConsumerRecord }>()
  private readonly target: BranchTarget<ConsumerRecord>
  private next = 0

  /** @param settled called for each record that the pipeline has finished */
  constructor(settled: () => void) {
    const branchDone = (seq: number): void => {
      if (this.open.delete(seq)) settled()
    }
    this.target = new BranchTarget(this.open, branchDone, { isTransacted: true })
  }

  get records(): readonly ConsumerRecord[] {
    return this.admitted
  }

  /** The number of records that the pipeline has not finished. */
  get unsettled(): number {
    return this.open.size
  }

  /** Whether the pipeline has finished all of them; stale ones never are. */
  get isSettled(): boolean {
    for (const { carried } of this.open.values()) if (!isStale(carried)) return false
    return true
  }

  get isStale(): boolean {
    return this.admitted.some(isStale)
  }

  /** Returns the record for the pipeline: settling that one does not acknowledge the original. */
  admit(record: ConsumerRecord): ConsumerRecord {
    this.admitted.push(record)
    const seq = this.next++
    this.open.set(seq, { carried: record })
    return record.withTarget(this.target, seq)
  }

  /** Makes the pipeline's operators flush the records that they collect. */
  flush(): void {
    this.target.flush()
  }

  /** The transaction has ended: returns its records. */
  take(): readonly ConsumerRecord[] {
    const { admitted } = this
    this.admitted = []
    this.open.clear()
    return admitted
  }
}
