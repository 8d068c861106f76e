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

  /** The minimum room for a fetch: with less it would bring few records. */
  private get least(): number {
    return Math.min(this.options.maxPollRecords, Math.ceil(this.share / 2))
  }

  /** Whether the rest of the broker's share is too small for a fetch. */
  isFull(node: ShareNode): boolean {
    return this.share - node.locked < this.least
  }

  /** Whether a fetch acquired more records than it requested: with `batch_optimized` a broker acquires whole batches. */
  isLarge(acquired: number): boolean {
    return acquired > this.options.maxPollRecords
  }

  /** Whether a fetch may be sent: there is room, or will be when the answer arrives. */
  allowsFetch(node: ShareNode): boolean {
    if (!this.isFull(node)) return true
    return this.options.acquireMode === 'batch_optimized' && node.pace.fetchesAhead(node.locked)
  }

  maxRecordsOf(node: ShareNode): number {
    return Math.min(this.options.maxPollRecords, Math.max(this.share - node.locked, this.least))
  }
}
