import type { ConsumerSessionHandlers } from '../ports/consumer-session.js'

/**
 * The same handlers; once it is closed, they are not called any more, even for answers in flight. Not checked are
 * `backlog`, a question, and `records`: the fetcher is closed with the session, and hands over nothing from then on.
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
