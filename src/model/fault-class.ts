import type { Fault } from './fault.js'

/**
 * What a failure means for the next attempt:
 *
 * - `retriable`: the same attempt may succeed later.
 * - `permanent`: it never will for this record, batch or offset; others are not affected.
 * - `fatal`: no attempt of this kind will succeed until the program, its configuration or the cluster changes.
 */
export type FaultClass = 'retriable' | 'permanent' | 'fatal'

/**
 * The class of every fault. A new fault does not compile until it has a row here.
 *
 * Error codes are not classified here: what a code means depends on the request, and each request has its own table
 * (`group-fault`, `produce-verdict`, `transaction-verdict`). A `BrokerFault` is what these tables leave for a retry.
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
  // The row of a tag takes the faults of that tag; the compiler does not follow this through the index.
  const row = classes[fault._tag] as ClassOf<Fault>
  return typeof row === 'function' ? row(fault) : row
}
