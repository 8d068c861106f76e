import {
  array,
  bytes,
  int16,
  int32,
  int32s,
  int64,
  int8,
  nullable,
  string,
  struct,
  tagged,
  uuid
} from '../../src/sources/kafka/protocol/message.js'

// What the hand-written Fetch and Produce are held against, as Kafka's message definitions have it.

const currentLeader = struct(
  '0+',
  { leaderId: int32('0+', -1), leaderEpoch: int32('0+', -1) },
  { leaderId: -1, leaderEpoch: -1 }
)
const since = <F extends { readonly versions: { readonly from: number; readonly to: number } }>(
  from: number,
  field: F
): F => ({ ...field, versions: { from, to: Infinity } })
const nodeEndpoints = {
  nodeId: int32('0+'),
  host: string('0+'),
  port: int32('0+'),
  rack: nullable(string('0+'))
}

export const fetchDescription = {
  flexibleFrom: 12,
  request: {
    clusterId: tagged(0, nullable(string('12+'))),
    replicaId: int32('0-14', -1),
    replicaState: tagged(
      1,
      struct(
        '15+',
        { replicaId: int32('15+', -1), replicaEpoch: int64('15+', -1n) },
        { replicaId: -1, replicaEpoch: -1n }
      )
    ),
    maxWaitMs: int32('0+'),
    minBytes: int32('0+'),
    maxBytes: int32('3+', 0x7fff_ffff),
    isolationLevel: int8('4+'),
    sessionId: int32('7+'),
    sessionEpoch: int32('7+', -1),
    topics: array('0+', {
      topic: string('0-12'),
      topicId: uuid('13+'),
      partitions: array('0+', {
        partition: int32('0+'),
        currentLeaderEpoch: int32('9+', -1),
        fetchOffset: int64('0+'),
        lastFetchedEpoch: int32('12+', -1),
        logStartOffset: int64('5+', -1n),
        partitionMaxBytes: int32('0+'),
        replicaDirectoryId: tagged(0, uuid('17+')),
        highWatermark: tagged(1, int64('18+', 0x7fff_ffff_ffff_ffffn))
      })
    }),
    forgottenTopicsData: array('7+', {
      topic: string('7-12'),
      topicId: uuid('13+'),
      partitions: int32s('7+')
    }),
    rackId: string('11+')
  },
  response: {
    throttleTimeMs: int32('1+'),
    errorCode: int16('7+'),
    sessionId: int32('7+'),
    responses: array('0+', {
      topic: string('0-12'),
      topicId: uuid('13+'),
      partitions: array('0+', {
        partitionIndex: int32('0+'),
        errorCode: int16('0+'),
        highWatermark: int64('0+'),
        lastStableOffset: int64('4+', -1n),
        logStartOffset: int64('5+', -1n),
        divergingEpoch: tagged(
          0,
          struct('12+', { epoch: int32('12+', -1), endOffset: int64('12+', -1n) }, { epoch: -1, endOffset: -1n })
        ),
        currentLeader: tagged(1, since(12, currentLeader)),
        snapshotId: tagged(
          2,
          struct('12+', { endOffset: int64('0+', -1n), epoch: int32('0+', -1) }, { endOffset: -1n, epoch: -1 })
        ),
        abortedTransactions: nullable(array('4+', { producerId: int64('4+'), firstOffset: int64('4+') })),
        preferredReadReplica: int32('11+', -1),
        records: nullable(bytes('0+'))
      })
    }),
    nodeEndpoints: tagged(0, array('16+', nodeEndpoints))
  }
} as const

export const produceDescription = {
  flexibleFrom: 9,
  request: {
    transactionalId: nullable(string('3+')),
    acks: int16('0+'),
    timeoutMs: int32('0+'),
    topicData: array('0+', {
      name: string('0-12'),
      topicId: uuid('13+'),
      partitionData: array('0+', { index: int32('0+'), records: nullable(bytes('0+')) })
    })
  },
  response: {
    responses: array('0+', {
      name: string('0-12'),
      topicId: uuid('13+'),
      partitionResponses: array('0+', {
        index: int32('0+'),
        errorCode: int16('0+'),
        baseOffset: int64('0+'),
        logAppendTimeMs: int64('2+', -1n),
        logStartOffset: int64('5+', -1n),
        recordErrors: array('8+', { batchIndex: int32('8+'), batchIndexErrorMessage: nullable(string('8+')) }),
        errorMessage: nullable(string('8+')),
        currentLeader: tagged(0, since(10, currentLeader))
      })
    }),
    throttleTimeMs: int32('1+'),
    nodeEndpoints: tagged(0, array('10+', nodeEndpoints))
  }
} as const
