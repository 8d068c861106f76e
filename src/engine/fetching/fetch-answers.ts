import { corruptRetries } from '../../core/fetching/corrupt-retries.js'
import { brokerFault, errorCode as code } from '../../core/protocol/error-code.js'
import { ownBytes } from '../../core/records/own-bytes.js'
import { recordRun } from '../../core/records/record-run.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { FetchedPartition } from '../../ports/kafka-calls.js'
import { type AskedPartition, type FetchState, readFrom } from './fetch-state.js'
import type { SessionContext } from '../session-context.js'
import type { TopicMetadata } from '../topic-metadata.js'

const noBytes = new Uint8Array(0)

const waitsFor = ({ topic, partition }: FetchState): string =>
  `${partitionKey(topic, partition)} cannot be read at the moment`

/** What an answer says of one partition, and what follows from it for the reading of it. */
export class FetchAnswers {
  private readonly context: SessionContext
  private readonly metadata: TopicMetadata

  constructor(context: SessionContext, metadata: TopicMetadata) {
    this.context = context
    this.metadata = metadata
  }

  /** The answer is to the very question that the partition's state still stands for. */
  take({ state, leaderEpoch }: AskedPartition, fetched: FetchedPartition): void {
    const { settings, clock, handlers } = this.context
    switch (fetched.code) {
      case code.NONE:
        // The broker has checked the epoch that it was asked with: up to there the position is in its log.
        state.checkedUnder = Math.max(state.checkedUnder, leaderEpoch)
        this.received(state, fetched)
        break
      case code.OFFSET_OUT_OF_RANGE:
        // A follower may only lag behind: ask the leader before anything is reset.
        if (state.replica !== null) {
          readFrom(state, null)
          break
        }
        state.readable = false
        handlers.outOfRange(state, state.cursor, state.offset)
        break
      case code.TOPIC_AUTHORIZATION_FAILED:
        state.readable = false
        handlers.refused(state, state.cursor, { _tag: 'AuthorizationFault', resource: 'topic', name: state.topic })
        break
      case code.CORRUPT_MESSAGE:
        state.corrupt++
        state.notBefore = clock.now() + settings.retryBackoffMs
        if (state.corrupt <= corruptRetries) break
        this.corrupt(state, 'the broker says that its log is corrupt (CORRUPT_MESSAGE)')
        break
      default:
        // Who does not lead it says who does: no metadata is asked for, and nothing is waited for.
        if (fetched.currentLeader !== undefined && this.metadata.learnLeader(state, fetched.currentLeader)) {
          state.leader = fetched.currentLeader.nodeId
          state.currentLeaderEpoch = fetched.currentLeader.leaderEpoch
          readFrom(state, null)
          // Brokers that name each other are not asked without a pause.
          if (++state.refusals > 1) state.notBefore = clock.now() + settings.retryBackoffMs
          break
        }
        this.lookElsewhere(state, brokerFault('Fetch', fetched.code, state.topic, state.partition))
    }
  }

  /** The leader is elsewhere, or not ready: the position is kept, and where it is looked for. */
  lookElsewhere(state: FetchState, fault: Fault): void {
    const { settings, clock, handlers } = this.context
    const inMs = settings.retryBackoffMs
    state.trouble = fault
    state.refusals++
    state.notBefore = clock.now() + inMs
    readFrom(state, null)
    // Not of a leader that has only moved: by the next attempt it is known where.
    if (state.refusals >= 2) handlers.event({ _tag: 'waiting', reason: waitsFor(state), fault, inMs })
    this.metadata.refresh()
  }

  private received(state: FetchState, fetched: FetchedPartition): void {
    const { settings, handlers, clock } = this.context
    if (state.refusals >= 2) handlers.event({ _tag: 'recovered', from: 'waiting', what: waitsFor(state), afterMs: 0 })
    state.corrupt = state.refusals = 0
    state.trouble = null
    if (fetched.preferredReplica >= 0) {
      readFrom(state, { node: fetched.preferredReplica, until: clock.now() + settings.metadataMaxAgeMs })
    }
    const { highWatermark, lastStableOffset } = fetched
    const news = highWatermark !== state.highWatermark || lastStableOffset !== state.lastStableOffset
    const bytes = fetched.records ?? noBytes
    if (bytes.length === 0 && !news) return
    const run = recordRun({
      topic: state.topic,
      partition: state.partition,
      fetchOffset: state.offset,
      behindEpoch: state.behindEpoch,
      highWatermark,
      bytes: ownBytes(bytes),
      aborted: fetched.aborted,
      isolation: settings.isolation,
      checksum: settings.checkCrcs ? this.context.checksum : null,
      maxDecompressedBytes: settings.maxDecompressedBytes,
      decompress: this.context.decompress
    })
    if (run.truncated) {
      this.cutOff(state)
      return
    }
    state.highWatermark = highWatermark
    state.lastStableOffset = lastStableOffset
    if (bytes.length > 0) state.minimumBytes = run.largestBatch
    if (run.nextOffset > state.offset) state.behindEpoch = run.leaderEpoch
    state.offset = run.nextOffset
    if (run.leaderEpoch >= 0) state.leaderEpoch = run.leaderEpoch
    handlers.records({ run, cursor: state.cursor, highWatermark, lastStableOffset, logStart: fetched.logStart })
  }

  /** Less than one batch came: it is larger than what was asked for, unless no more can be. */
  private cutOff(state: FetchState): void {
    const { fetchMaxBytes, maxPartitionFetchBytes } = this.context.settings
    if (state.minimumBytes < fetchMaxBytes)
      state.minimumBytes = Math.min(fetchMaxBytes, Math.max(maxPartitionFetchBytes, state.minimumBytes * 2))
    else this.corrupt(state, 'its bytes end within a batch, though as many were asked for as may be (fetch.max.bytes)')
  }

  private corrupt(state: FetchState, reason: string): void {
    state.readable = false
    const { topic, partition, offset } = state
    this.context.handlers.refused(state, state.cursor, { _tag: 'CorruptBatchFault', topic, partition, offset, reason })
  }
}
