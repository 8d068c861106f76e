import { Ledger } from '../core/partition/ledger.js'
import { Flushes } from '../internal/flushes.js'
import type { AckOrigin, CommitHandle, CommitPolicy } from '../model/acknowledgement.js'
import type { Clock } from '../model/clock.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { TestOriginSetting } from './test-origin-setting.js'
import { TestCommits } from './test-commits.js'

/** The assignment of a test's partition: the library's own ledger, and a group that commits at once. */
export class TestOrigin implements AckOrigin {
  readonly acked: bigint[] = []
  readonly events: ConsumerEvent[] = []
  readonly commits: TestCommits
  private readonly setting: TestOriginSetting
  private readonly ledger: Ledger
  private readonly holds = new Map<number, number>()
  private readonly flushes = new Flushes()
  private over = false

  constructor(setting: TestOriginSetting) {
    this.setting = setting
    this.ledger = new Ledger(setting.base)
    this.commits = new TestCommits(setting, () => this.ledger.committable)
  }

  get topic(): string {
    return this.setting.place.topic
  }
  get partition(): number {
    return this.setting.place.partition
  }
  get groupId(): string {
    return this.setting.groupId
  }
  get clock(): Clock {
    return this.setting.clock
  }
  get signal(): AbortSignal {
    return this.setting.signal
  }
  get isOver(): boolean {
    return this.over
  }
  get committable(): bigint {
    return this.ledger.committable
  }
  get held(): readonly bigint[] {
    return [...this.holds.keys()].sort((a, b) => a - b).map((seq) => this.ledger.offsetOf(seq))
  }

  deliver(offset: bigint): number {
    return this.ledger.deliver(Number(offset - this.ledger.base), this.clock.now())
  }

  settle(seq: number): void {
    if (this.over) return
    const offset = this.ledger.offsetOf(seq)
    if (!this.ledger.settle(seq)) return
    this.acked.push(offset)
    this.setting.watcher?.acked(offset)
    this.commits.settled()
  }
  get deliveryCount(): null {
    return null
  }
  refuse(): boolean {
    return false
  }
  hold(seq: number): void {
    this.ledger.hold(seq)
    this.holds.set(seq, (this.holds.get(seq) ?? 0) + 1)
  }
  release(seq: number): void {
    this.ledger.release(seq)
    const left = (this.holds.get(seq) ?? 0) - 1
    if (left > 0) this.holds.set(seq, left)
    else this.holds.delete(seq)
  }
  park(seq: number, parked: boolean): void {
    if (parked) this.ledger.park(seq)
    else this.ledger.unpark(seq)
  }
  attempt(): void {
    return undefined
  }
  pass(seq: number, operator: number): void {
    if (!this.over) this.ledger.pass(seq, operator)
  }
  visit(seq: number, each: (origin: AckOrigin, seq: number) => void): void {
    each(this, seq)
  }
  originOf(): AckOrigin {
    return this
  }
  isSettled(seq: number): boolean {
    return this.ledger.isSettled(seq)
  }
  isStale(): boolean {
    return this.over
  }
  reads(): boolean {
    return true
  }
  heldUp(): void {
    // Nothing to report: there are no positions.
  }

  /** Its records come from a test, which does not deliver them again. */
  postpone(): boolean {
    return false
  }

  report(event: ConsumerEvent): void {
    this.events.push(event)
  }

  commitBy(policy: CommitPolicy): CommitHandle {
    return this.commits.commitBy(policy)
  }

  onFlush(run: () => void): () => void {
    return this.flushes.add(run)
  }

  /** A test ends its partition itself. */
  beforeEnd(): () => void {
    return () => undefined
  }
  get isTransacted(): boolean {
    return false
  }

  flush(): void {
    this.flushes.flush()
  }

  end(): void {
    this.over = true
    this.flushes.clear()
    this.commits.end()
  }
}
