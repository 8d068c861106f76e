import type { ShareFetchingOptions } from './share-fetching-messages.js'
import type { ShareNode } from './share-node.js'

/** How many records a member may acquire: `maxInFlight`, in equal shares for the brokers that it fetches from. */
export class FetchRoom {
  private readonly options: Pick<ShareFetchingOptions, 'maxInFlight' | 'maxPollRecords' | 'acquireMode'>
  private share = 0

  constructor(options: Pick<ShareFetchingOptions, 'maxInFlight' | 'maxPollRecords' | 'acquireMode'>) {
    this.options = options
  }

  dividedBy(brokers: number): void {
    this.share = Math.ceil(this.options.maxInFlight / Math.max(1, brokers))
  }

  /** Less than this would bring little. */
  private get least(): number {
    return Math.min(this.options.maxPollRecords, Math.ceil(this.share / 2))
  }

  /** Whether the broker's share is used up. */
  isFull(node: ShareNode): boolean {
    return this.share - node.locked < this.least
  }

  /** Whether so many records are more than a fetch asks for: with `batch_optimized` a broker acquires whole batches. */
  isLarge(acquired: number): boolean {
    return acquired > this.options.maxPollRecords
  }

  /** Whether a fetch may go out: there is room, or will be when the answer comes. */
  allowsFetch(node: ShareNode): boolean {
    if (!this.isFull(node)) return true
    return this.options.acquireMode === 'batch_optimized' && node.pace.fetchesAhead(node.locked)
  }

  maxRecordsOf(node: ShareNode): number {
    return Math.min(this.options.maxPollRecords, Math.max(this.share - node.locked, this.least))
  }
}
