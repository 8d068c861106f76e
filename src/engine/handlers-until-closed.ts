import type { ConsumerSessionHandlers } from '../ports/consumer-session.js'

/**
 * Handlers that pass nothing on once the session is closed, even for answers in flight. Two need no check: `backlog`, a query,
 * and `records`, since the fetcher is closed with the session.
 */
export const handlersUntilClosed = (
  handlers: ConsumerSessionHandlers,
  closed: () => boolean
): ConsumerSessionHandlers => ({
  assigned: (generation, gained, kept, rebalance) => {
    if (!closed()) handlers.assigned(generation, gained, kept, rebalance)
  },
  revoking: (partitions, deadline) => {
    if (!closed()) handlers.revoking(partitions, deadline)
  },
  lost: (partitions, fault) => {
    if (!closed()) handlers.lost(partitions, fault)
  },
  records: handlers.records.bind(handlers),
  backlog: handlers.backlog.bind(handlers),
  outOfRange: (partition, cursor, offset) => {
    if (!closed()) handlers.outOfRange(partition, cursor, offset)
  },
  truncated: (partition, cursor, endOffset) => {
    if (!closed()) handlers.truncated(partition, cursor, endOffset)
  },
  recreated: (topic, partition) => {
    if (!closed()) handlers.recreated(topic, partition)
  },
  refused: (partition, cursor, fault) => {
    if (!closed()) handlers.refused(partition, cursor, fault)
  },
  event: (event) => {
    if (!closed()) handlers.event(event)
  },
  fault: (fault) => {
    if (!closed()) handlers.fault(fault)
  }
})
