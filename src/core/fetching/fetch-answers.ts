import type { Fault } from '../../model/fault.js'
import { brokerFault } from '../protocol/error-code.js'
import { ownBytes } from '../records/own-bytes.js'
import { type DecodedRun, recordRun } from '../records/record-run.js'
import { retryDelay } from '../scheduling/backoff-delay.js'
import type { EpochVerdict } from './epoch-checks.js'
import type { Emit, FetchingOptions, Leaders } from './fetch-effects.js'
import type { CurrentLeader, FetchedPartition } from './fetch-messages.js'
import { corruptRetries, fetchVerdict } from './fetch-verdict.js'
import type { PartitionFetchState, RequestedPartition } from './partition-fetch-state.js'

const noBytes = new Uint8Array(0)

const waitsFor = ({ key }: PartitionFetchState): string => `${key} cannot be read at the moment`

/** Decides what an answer means for each partition, and how reading continues. */
export class FetchAnswers {
  private readonly options: FetchingOptions
  private readonly leaders: Leaders
  private readonly emit: Emit

  constructor(options: FetchingOptions, leaders: Leaders, emit: Emit) {
    this.options = options
    this.leaders = leaders
    this.emit = emit
  }

  /** Takes the answer of `node`, if the partition's state has not changed since the request. */
  take({ state, leaderEpoch }: RequestedPartition, fetched: FetchedPartition, node: number, now: number): void {
    const { place, position, refusals } = state
    switch (fetchVerdict(fetched.code)) {
      case 'served':
        state.confirmed(leaderEpoch)
        this.served(state, fetched, now)
        break
      case 'out of range':
        // A follower may only be behind, even one that is no longer read from: the leader is asked before a reset.
        if (node !== state.leader.node) {
          state.readFrom(null)
          break
        }
        state.awaitPosition()
        this.emit({ _tag: 'out of range', partition: place, cursor: position.cursor, offset: position.offset })
        break
      case 'unauthorized':
        this.unauthorized(state, now)
        break
      case 'corrupt': {
        const corrupt = refusals.corrupt + 1
        state.refused({ corrupt, notBefore: now + this.delayAfter(corrupt) })
        if (corrupt <= corruptRetries) break
        this.corrupt(state, 'the broker says that its log is corrupt (CORRUPT_MESSAGE)')
        break
      }
      case 'not served':
        if (fetched.currentLeader !== undefined && this.learnLeader(state, fetched.currentLeader, now)) break
        this.lookElsewhere(state, brokerFault('Fetch', fetched.code, place.topic, place.partition), now)
    }
  }

  /** The leader's verdict on the position. */
  checked(state: PartitionFetchState, verdict: EpochVerdict, now: number): void {
    const { place, position } = state
    switch (verdict._tag) {
      case 'in the log':
        break
      case 'truncated':
        state.awaitPosition()
        this.emit({ _tag: 'truncated', partition: place, cursor: position.cursor, endOffset: verdict.endOffset })
        break
      case 'recreated':
        state.awaitPosition()
        this.emit({ _tag: 'recreated', partition: place })
        break
      case 'unauthorized':
        this.unauthorized(state, now)
        break
      case 'not ready':
        this.lookElsewhere(state, verdict.fault, now)
    }
  }

  /** The partition is served, or not waited for any more: a reported wait has ended. */
  waitIsOver(state: PartitionFetchState): void {
    if (state.refusals.count >= 2)
      this.emit({ _tag: 'event', event: { _tag: 'recovered', from: 'waiting', what: waitsFor(state), afterMs: 0 } })
  }

  /** A broker that is not the leader names the leader: this needs no metadata request, and no wait. */
  private learnLeader(state: PartitionFetchState, named: CurrentLeader, now: number): boolean {
    if (!this.leaders.learnLeader(state.place, named)) return false
    state.located({ topicId: state.leader.topicId, node: named.nodeId, epoch: named.leaderEpoch })
    state.readFrom(null)
    const count = state.refusals.count + 1
    // If brokers name each other, requests pause between them.
    state.refused(count > 1 ? { count, notBefore: now + this.delayAfter(count - 1) } : { count })
    return true
  }

  /** The leader has moved, or is not ready: the position is kept, and the leader is looked up. */
  private lookElsewhere(state: PartitionFetchState, fault: Fault, now: number): void {
    const count = state.refusals.count + 1
    const inMs = this.delayAfter(count)
    state.refused({ fault, count, notBefore: now + inMs })
    state.readFrom(null)
    // One refusal only means that the leader has moved: the next attempt finds it.
    if (count >= 2) this.emit({ _tag: 'event', event: { _tag: 'waiting', reason: waitsFor(state), fault, inMs } })
    this.emit({ _tag: 'refresh metadata' })
  }

  /** The wait before a partition is requested again after this many refusals (KIP-580). */
  private delayAfter(refusals: number): number {
    return retryDelay(refusals, this.options, this.options.random)
  }

  private served(state: PartitionFetchState, fetched: FetchedPartition, now: number): void {
    this.waitIsOver(state)
    state.served()
    if (fetched.preferredReplica >= 0)
      state.readFrom({ node: fetched.preferredReplica, until: now + this.options.metadataMaxAgeMs })
    const { highWatermark, lastStableOffset, logStart } = fetched
    const { cursor, highWatermark: formerEnd, lastStableOffset: formerStableEnd } = state.position
    const isNews = highWatermark !== formerEnd || lastStableOffset !== formerStableEnd
    const bytes = fetched.records ?? noBytes
    if (bytes.length === 0 && !isNews) return
    const run = this.runOf(state, fetched, bytes)
    if (run.truncated) {
      this.cutOff(state)
      return
    }
    state.received(run, fetched)
    this.emit({ _tag: 'records', fetched: { run, cursor, highWatermark, lastStableOffset, logStart } })
  }

  private runOf({ place, position }: PartitionFetchState, fetched: FetchedPartition, bytes: Uint8Array): DecodedRun {
    const { isolation, checkCrcs, checksum, maxDecompressedBytes, decompress } = this.options
    return recordRun({
      topic: place.topic,
      partition: place.partition,
      fetchOffset: position.offset,
      behindEpoch: position.behindEpoch,
      highWatermark: fetched.highWatermark,
      bytes: ownBytes(bytes),
      aborted: fetched.aborted,
      isolation,
      checksum: checkCrcs ? checksum : null,
      maxDecompressedBytes,
      decompress
    })
  }

  /** Less than one batch came: the batch is larger than the requested size, so the size grows if it can. */
  private cutOff(state: PartitionFetchState): void {
    const { fetchMaxBytes, maxPartitionFetchBytes } = this.options
    if (state.minimumBytes < fetchMaxBytes)
      state.enlarge(Math.min(fetchMaxBytes, Math.max(maxPartitionFetchBytes, state.minimumBytes * 2)))
    else
      this.corrupt(
        state,
        'its bytes end within a batch, though the request allowed as many as it may (fetch.max.bytes)'
      )
  }

  /** A pattern covers only the topics that the user may read: those of which he may not even know leave the subscription. */
  private unauthorized(state: PartitionFetchState, now: number): void {
    const { topic } = state.place
    const fault: Fault = { _tag: 'AuthorizationFault', resource: 'topic', name: topic }
    if (this.leaders.isNamed(topic)) this.refused(state, fault)
    else this.lookElsewhere(state, fault, now)
  }

  private corrupt(state: PartitionFetchState, reason: string): void {
    const { topic, partition } = state.place
    this.refused(state, { _tag: 'CorruptBatchFault', topic, partition, offset: state.position.offset, reason })
  }

  private refused(state: PartitionFetchState, fault: Fault): void {
    state.awaitPosition()
    this.emit({ _tag: 'refused', partition: state.place, cursor: state.position.cursor, fault })
  }
}
