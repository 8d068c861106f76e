import { errorCode } from '../../core/protocol/error-code.js'
import type { FetchedPartition, FetchPartition, FetchRequest, FetchResponse } from '../../ports/kafka-calls.js'
import type { BrokerModel } from './broker-model.js'
import { longPoll } from './long-poll.js'
import type { PartitionLog } from './partition-log.js'

/** Answers when there is enough to read or an error, or the wait is over. */
export const serveFetch = (
  model: BrokerModel,
  request: FetchRequest,
  answer: (response: FetchResponse) => void
): (() => void) | undefined => {
  const fetch = model.fetchSessions.begin(request)
  if (fetch._tag === 'refused') {
    answer({ code: fetch.code, sessionId: 0, partitions: [] })
    return undefined
  }
  const read = (): Read => readAll(model, request, fetch.wanted)
  return longPoll(model, request.maxWaitMs, {
    read,
    isEnough: ({ enough }) => enough,
    atEnd: read,
    give: ({ partitions }) => {
      answer(fetch.answer(partitions))
    }
  })
}

interface Read {
  readonly enough: boolean
  readonly partitions: readonly FetchedPartition[]
}

const readAll = (model: BrokerModel, request: FetchRequest, listed: readonly FetchPartition[]): Read => {
  let left = request.maxBytes
  let bytes = 0
  const errors: number[] = []
  const partitions = listed.map((requested): FetchedPartition => {
    // The first batch is returned even if it exceeds the limit, so that a reader can continue.
    const read = readOne(model, requested, request, Math.min(requested.maxBytes, left), bytes === 0)
    const size = read.records?.length ?? 0
    bytes += size
    left -= size
    if (read.code !== errorCode.NONE) errors.push(read.code)
    return read
  })
  return { enough: errors.length > 0 || bytes >= request.minBytes, partitions }
}

const readOne = (
  model: BrokerModel,
  requested: FetchPartition,
  request: FetchRequest,
  maxBytes: number,
  first: boolean
): FetchedPartition => {
  const { isolation, byTopicId } = request
  const isKnown = !byTopicId || requested.topicId === model.idOf(requested.topic)
  const log = isKnown ? model.log(requested) : undefined
  if (log === undefined) return fetched(requested, nowhere, absence(model, requested, request))
  const stale = log.refusalOf(requested.leaderEpoch)
  if (stale !== errorCode.NONE) return fetched(requested, log, stale)
  if (requested.offset < log.logStart || requested.offset > log.logEnd)
    return fetched(requested, log, errorCode.OFFSET_OUT_OF_RANGE)
  const below = isolation === 'read_committed' ? log.lastStable : log.logEnd
  const { bytes, aborted } = log.read(requested.offset, maxBytes, below)
  const fits = first || bytes.length <= maxBytes
  return fetched(requested, log, errorCode.NONE, aborted, fits ? bytes : null)
}

/** The bounds of a log that does not exist. */
const nowhere = { logEnd: -1n, lastStable: -1n, logStart: -1n }
const none: FetchedPartition['aborted'] = []

/** Written out: a member asks for each partition each time, and spreads cost more than the rest of the answer. */
const fetched = (
  { topic, partition }: FetchPartition,
  { logEnd, lastStable, logStart }: Pick<PartitionLog, 'logEnd' | 'lastStable' | 'logStart'>,
  code: number,
  aborted = none,
  records: Uint8Array | null = null
): FetchedPartition => ({
  topic,
  partition,
  code,
  highWatermark: logEnd,
  lastStableOffset: lastStable,
  logStart,
  aborted,
  preferredReplica: -1,
  records
})

/** A fetch session resolves topic ids when it begins; a topic that was recreated since has another id. */
const absence = (model: BrokerModel, { topic }: FetchPartition, { byTopicId, session }: FetchRequest): number => {
  if (!byTopicId) return errorCode.UNKNOWN_TOPIC_OR_PARTITION
  if (session.epoch <= 0) return errorCode.UNKNOWN_TOPIC_ID
  return model.idOf(topic) === null ? errorCode.UNKNOWN_TOPIC_OR_PARTITION : errorCode.INCONSISTENT_TOPIC_ID
}
