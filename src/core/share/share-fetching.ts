import { idKeyOf } from '../group/consumer-protocol/topic-id-partition.js'
import type { Acknowledgement, AcquiredBatch } from './acquired-batch.js'
import { FetchRoom } from './fetch-room.js'
import { ShareAnswers } from './share-answers.js'
import type { LocatedPartition, ShareAnswer, ShareEffect, ShareFetchingOptions } from './share-fetching-messages.js'
import { byPartition, type RequestInFlight, ShareNode } from './share-node.js'
import { sessionEpoch, type ShareAcknowledgeRequest } from './share-messages.js'

/** How long acknowledgements wait for others, or for a fetch that can include them. */
const lingerMs = 20

/**
 * The fetching and acknowledging of a share group's member, as a state machine: one share session for each broker that leads an
 * assigned partition, with one request in flight.
 *
 * - Records are requested from a broker while the member has room for them: at least half of its share of `maxInFlight`. After
 *   a batch larger than `max.poll.records`, the next is fetched ahead when the rest will be acknowledged before it comes.
 *   Acknowledgements go with the next fetch, or alone if none is due.
 * - Locks are renewed when two thirds of their duration are over.
 * - When a session ends (an error code, a broken connection), its locks are lost, since the broker releases them; none of its
 *   acknowledgements is sent again. The same holds for a partition whose leader has moved: locks are not replicated.
 */
export class ShareFetching {
  private readonly options: ShareFetchingOptions
  private readonly answers: ShareAnswers
  private readonly room: FetchRoom
  private readonly nodes = new Map<number, ShareNode>()
  private assigned: readonly LocatedPartition[] = []
  private memberId = ''
  private effects: ShareEffect[] = []
  private attempts = 0
  private phase: 'fetching' | 'stopped' | 'closing' | 'closed' = 'fetching'
  private wakeAt: number | null = null

  constructor(options: ShareFetchingOptions) {
    this.options = options
    this.room = new FetchRoom(options)
    this.answers = new ShareAnswers(options, (effect) => {
      this.effects.push(effect)
    })
  }

  /** records that are acquired and not acknowledged */
  get locked(): number {
    let all = 0
    for (const { locked } of this.nodes.values()) all += locked
    return all
  }

  /** Whether a broker gets no fetch because its share of `maxInFlight` is used up. Others may have room. */
  get isFull(): boolean {
    return [...this.nodes.values()].some((node) => this.room.isFull(node))
  }

  /** When the batch's locks expire if it is not acknowledged. */
  lastsUntil(batch: AcquiredBatch): number {
    const { acquiredAt, deadline, renewAt } = batch
    const isRenewed = this.answers.renews && this.isRenewed(batch, renewAt)
    return isRenewed ? Math.max(deadline, acquiredAt + this.options.renewForMs) : deadline
  }

  /** Sets the assigned partitions and their leaders. */
  assign(memberId: string, assigned: readonly LocatedPartition[], now: number): readonly ShareEffect[] {
    this.memberId = memberId
    this.assigned = assigned
    const leaders = new Map<string, number | null>()
    this.room.dividedBy(new Set(assigned.map((one) => one.leader)).size)
    this.answers.assigned(assigned)
    for (const { leader, ...place } of assigned) {
      leaders.set(idKeyOf(place), leader)
      if (leader !== null && !this.nodes.has(leader)) this.nodes.set(leader, new ShareNode(leader))
    }
    for (const node of this.nodes.values())
      for (const batch of node.batches) {
        const leader = leaders.get(idKeyOf(batch.place)) ?? null
        // Requests in flight are answered by the former leader.
        if (leader === null || leader === node.id) continue
        this.answers.lose(batch, 'leader moved')
        if (batch.isDone) node.batches.delete(batch)
      }
    return this.goOn(now)
  }

  /** The group has removed the member: its locks are released, and its sessions have ended. */
  memberLost(now: number): readonly ShareEffect[] {
    this.assigned = []
    for (const node of this.nodes.values()) this.answers.sessionOver(node, null, 'member lost')
    return this.goOn(now)
  }

  /** Has no effect if the record is acknowledged, or its lock is lost. */
  acknowledge(batch: AcquiredBatch, seq: number, as: Acknowledgement, now: number): readonly ShareEffect[] {
    const node = this.nodes.get(batch.node)
    if (node === undefined || !batch.acknowledge(seq, as)) return []
    node.pendingSince ??= now
    node.pace.recordAcknowledged(now)
    if (node.inFlight !== null) return []
    // On a later turn, together with all acknowledgements of this one.
    const inMs = this.phase !== 'fetching' || this.mayFetch(node, now) ? 0 : lingerMs
    return this.wakeAt !== null && this.wakeAt <= now + inMs ? [] : this.wake(now, inMs)
  }

  /** The time of the last `wake` has come. */
  tick(now: number): readonly ShareEffect[] {
    this.wakeAt = null
    return this.goOn(now)
  }

  answered(node: number, attempt: number, { _tag, answer }: ShareAnswer, now: number): readonly ShareEffect[] {
    const one = this.nodes.get(node)
    const request = one?.inFlight
    if (one === undefined || request?.attempt !== attempt) return []
    one.inFlight = null
    const { locked: before } = one
    if (_tag === 'fetch') this.answers.fetched(one, request, answer, this.phase === 'fetching', now)
    else this.answers.acknowledgedBy(one, request, answer, now)
    const acquired = one.locked - before
    if (acquired > 0) one.pace.fetched(request.sentAt, this.room.isLarge(acquired), now)
    if (request.kind === 'close') one.isClosed = true
    return this.goOn(now)
  }

  /** Stops acquiring records. */
  stop(now: number): readonly ShareEffect[] {
    if (this.phase === 'fetching') this.phase = 'stopped'
    return this.goOn(now)
  }

  /** Releases locked records, and closes the sessions. */
  close(now: number): readonly ShareEffect[] {
    if (this.phase === 'closed') return []
    this.phase = 'closing'
    return this.goOn(now)
  }

  private goOn(now: number): readonly ShareEffect[] {
    if (this.phase === 'closed') return []
    for (const node of this.nodes.values()) this.advance(node, now)
    const isOver = this.phase === 'closing' && [...this.nodes.values()].every(({ isClosed }) => isClosed)
    const at = isOver ? null : this.nextWake(now)
    this.wakeAt = at
    this.effects.push({ _tag: 'wake', inMs: at === null ? null : Math.max(0, at - now) })
    if (isOver) {
      this.phase = 'closed'
      this.effects.push({ _tag: 'closed' })
    }
    const { effects } = this
    this.effects = []
    return effects
  }

  private wake(now: number, inMs: number): readonly ShareEffect[] {
    this.wakeAt = now + inMs
    return [{ _tag: 'wake', inMs }]
  }

  private advance(node: ShareNode, now: number): void {
    this.expire(node, now)
    if (this.phase === 'closing') this.release(node, now)
    if (node.inFlight !== null) return
    if (this.phase === 'closing') this.closeSession(node, now)
    else if (now >= node.notBefore) this.send(node, now)
  }

  private send(node: ShareNode, now: number): void {
    const renewed = this.dueForRenewal(node, now)
    if (renewed.length > 0) this.renew(node, renewed, now)
    // A fetch that waits for records would delay the parts, which follow one another.
    else if (!node.refused.isEmpty) this.acknowledgeAlone(node, now)
    else if (this.mayFetch(node, now)) this.fetch(node, now)
    else if (node.pending > 0 && now >= this.sendsAt(node)) this.acknowledgeAlone(node, now)
  }

  private expire(node: ShareNode, now: number): void {
    for (const batch of node.batches) if (batch.deadline <= now) this.answers.lose(batch, 'expired')
    node.sweep()
  }

  private release(node: ShareNode, now: number): void {
    for (const batch of node.batches) if (batch.acknowledgeRest('release') > 0) node.pendingSince ??= now
  }

  private closeSession(node: ShareNode, now: number): void {
    if (node.isClosed) return
    if (!node.session.isOpen) {
      node.isClosed = true
      return
    }
    // Not in the request that closes: refused acknowledgements could not be sent again.
    if (node.pending > 0) {
      if (now >= node.notBefore) this.acknowledgeAlone(node, now)
      return
    }
    const { attempt } = this.begin(node, 'close', [], now)
    this.sendAlone(node, attempt, { renews: false, sessionEpoch: sessionEpoch.close, partitions: [] })
  }

  private dueForRenewal(node: ShareNode, now: number): readonly AcquiredBatch[] {
    if (!this.answers.renews) return []
    const due = [...node.batches].filter(
      (batch) => batch.locked > 0 && batch.renewAt <= now && this.isRenewed(batch, now)
    )
    return node.takeForRenewal(due)
  }

  /** A record whose handler hangs is not renewed for ever. */
  private isRenewed({ acquiredAt }: AcquiredBatch, now: number): boolean {
    return now - acquiredAt < this.options.renewForMs
  }

  private renew(node: ShareNode, batches: readonly AcquiredBatch[], now: number): void {
    const renewals = byPartition(batches, (batch) => batch.renewals())
    const { attempt } = this.begin(node, 'renew', batches, now)
    this.sendAlone(node, attempt, { renews: true, ...node.session.acknowledge(renewals) })
  }

  private acknowledgeAlone(node: ShareNode, now: number): void {
    const { batches, acknowledged } = node.take()
    const { attempt } = this.begin(node, 'acknowledge', batches, now)
    this.sendAlone(node, attempt, { renews: false, ...node.session.acknowledge(acknowledged) })
  }

  /** A ShareAcknowledge, which fetches nothing. */
  private sendAlone(
    node: ShareNode,
    attempt: number,
    content: Omit<ShareAcknowledgeRequest, 'groupId' | 'memberId'>
  ): void {
    const request = { groupId: this.options.groupId, memberId: this.memberId, ...content }
    this.effects.push({ _tag: 'acknowledge', node: node.id, attempt, request })
  }

  private fetch(node: ShareNode, now: number): void {
    const { options, answers } = this
    const { groupId, fetchMinBytes: minBytes, fetchMaxBytes: maxBytes, acquireMode } = options
    const { batches, acknowledged } = node.take()
    const fetch = node.session.fetch(this.fetchableOf(node, now), acknowledged)
    const { attempt } = this.begin(node, 'fetch', batches, now)
    // A long poll delays acknowledgements and renewals of locked records.
    const mostMs = node.locked > 0 ? Math.floor(answers.lockTimeoutMs / 6) : Infinity
    const request = {
      groupId,
      memberId: this.memberId,
      maxWaitMs: Math.min(options.fetchMaxWaitMs, mostMs),
      minBytes,
      maxBytes,
      maxRecords: this.room.maxRecordsOf(node),
      acquireMode,
      ...fetch
    }
    this.effects.push({ _tag: 'fetch', node: node.id, attempt, request })
  }

  private begin(
    node: ShareNode,
    kind: RequestInFlight['kind'],
    batches: readonly AcquiredBatch[],
    now: number
  ): RequestInFlight {
    return (node.inFlight = { attempt: ++this.attempts, kind, batches, sentAt: now })
  }

  private mayFetch(node: ShareNode, now: number): boolean {
    if (this.phase !== 'fetching') return false
    return this.room.allowsFetch(node) && this.fetchableOf(node, now).length > 0
  }

  private fetchableOf({ id }: ShareNode, now: number): readonly LocatedPartition[] {
    return this.assigned.filter((one) => one.leader === id && this.answers.notBefore(one) <= now)
  }

  /** When pending acknowledgements are sent without a fetch. */
  private sendsAt(node: ShareNode): number {
    return (node.pendingSince ?? -Infinity) + (this.phase === 'fetching' ? lingerMs : 0)
  }

  private nextWake(now: number): number | null {
    let next = Infinity
    for (const node of this.nodes.values()) {
      for (const batch of node.batches) {
        if (batch.locked + batch.pending === 0) continue
        next = Math.min(next, batch.deadline)
        const renewAt = Math.max(batch.renewAt, node.notBefore, now)
        const isRenewed = this.answers.renews && batch.locked > 0 && this.isRenewed(batch, renewAt)
        if (node.inFlight === null && isRenewed) next = Math.min(next, renewAt)
      }
      if (node.inFlight !== null) continue
      if (node.pending > 0) next = Math.min(next, Math.max(this.sendsAt(node), node.notBefore))
      if (this.phase !== 'fetching') continue
      for (const one of this.assigned)
        if (one.leader === node.id) {
          const at = Math.max(node.notBefore, this.answers.notBefore(one))
          if (at > now) next = Math.min(next, at)
        }
    }
    return next === Infinity ? null : next
  }
}
