import { anOffset, isObject, problemsWithPlace, wholeNumber } from '../../config/check-places.js'
import {
  aName,
  type ArgumentRule,
  aText,
  milliseconds,
  optional,
  problemsWith,
  problemsWithOptions
} from '../../model/check-arguments.js'
import type { ConfigProblem } from '../../model/fault.js'
import type { FaultyApi } from './fault-on-demand.js'

const aTime: ArgumentRule = {
  allowed: 'a whole number of ms from 1',
  holds: (given) => Number.isSafeInteger(given) && Number(given) >= 1
}

const isCount = (given: unknown): boolean => Number.isSafeInteger(given) && Number(given) >= 1

/** `MemoryClusterOptions` */
const options: Readonly<Record<string, ArgumentRule>> = {
  topics: optional({
    allowed: 'an object of how many partitions each topic has, from 1',
    holds: (given) => isObject(given) && Object.values(given).every(isCount)
  }),
  time: optional({
    allowed: 'a scheduler of rxjs, or a clock',
    holds: (given) => isObject(given) && typeof given['now'] === 'function' && typeof given['schedule'] === 'function'
  }),
  seed: optional({ allowed: 'a number', holds: (given) => typeof given === 'number' && !Number.isNaN(given) }),
  'group.consumer.heartbeat.interval.ms': optional(aTime),
  'group.consumer.session.timeout.ms': optional(aTime)
}

const topicConfig: ArgumentRule = {
  allowed: 'an object of texts',
  holds: (given) => isObject(given) && Object.values(given).every((value) => typeof value === 'string')
}

const ends: ArgumentRule = {
  allowed: "'commit' or 'abort'",
  holds: (given) => given === 'commit' || given === 'abort'
}

const faultyApis: Readonly<Record<FaultyApi, true>> = {
  Metadata: true,
  JoinGroup: true,
  SyncGroup: true,
  Heartbeat: true,
  LeaveGroup: true,
  ConsumerGroupHeartbeat: true,
  DescribeGroups: true,
  OffsetCommit: true,
  OffsetFetch: true,
  ListOffsets: true,
  Fetch: true,
  OffsetForLeaderEpoch: true,
  ShareGroupHeartbeat: true,
  ShareFetch: true,
  ShareAcknowledge: true,
  DescribeShareGroupOffsets: true,
  Produce: true,
  InitProducerId: true,
  ApiVersions: true,
  AddPartitionsToTxn: true,
  AddOffsetsToTxn: true,
  TxnOffsetCommit: true,
  EndTxn: true
}

const anApi: ArgumentRule = {
  allowed: `one of ${Object.keys(faultyApis).join(', ')}`,
  holds: (given) => typeof given === 'string' && Object.hasOwn(faultyApis, given)
}
const aFault: ArgumentRule = {
  allowed: "the number of an error code, 'disconnect' or 'answer lost'",
  holds: (given) => Number.isSafeInteger(given) || given === 'disconnect' || given === 'answer lost'
}

type Problems = readonly ConfigProblem[]

/** Checks the arguments of `memoryCluster` and of each method; an invalid record has its own fault. */
export const checkMemoryCluster = {
  options: (given: unknown): Problems => problemsWithOptions('memoryCluster', given, options),
  createTopic: (topic: unknown, partitions: unknown, config: unknown): Problems => [
    ...problemsWith('createTopic: topic', topic, aName),
    ...problemsWith('createTopic: partitions', partitions, wholeNumber),
    ...problemsWith('createTopic: config', config, optional(topicConfig))
  ],
  topic: (method: string, topic: unknown): Problems => problemsWith(`${method}: topic`, topic, aText),
  end: (end: unknown): Problems => problemsWith('produceTransaction: end', end, ends),
  group: (method: string, groupId: unknown): Problems => problemsWith(`${method}: groupId`, groupId, aText),
  place: (method: string, partition: unknown): Problems => problemsWithPlace(`${method}: partition`, partition),
  before: (before: unknown): Problems => problemsWith('deleteRecords: before', before, anOffset),
  logEnd: (logEnd: unknown): Problems => problemsWith('electLeader: logEnd', logEnd, optional(anOffset)),
  loading: (loadingMs: unknown): Problems => problemsWith('moveCoordinator: loadingMs', loadingMs, milliseconds),
  member: (memberId: unknown): Problems => problemsWith('expireSession: memberId', memberId, aText),
  failNext: (api: unknown, fault: unknown, times: unknown): Problems => [
    ...problemsWith('failNext: api', api, anApi),
    ...problemsWith('failNext: fault', fault, aFault),
    ...problemsWith('failNext: times', times, wholeNumber)
  ]
} as const
