import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../model/fault.js'
import { groupedBy } from '../protocol/grouped-by.js'
import { idKeyOf, type TopicIdPartition } from '../group/consumer-protocol/topic-id-partition.js'
import { reconnecting } from '../protocol/reconnecting.js'
import { brokerFault, errorCode, isFatal } from '../protocol/error-code.js'
import { retryDelay } from '../scheduling/backoff-delay.js'
import { AcquiredBatch, type AcquiredPartition, type Answered } from './acquired-batch.js'
import type { LockLoss, ShareEffect, ShareFetchingOptions } from './share-fetching-messages.js'
import type { ShareAcknowledgeResponse, SharedPartition, ShareFetchResponse } from './share-messages.js'
import type { RequestInFlight, ShareNode } from './share-node.js'
import { type PartitionAnswer, ShareRenewals } from './share-renewals.js'
import { acknowledgeVerdict, shareFetchVerdict, shareSessionVerdict } from './share-verdicts.js'

/** The reason text for a broker that does not open a share session yet. */
export const waitsForShareSession = (node: number): string => `node ${String(node)} does not open a share session yet`

/** The reason text for a broker that cannot store acknowledgements: it does not reach the share coordinator. */
const waitsToAcknowledge = (node: number): string => `node ${String(node)} cannot store acknowledgements yet`

const waitsToFetch = ({ topic, partition }: AcquiredPartition): string =>
  `${topic}/${String(partition)} cannot be fetched from`

/** Reads the answers of a share session as Java's `ShareConsumeRequestManager` does. */
export class ShareAnswers {
  private readonly options: ShareFetchingOptions
  private readonly emit: (effect: ShareEffect) => void
  /** every partition that was ever assigned, by key: answers identify topics by ID */
  private readonly places = new Map<string, AcquiredPartition>()
  /** no fetch of these partitions before these times */
  private readonly waits = new Map<string, number>()
  /** partitions that were reported as not fetchable, by key */
  private readonly unfetched = new Map<string, AcquiredPartition>()
  private lockMs = 30_000
  private readonly renewals: ShareRenewals

  constructor(options: ShareFetchingOptions, emit: (effect: ShareEffect) => void) {
    this.options = options
    this.emit = emit
    this.renewals = new ShareRenewals(options, emit)
  }

  /** the duration of a broker's locks */
  get lockTimeoutMs(): number {
    return this.lockMs
  }
  /** Whether brokers renew locks, as far as known. */
  get renews(): boolean {
    return this.renewals.areSupported
  }

  /** Answers may name these partitions from now on; reported waits for others end. */
  assigned(places: readonly AcquiredPartition[]): void {
    const keys = new Set(places.map(idKeyOf))
    for (const { topic, topicId, partition } of places)
      this.places.set(idKeyOf({ topicId, partition }), { topic, topicId, partition })
    for (const [key, place] of this.unfetched) if (!keys.has(key)) this.isFetched(place)
  }

  /** When the partition may be fetched again. */
  notBefore(place: TopicIdPartition): number {
    return this.waits.get(idKeyOf(place)) ?? 0
  }

  /** `isFetching`: whether the member still takes acquired records; otherwise they are released. */
  fetched(
    node: ShareNode,
    request: RequestInFlight,
    result: Either<Fault, ShareFetchResponse>,
    isFetching: boolean,
    now: number
  ): void {
    const answer = this.served(node, 'ShareFetch', result, request, now)
    if (answer === null) return
    if (answer.lockTimeoutMs > 0) this.lockMs = answer.lockTimeoutMs
    const acknowledged = answer.partitions.map(({ topicId, partition, acknowledgeCode }) => ({
      topicId,
      partition,
      code: acknowledgeCode
    }))
    this.acknowledged(node, request, acknowledged, 'ShareFetch', now)
    for (const one of answer.partitions) this.take(node, one, isFetching, now)
    node.sweep()
  }

  acknowledgedBy(
    node: ShareNode,
    request: RequestInFlight,
    result: Either<Fault, ShareAcknowledgeResponse>,
    now: number
  ): void {
    if (request.kind === 'renew' && isLeft(result) && result.left._tag === 'UnsupportedVersionFault') {
      this.renewals.unsupported(result.left, this.lockMs)
      return
    }
    const answer = this.served(node, 'ShareAcknowledge', result, request, now)
    if (answer === null) return
    if (answer.lockTimeoutMs > 0) this.lockMs = answer.lockTimeoutMs
    if (request.kind === 'renew') this.renewals.answered(node, request, answer.partitions, this.lockMs, now)
    else this.acknowledged(node, request, answer.partitions, 'ShareAcknowledge', now)
    node.sweep()
  }

  /** The session has ended: locks and requests in flight are lost. */
  sessionOver(node: ShareNode, fault: Fault | null, reason: LockLoss): void {
    const { inFlight } = node
    if (inFlight !== null) this.settle(inFlight.batches, () => ({ how: 'lost', fault }))
    for (const batch of node.batches) this.lose(batch, reason)
    this.canStore(node)
    node.clear()
  }

  lose(batch: AcquiredBatch, reason: LockLoss): void {
    const records = batch.lose()
    if (records > 0) this.emit({ _tag: 'locks lost', batch, records, reason })
  }

  /** The answer, if the session continues. */
  private served<A extends { readonly code: number; readonly message: string | null }>(
    node: ShareNode,
    api: string,
    result: Either<Fault, A>,
    request: RequestInFlight,
    now: number
  ): A | null {
    const verdict = isLeft(result) ? 'refused' : shareSessionVerdict(result.right.code)
    if (!isLeft(result) && verdict === 'goes on') {
      node.session.answered()
      node.failures = 0
      return result.right
    }
    const fault = isLeft(result)
      ? result.left
      : brokerFault(api, result.right.code, undefined, undefined, result.right.message)
    // The answer settles the request, which is not in flight any more.
    node.inFlight = request
    this.sessionOver(node, fault, 'session over')
    if (verdict === 'group refused')
      this.emit({ _tag: 'fatal', fault: { _tag: 'AuthorizationFault', resource: 'group', name: this.options.groupId } })
    else if (isFatal(fault)) this.emit({ _tag: 'fatal', fault })
    else this.tryAgain(node, fault, verdict === 'forgotten', now)
    return null
  }

  private tryAgain(node: ShareNode, fault: Fault, isForgotten: boolean, now: number): void {
    const { options } = this
    // A forgotten session is opened again at once.
    if (isForgotten && node.failures++ === 0) return
    const inMs = retryDelay(Math.max(1, isForgotten ? node.failures : ++node.failures), options, options.random)
    node.notBefore = now + inMs
    const broker = `node ${String(node.id)}`
    if (fault._tag === 'BrokerFault')
      this.emit({ _tag: 'event', event: { _tag: 'waiting', reason: waitsForShareSession(node.id), fault, inMs } })
    else {
      this.emit({ _tag: 'event', event: reconnecting(fault, broker, node.failures, inMs) })
      this.emit({ _tag: 'refresh metadata' })
    }
  }

  private take(node: ShareNode, fetched: SharedPartition, isFetching: boolean, now: number): void {
    const place = this.places.get(idKeyOf(fetched))
    if (place === undefined) return
    if (shareFetchVerdict(fetched.code) !== 'served') {
      this.refused(place, fetched, now)
      return
    }
    this.waits.delete(idKeyOf(place))
    this.isFetched(place)
    if (fetched.acquired.length === 0) return
    const batches = fetched.acquired.map((acquired) => new AcquiredBatch(place, node.id, acquired, now, this.lockMs))
    this.loseFormer(node, batches)
    for (const batch of batches) {
      node.batches.add(batch)
      if (!isFetching) batch.acknowledgeRest('release')
    }
    if (!isFetching) {
      node.pendingSince ??= now
      return
    }
    const { topic, partition } = place
    this.emit({ _tag: 'acquired', records: { topic, partition, batches, bytes: fetched.records } })
  }

  /** A record that is acquired again has lost its former lock: acknowledging that one would acknowledge the new one. */
  private loseFormer(node: ShareNode, acquired: readonly AcquiredBatch[]): void {
    for (const batch of acquired) {
      if (batch.deliveryCount === 1) continue
      const key = idKeyOf(batch.place)
      for (const former of node.batches)
        if (idKeyOf(former.place) === key && former.overlaps(batch)) this.lose(former, 'expired')
    }
  }

  private refused(place: AcquiredPartition, fetched: SharedPartition, now: number): void {
    const { topic, partition } = place
    if (shareFetchVerdict(fetched.code) === 'unauthorized') {
      this.emit({ _tag: 'fatal', fault: { _tag: 'AuthorizationFault', resource: 'topic', name: topic } })
      return
    }
    const { retryBackoffMs: inMs } = this.options
    this.waits.set(idKeyOf(place), now + inMs)
    if (fetched.currentLeader !== null)
      this.emit({ _tag: 'leader named', partition: { topic, partition }, leader: fetched.currentLeader })
    else {
      const fault = brokerFault('ShareFetch', fetched.code, topic, partition)
      this.unfetched.set(idKeyOf(place), place)
      this.emit({ _tag: 'event', event: { _tag: 'waiting', reason: waitsToFetch(place), fault, inMs } })
      this.emit({ _tag: 'refresh metadata' })
    }
  }

  private isFetched(place: AcquiredPartition): void {
    if (!this.unfetched.delete(idKeyOf(place))) return
    this.emit({ _tag: 'event', event: { _tag: 'recovered', from: 'waiting', what: waitsToFetch(place), afterMs: 0 } })
  }

  private acknowledged(
    node: ShareNode,
    { batches }: RequestInFlight,
    answers: readonly PartitionAnswer[],
    api: string,
    now: number
  ): void {
    const codes = new Map(answers.map((one) => [idKeyOf(one), one.code]))
    this.settle(batches, (key, { topic, partition }, those) => {
      // If the answer leaves a partition out, its acknowledgements may not have taken effect.
      const code = codes.get(key) ?? errorCode.UNKNOWN_SERVER_ERROR
      const verdict = acknowledgeVerdict(code)
      const fault = verdict === 'done' ? null : brokerFault(api, code, topic, partition)
      if (fault === null || verdict === 'later') return { how: this.stored(node, fault, now), fault }
      // The broker refuses all acknowledgements of a partition if it refuses one.
      const isSentAgain = verdict === 'invalid state' && node.refused.refused(key, those)
      return { how: isSentAgain ? 'refused' : 'lost', fault }
    })
  }

  /**
   * The outcome of acknowledgements that the broker stored, or could not store because it did not reach the share coordinator.
   * In the second case nothing has changed and the locks last, so they are sent again, as in Java's client (`SharePartition`
   * rolls back what its persister refuses).
   */
  private stored(node: ShareNode, fault: Fault | null, now: number): Answered {
    if (fault === null) {
      this.canStore(node)
      return 'done'
    }
    const inMs = retryDelay(++node.unstored, this.options, this.options.random)
    node.notBefore = Math.max(node.notBefore, now + inMs)
    node.pendingSince ??= now
    this.emit({ _tag: 'event', event: { _tag: 'waiting', reason: waitsToAcknowledge(node.id), fault, inMs } })
    return 'again'
  }

  /** Reports that the broker stores acknowledgements again, or has none to store any more. */
  private canStore(node: ShareNode): void {
    if (node.unstored === 0) return
    node.unstored = 0
    const what = waitsToAcknowledge(node.id)
    this.emit({ _tag: 'event', event: { _tag: 'recovered', from: 'waiting', what, afterMs: 0 } })
  }

  /** The acknowledgements of these batches were answered, or will not be. */
  private settle(
    batches: readonly AcquiredBatch[],
    outcomeOf: (
      key: string,
      place: AcquiredPartition,
      batches: readonly AcquiredBatch[]
    ) => { readonly how: Answered; readonly fault: Fault | null }
  ): void {
    for (const [key, those] of groupedBy(batches, ({ place }) => idKeyOf(place))) {
      const [first] = those
      if (first === undefined) continue
      const { how, fault } = outcomeOf(key, first.place, those)
      const counts = { accept: 0, release: 0, reject: 0, lost: 0 }
      for (const batch of those) {
        const answered = batch.answered(how)
        for (const fate of ['accept', 'release', 'reject', 'lost'] as const) counts[fate] += answered[fate]
      }
      const { accept: accepted, release: released, reject: rejected, lost } = counts
      if (accepted + released + rejected + lost === 0) continue
      const { topic, partition } = first.place
      this.emit({ _tag: 'acknowledged', event: { topic, partition, accepted, released, rejected, lost, fault } })
    }
  }
}
