import { errorCode } from '../../core/protocol/error-code.js'
import type { Clock } from '../../model/clock.js'
import type {
  FetchedPartition,
  FetchPartition,
  FetchRequest,
  FetchResponse,
  IdentifiedPartition
} from '../../ports/kafka-calls.js'

/** `max.incremental.fetch.session.cache.slots` and `min.incremental.fetch.session.eviction.ms` */
const slots = 1_000
const evictionMs = 120_000
const lastEpoch = 0x7fffffff

interface SessionPartition {
  requested: FetchPartition
  /** as last sent to the client; -1: the next answer has to name the partition */
  highWatermark: bigint
  logStart: bigint
}

interface Session {
  readonly id: number
  /** of the next request */
  epoch: number
  usedAt: number
  /** whether topics are identified by ID */
  readonly byTopicId: boolean
  /** in reading order */
  readonly partitions: Map<string, SessionPartition>
}

/** A fetch request, completed by its session. */
export type BegunFetch =
  | { readonly _tag: 'refused'; readonly code: number }
  | {
      readonly _tag: 'begun'
      readonly wanted: readonly FetchPartition[]
      /** The answer with the news in the read partitions, in the order of `wanted`. */
      readonly answer: (read: readonly FetchedPartition[]) => FetchResponse
    }

/** The requests and answers of clients' fetch sessions (KIP-227), kept as `FetchManager` and `FetchSession` of Kafka 4.1 do. */
export class FetchSessions {
  private readonly clock: Clock
  private readonly sessions = new Map<number, Session>()
  private lastId = 0

  constructor(clock: Clock) {
    this.clock = clock
  }

  begin(request: FetchRequest): BegunFetch {
    const { id, epoch } = request.session
    if (epoch <= 0) {
      this.sessions.delete(id)
      const answer = (read: readonly FetchedPartition[]): FetchResponse => ({
        code: errorCode.NONE,
        sessionId: epoch < 0 ? 0 : this.open(request, read),
        partitions: read
      })
      return { _tag: 'begun', wanted: request.partitions, answer }
    }
    const session = this.sessions.get(id)
    if (session === undefined) return { _tag: 'refused', code: errorCode.FETCH_SESSION_ID_NOT_FOUND }
    if (session.epoch !== epoch) return { _tag: 'refused', code: errorCode.INVALID_FETCH_SESSION_EPOCH }
    if (session.byTopicId !== request.byTopicId)
      return { _tag: 'refused', code: errorCode.FETCH_SESSION_TOPIC_ID_ERROR }
    update(session, request)
    const next = epoch === lastEpoch ? 1 : epoch + 1
    session.epoch = next
    session.usedAt = this.clock.now()
    const wanted = [...session.partitions.values()].map(({ requested }) => requested)
    return {
      _tag: 'begun',
      wanted,
      answer: (read) =>
        // A newer request has come while this one waited.
        session.epoch === next
          ? {
              code: errorCode.NONE,
              sessionId: id,
              partitions: read.filter((one, at) => isNews(session, wanted[at], one))
            }
          : { code: errorCode.INVALID_FETCH_SESSION_EPOCH, sessionId: 0, partitions: [] }
    }
  }

  /** The ID of a new session; 0 if there is no room for one. */
  private open({ partitions: requested, byTopicId }: FetchRequest, read: readonly FetchedPartition[]): number {
    if (requested.length === 0) return 0
    const now = this.clock.now()
    const oldest = [...this.sessions.values()].reduce<Session | null>(
      (found, one) => (found === null || one.usedAt < found.usedAt ? one : found),
      null
    )
    if (oldest !== null && this.sessions.size >= slots) {
      if (now - oldest.usedAt <= evictionMs) return 0
      this.sessions.delete(oldest.id)
    }
    const session: Session = { id: ++this.lastId, epoch: 1, usedAt: now, byTopicId, partitions: new Map() }
    for (const one of requested) add(session, one)
    for (const [at, one] of read.entries()) isNews(session, requested[at], one)
    this.sessions.set(session.id, session)
    return session.id
  }
}

const add = (session: Session, requested: FetchPartition): void => {
  session.partitions.set(keyOf(requested), { requested, highWatermark: -1n, logStart: -1n })
}

/** A partition of a recreated topic is another partition. */
const keyOf = ({ topic, topicId, partition }: IdentifiedPartition): string => `${topicId ?? topic}/${String(partition)}`

const update = (session: Session, { partitions, forgotten }: FetchRequest): void => {
  for (const requested of partitions) {
    const known = session.partitions.get(keyOf(requested))
    if (known === undefined) add(session, requested)
    else known.requested = requested
  }
  for (const one of forgotten) session.partitions.delete(keyOf(one))
}

/** Whether the answer has to name the partition; records that it does. */
const isNews = ({ partitions }: Session, requested: FetchPartition | undefined, read: FetchedPartition): boolean => {
  const key = requested === undefined ? '' : keyOf(requested)
  const known = partitions.get(key)
  if (known === undefined) return true
  const failed = read.code !== errorCode.NONE
  const hasRecords = (read.records?.length ?? 0) > 0
  const moved = read.highWatermark !== known.highWatermark || read.logStart !== known.logStart
  known.highWatermark = failed ? -1n : read.highWatermark
  known.logStart = read.logStart
  // A partition with records comes last the next time.
  if (hasRecords) {
    partitions.delete(key)
    partitions.set(key, known)
  }
  return failed || hasRecords || moved || read.preferredReplica >= 0
}
