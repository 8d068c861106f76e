import type { Fault } from './fault.js'

/**
 * What a failure means for the next attempt:
 *
 * - `retriable`: the same may succeed later.
 * - `permanent`: it never will for this record, batch or offset; others are not affected.
 * - `fatal`: nothing of the kind will succeed until somebody changes the program, its configuration or the cluster.
 */
export type FaultClass = 'retriable' | 'permanent' | 'fatal'

/**
 * The class of every fault. A new fault does not compile until it has a row here.
 *
 * Error codes are not classified here: what a code means depends on the request that it answers, and each request has a table
 * of its own (`group-fault`, `produce-verdict`, `transaction-verdict`). A `BrokerFault` is what these leave to be tried again.
 */
const classes: { readonly [Tag in Fault['_tag']]: ClassOf<Extract<Fault, { readonly _tag: Tag }>> } = {
  ConfigFault: 'fatal',
  ConnectionFault: 'retriable',
  FrameFault: 'retriable',
  AuthenticationFault: 'fatal',
  AuthorizationFault: 'fatal',
  UnsupportedVersionFault: 'fatal',
  BrokerFault: 'retriable',
  UnknownTopicFault: 'retriable',
  UnknownPartitionFault: 'retriable',
  GroupProtocolFault: 'fatal',
  AssignmentFault: 'fatal',
  FencedFault: 'fatal',
  MembershipLostFault: 'retriable',
  NoOffsetFault: 'fatal',
  OffsetOutOfRangeFault: 'fatal',
  LogTruncationFault: 'fatal',
  TopicRecreatedFault: 'fatal',
  StartFromFault: 'fatal',
  AssignorFault: 'fatal',
  UnreachableFault: 'fatal',
  CorruptBatchFault: 'permanent',
  OversizedBatchFault: 'permanent',
  CodecMissingFault: 'permanent',
  DecodeFault: 'permanent',
  HandlerFault: 'retriable',
  PredecessorFailedFault: 'permanent',
  ProduceFault: ({ permanent }) => (permanent ? 'permanent' : 'retriable'),
  ReplayRefusedFault: 'permanent',
  SinkFault: 'retriable',
  TimeoutFault: 'retriable',
  ClosedFault: 'fatal',
  UsageFault: 'fatal',
  OffsetRefusedFault: 'permanent',
  CommitFault: 'fatal'
}

type ClassOf<F> = FaultClass | ((fault: F) => FaultClass)

/** What the fault means for the next attempt. */
export const faultClass = (fault: Fault): FaultClass => {
  // The row of a tag takes the faults of that tag; the compiler does not follow it through the index.
  const row = classes[fault._tag] as ClassOf<Fault>
  return typeof row === 'function' ? row(fault) : row
}
