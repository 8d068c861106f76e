import { type Either, isLeft, left, right } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../model/fault.js'
import { brokerFault } from '../protocol/error-code.js'
import { BrokerFetches } from './broker-fetches.js'
import type { Emit, FetchingOptions } from './fetch-effects.js'
import type { FetchRequest, FetchResponse } from './fetch-messages.js'
import { type PartitionUpdate, type SessionRequest, updatesWithoutSession, withoutSession } from './fetch-session.js'
import type { FetchCall, PartitionFetchState, RequestedPartition } from './partition-fetch-state.js'

/** The duration of a long poll that does not include all of the broker's partitions: it occupies the connection. */
const shortWaitMs = 50

/** The partitions to request from one broker. */
export interface FetchSelection {
  readonly states: readonly PartitionFetchState[]
  /** how many bytes all of them together may request; null: each only its share, or one batch */
  readonly room: number | null
  /** whether these are all that is read from the broker */
  readonly isAll: boolean
}

/** A broker's answer about the partitions of a request, or why there is none. */
export interface FetchAnswer {
  readonly broker: BrokerFetches
  readonly result: Either<Fault, readonly PartitionUpdate<RequestedPartition>[]>
}

/**
 * The requests to the brokers. Each broker gets one at a time in its fetch session, and during a long poll a refill beside it.
 * A refill fetches partitions that have demand and are not part of the long poll: they were full, paused or not read when it was
 * sent, or have moved from another broker since. Otherwise they would wait for the end of the long poll.
 */
export class FetchRequests {
  private readonly options: FetchingOptions
  private readonly emit: Emit
  private readonly brokers = new Map<number, BrokerFetches>()
  private readonly underWay = new Map<number, FetchCall>()
  private lastId = 0

  constructor(options: FetchingOptions, emit: Emit) {
    this.options = options
    this.emit = emit
  }

  /** Undefined if nothing was requested from the broker yet. */
  known(node: number | null): BrokerFetches | undefined {
    return node === null ? undefined : this.brokers.get(node)
  }

  broker(node: number): BrokerFetches {
    const known = this.brokers.get(node)
    if (known !== undefined) return known
    const broker = new BrokerFetches(node)
    this.brokers.set(node, broker)
    return broker
  }

  send(broker: BrokerFetches, selection: FetchSelection, now: number): void {
    const isRefill = broker.nextKind === 'refill'
    const { limits, requested } = this.limited(broker.rotated(selection.states), selection, isRefill)
    const repeated = ({ state }: RequestedPartition): void => {
      state.answered(now)
    }
    const step = isRefill ? withoutSession(requested) : broker.session.ask(requested, repeated)
    const isPoll = !requested.some(({ state }) => this.hasMore(state))
    const { node } = broker
    const id = ++this.lastId
    const call: FetchCall = { id, node, kind: isRefill ? 'refill' : 'session', sentAt: now, isPoll, requested }
    this.underWay.set(id, call)
    broker.begin(call)
    this.emit({ _tag: 'fetch', id, node, request: { ...limits, ...step } })
  }

  /** Null if the request was abandoned. */
  answered(id: number, answer: Either<Fault, FetchResponse>): FetchAnswer | null {
    const call = this.underWay.get(id)
    if (call === undefined) return null
    this.underWay.delete(id)
    const broker = this.broker(call.node)
    broker.ended(call)
    if (isLeft(answer)) {
      if (call.kind === 'session') broker.session.lost()
      return { broker, result: answer }
    }
    const { right: response } = answer
    const updates =
      call.kind === 'session' ? broker.session.answered(response) : updatesWithoutSession(call.requested, response)
    if (updates === 'refused') return { broker, result: left(brokerFault('Fetch', response.code)) }
    broker.answered()
    return { broker, result: right(updates === 'over' ? [] : updates) }
  }

  giveUp(broker: BrokerFetches): void {
    for (const { id } of broker.giveUp()) {
      this.underWay.delete(id)
      this.emit({ _tag: 'abandon', id })
    }
  }

  /** The requests that end the sessions of all reachable brokers. */
  closingRequests(): readonly { readonly node: number; readonly request: FetchRequest }[] {
    const { isolation, clientRack: rack } = this.options
    return [...this.brokers.values()].flatMap(({ node, session, trouble }) => {
      const ended: SessionRequest | null = trouble === null ? session.end() : null
      return ended === null
        ? []
        : { node, request: { maxWaitMs: 0, minBytes: 0, maxBytes: 0, isolation, rack, ...ended } }
    })
  }

  private limited(
    states: readonly PartitionFetchState[],
    { room, isAll }: FetchSelection,
    isRefill: boolean
  ): { readonly limits: Omit<FetchRequest, keyof SessionRequest>; readonly requested: readonly RequestedPartition[] } {
    const { options } = this
    const requested: RequestedPartition[] = []
    let bytes = 0
    let batch = 0
    for (const state of states) {
      const most = room === null ? state.demand : options.maxPartitionFetchBytes
      const request = state.requestOf(Math.max(state.minimumBytes, most))
      requested.push(request)
      bytes += request.maxBytes
      batch = Math.max(batch, state.minimumBytes)
    }
    const limits = {
      maxWaitMs: isAll && !isRefill ? options.fetchMaxWaitMs : Math.min(shortWaitMs, options.fetchMaxWaitMs),
      minBytes: options.fetchMinBytes,
      maxBytes: Math.min(bytes, options.fetchMaxBytes, Math.max(room ?? bytes, batch)),
      isolation: options.isolation,
      rack: options.clientRack
    }
    return { limits, requested }
  }

  /** Whether the broker is known to have more records of the partition. */
  private hasMore({ position }: PartitionFetchState): boolean {
    const { offset, highWatermark, lastStableOffset } = position
    return offset < (this.options.isolation === 'read_committed' ? lastStableOffset : highWatermark)
  }
}
