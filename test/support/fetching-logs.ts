import { errorCode as code } from '../../src/core/protocol/error-code.js'
import type {
  EpochEnd,
  EpochQuery,
  FetchedPartition,
  FetchPartition,
  FetchRequest
} from '../../src/core/fetching/fetch-messages.js'
import { encodeBatch } from '../../src/core/records/encode-batch.js'
import { joined, plainRecord } from './record-runs.js'

interface Batch {
  readonly from: number
  readonly epoch: number
  readonly values: readonly string[]
  readonly bytes: Uint8Array
}

/** The log of a partition, as all brokers see it, and who leads it. */
export class TrueLog {
  leader: number
  epoch = 0
  start = 0
  /** where the leader sends readers, and how many records that follower lacks */
  follower: { readonly node: number; readonly lag: number } | null = null
  /** what the next answers say instead of records */
  readonly codes: number[] = []
  /** the offsets that the leader has said it does not have */
  readonly refused = new Set<bigint>()
  private batches: readonly Batch[] = []
  private epochs: readonly { readonly epoch: number; readonly from: number }[] = [{ epoch: 0, from: 0 }]

  constructor(leader: number) {
    this.leader = leader
  }

  get end(): number {
    const last = this.batches.at(-1)
    return last === undefined ? this.start : last.from + last.values.length
  }

  /** From that offset on. */
  valuesFrom(offset: number): readonly string[] {
    return this.batches.flatMap(({ from, values }) => values.filter((_, index) => from + index >= offset))
  }

  /** Of the record below the offset, -1 if there is none. */
  epochBelow(offset: number): number {
    return this.batches.findLast(({ from }) => from < offset)?.epoch ?? -1
  }

  append(values: readonly string[]): void {
    const { end: from, epoch } = this
    const records = values.map((value) => plainRecord(value))
    const bytes = encodeBatch({ baseOffset: BigInt(from), leaderEpoch: epoch, records })
    this.batches = [...this.batches, { from, epoch, values, bytes }]
  }

  /** Another leader, whose log lacks the last batches. */
  elect(leader: number, lost: number): void {
    this.leader = leader
    this.follower = null
    const kept = this.batches.slice(0, Math.max(0, this.batches.length - lost))
    const end = kept.length === 0 ? this.start : this.end - sizeOf(this.batches.slice(kept.length))
    this.batches = kept
    this.epoch++
    this.epochs = [...this.epochs.filter(({ from }) => from < end), { epoch: this.epoch, from: end }]
  }

  /** Retention takes the first batches. */
  retain(lost: number): void {
    const kept = this.batches.slice(lost)
    const [first] = kept
    this.start = first === undefined ? this.end : first.from
    this.batches = kept
    // A log of which nothing is left goes on where it was.
    if (first === undefined) this.epochs = [{ epoch: this.epoch, from: this.start }]
  }

  fetch(node: number, asked: FetchPartition, topicId: string, room: number): FetchedPartition {
    const { topic, partition } = asked
    const { follower, end: leaderEnd } = this
    const isFollower = node === follower?.node
    const end = isFollower ? Math.max(this.start, leaderEnd - follower.lag) : leaderEnd
    const answer = (change: Partial<FetchedPartition>): FetchedPartition => {
      const ends = { highWatermark: BigInt(end), lastStableOffset: BigInt(end), logStart: BigInt(this.start) }
      return { topic, partition, code: code.NONE, ...ends, aborted: [], preferredReplica: -1, records: null, ...change }
    }
    if (asked.topicId !== topicId) return answer({ code: code.UNKNOWN_TOPIC_ID })
    if (node !== this.leader && !isFollower) {
      const currentLeader = { nodeId: this.leader, leaderEpoch: this.epoch }
      return answer({ code: code.NOT_LEADER_OR_FOLLOWER, ...(this.epoch % 2 === 0 ? { currentLeader } : {}) })
    }
    const refused = this.refusal(asked.leaderEpoch)
    if (refused !== code.NONE) return answer({ code: refused })
    const given = this.codes.shift()
    if (given !== undefined) return answer({ code: given })
    const offset = Number(asked.offset)
    if (offset < this.start || offset > end) {
      if (!isFollower) this.refused.add(asked.offset)
      return answer({ code: code.OFFSET_OUT_OF_RANGE })
    }
    if (follower !== null && !isFollower) return answer({ preferredReplica: follower.node })
    const there = this.batches.filter(({ from, values }) => from + values.length > offset && from < end)
    return answer({ records: joined(...there.map(({ bytes }) => bytes)).slice(0, Math.min(room, asked.maxBytes)) })
  }

  endOfEpoch({ topic, partition, currentLeaderEpoch, leaderEpoch }: EpochQuery, node: number): EpochEnd {
    const answer = { topic, partition, code: code.NONE, leaderEpoch: -1, endOffset: -1n }
    if (node !== this.leader) return { ...answer, code: code.NOT_LEADER_OR_FOLLOWER }
    const refused = this.refusal(currentLeaderEpoch)
    if (refused !== code.NONE) return { ...answer, code: refused }
    const at = this.epochs.findLastIndex(({ epoch }) => epoch <= leaderEpoch)
    const found = this.epochs[at]
    if (found === undefined) return answer
    return { ...answer, leaderEpoch: found.epoch, endOffset: BigInt(this.epochs[at + 1]?.from ?? this.end) }
  }

  private refusal(epoch: number): number {
    if (epoch < 0 || epoch === this.epoch) return code.NONE
    return epoch < this.epoch ? code.FENCED_LEADER_EPOCH : code.UNKNOWN_LEADER_EPOCH
  }
}

const sizeOf = (batches: readonly Batch[]): number => batches.reduce((sum, { values }) => sum + values.length, 0)

/** Reads all that is wanted, the first that has anything with one batch at least. */
export const readLogs = (
  logs: readonly TrueLog[],
  node: number,
  wanted: readonly FetchPartition[],
  topicId: string,
  { maxBytes }: FetchRequest
): readonly FetchedPartition[] => {
  let room = maxBytes
  let isFirst = true
  return wanted.map((asked) => {
    const log = logs[asked.partition]
    if (log === undefined) throw new Error(`no partition ${String(asked.partition)}`)
    const whole = isFirst ? log.fetch(node, { ...asked, maxBytes: 1e9 }, topicId, 1e9) : null
    const enough =
      whole === null || (whole.records?.length ?? 0) === 0 ? 0 : firstBatch(whole.records ?? new Uint8Array(0))
    const limits = Math.max(enough, Math.min(room, asked.maxBytes))
    const read =
      whole === null
        ? log.fetch(node, asked, topicId, room)
        : { ...whole, records: whole.records?.slice(0, limits) ?? null }
    const bytes = read.records?.length ?? 0
    if (bytes > 0) isFirst = false
    room = Math.max(0, room - bytes)
    return read
  })
}

const firstBatch = (bytes: Uint8Array): number => 12 + new DataView(bytes.buffer, bytes.byteOffset).getInt32(8)
