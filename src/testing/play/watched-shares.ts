import type { RecordFate } from '../../model/share-drain-report.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { Cluster } from '../../ports/cluster.js'
import type { AcquiredBatch } from '../../ports/share-session.js'

/** Receives the fates of a member's locks, as the member learns them. */
export interface LockWatcher {
  acquired(place: TopicPartition, offset: bigint): void
  /** An acknowledgement has taken effect, or the lock is lost. */
  lockEnded(place: TopicPartition, offset: bigint, fate: RecordFate): void
}

/** Wraps the cluster to record what its share consumers acquire. */
export const watchedShares = (cluster: Cluster, watcher: LockWatcher): Cluster => ({
  ...cluster,
  openShareConsumer: (settings, handlers) => {
    const locks = new WatchedLocks(watcher)
    return cluster.openShareConsumer(settings, {
      assigned: (partitions) => {
        handlers.assigned(partitions)
      },
      acquired: (acquired) => {
        locks.add(acquired.batches)
        handlers.acquired(acquired)
      },
      acknowledged: (event) => {
        locks.look()
        handlers.acknowledged(event)
      },
      locksLost: (batch, records, reason) => {
        locks.look()
        handlers.locksLost(batch, records, reason)
      },
      event: (event) => {
        handlers.event(event)
      },
      fault: (fault) => {
        handlers.fault(fault)
      }
    })
  }
})

/** The acquired records of a session, and which of their locks have a known end. */
class WatchedLocks {
  private readonly watcher: LockWatcher
  /** with the offsets whose ends are known */
  private readonly batches = new Map<AcquiredBatch, Set<bigint>>()

  constructor(watcher: LockWatcher) {
    this.watcher = watcher
  }

  add(batches: readonly AcquiredBatch[]): void {
    for (const batch of batches) {
      this.batches.set(batch, new Set())
      for (let seq = 0; seq < batch.count; seq++) this.watcher.acquired(batch.place, batch.first + BigInt(seq))
    }
  }

  look(): void {
    for (const [batch, known] of this.batches) {
      for (const { first, last, fate } of batch.fates())
        for (let offset = first; offset <= last; offset++) {
          if (known.has(offset)) continue
          known.add(offset)
          this.watcher.lockEnded(batch.place, offset, fate)
        }
      if (batch.isDone) this.batches.delete(batch)
    }
  }
}
