/** A consumer's requests, and a producer's. */
export type ConsumerApi =
  | 'Metadata'
  | 'JoinGroup'
  | 'SyncGroup'
  | 'Heartbeat'
  | 'LeaveGroup'
  | 'ConsumerGroupHeartbeat'
  | 'DescribeGroups'
  | 'OffsetCommit'
  | 'OffsetFetch'
  | 'ListOffsets'
  | 'Fetch'
  | 'OffsetForLeaderEpoch'
export type ShareApi = 'ShareGroupHeartbeat' | 'ShareFetch' | 'ShareAcknowledge' | 'DescribeShareGroupOffsets'
export type ProducerApi =
  'Produce' | 'InitProducerId' | 'ApiVersions' | 'AddPartitionsToTxn' | 'AddOffsetsToTxn' | 'TxnOffsetCommit' | 'EndTxn'

/** The requests that can be made to fail. */
export type FaultyApi = ConsumerApi | ShareApi | ProducerApi

/**
 * How a request fails on demand: with one of Kafka's error codes, as if the connection broke before the request arrived, or
 * after it was served and before the answer came.
 */
export type FaultOnDemand = number | 'disconnect' | 'answer lost'
