/**
 * The leader epoch of each delivery. The epoch is committed with an offset, so that a reader that continues there detects that
 * the log was truncated meanwhile. Epochs change rarely, so only the changes are kept.
 */
export class LeaderEpochs {
  private steps: readonly { readonly from: number; readonly epoch: number }[]
  /** The epoch of the last delivery. */
  last: number

  /** @param start the epoch of the last record below the position at which the deliveries begin, -1 if unknown */
  constructor(start: number) {
    this.last = start
    this.steps = [{ from: 0, epoch: start }]
  }

  /** The delivery with number `seq` has this epoch. */
  entered(seq: number, epoch: number): void {
    if (epoch === this.last) return
    this.last = epoch
    this.steps = [...this.steps, { from: seq + 1, epoch }]
  }

  /** The position has moved on, before the delivery with number `seq`, and has this epoch. */
  passedOver(seq: number, epoch: number): void {
    this.entered(seq - 1, epoch)
  }

  /** The epoch of the last delivery before number `seq`. `seq` never decreases. */
  before(seq: number): number {
    const passed = this.steps.findLastIndex((step) => step.from <= seq)
    if (passed > 0) this.steps = this.steps.slice(passed)
    return this.steps[0]?.epoch ?? -1
  }
}
