import { type Either, isLeft } from 'fp-ts/lib/Either.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import { isFatal } from '../protocol/error-code.js'
import { reconnecting } from '../protocol/reconnecting.js'
import { retryDelay } from '../scheduling/backoff-delay.js'
import type { BrokerFetches } from './broker-fetches.js'
import { EpochChecks } from './epoch-checks.js'
import { FetchAnswers } from './fetch-answers.js'
import type { FetchEffect, FetchingOptions, FetchTimer, Leaders } from './fetch-effects.js'
import type { EpochEnd, FetchRequest, FetchResponse } from './fetch-messages.js'
import { type Backlog, FetchPacing } from './fetch-pacing.js'
import { FetchRequests } from './fetch-requests.js'
import { FetchWatchdog } from './fetch-watchdog.js'
import type { PartitionFetchState } from './partition-fetch-state.js'
import { nodeOf, PartitionFetchStates } from './partition-fetch-states.js'

/** After an answer that names a partition, the next request is sent within this time and includes the partition. */
const nextRequestMs = 1_000

type Effects = readonly FetchEffect[]
const nothing: Effects = []

/**
 * The fetching of all partitions of a consumer, as a state machine: calls and answers in, effects out, which the driver
 * performs in their order. It owns the positions, the fetch sessions, the requests in flight, and the times of the next
 * requests.
 *
 * It delivers a partition's log from the position of `fetchFrom` on, without gap or repeat, until it reports a reset (out of
 * range, truncated, recreated, refused). After that it delivers nothing until the next `fetchFrom`.
 *
 * An answer is processed completely before any of it is handed over. The next requests depend on what the consumer holds then:
 * the effect `next` asks for them, and they are sent before a record is decoded.
 */
export class Fetching {
  private readonly options: FetchingOptions
  private readonly leaders: Leaders
  private readonly states: PartitionFetchStates
  private readonly requests: FetchRequests
  private readonly answers: FetchAnswers
  private readonly epochs: EpochChecks
  private readonly pacing: FetchPacing
  private readonly watchdog: FetchWatchdog
  private effects: FetchEffect[] = []
  private isTurnDue = false
  private wakesAt: number | null = null

  constructor(options: FetchingOptions, leaders: Leaders) {
    const emit = (effect: FetchEffect): void => {
      this.effects.push(effect)
    }
    this.options = options
    this.leaders = leaders
    this.states = new PartitionFetchStates(leaders)
    this.requests = new FetchRequests(options, emit)
    this.answers = new FetchAnswers(options, leaders, emit)
    this.epochs = new EpochChecks(emit)
    this.pacing = new FetchPacing(options.fetchMaxBytes)
    this.watchdog = new FetchWatchdog(options.sessionTimeoutMs)
  }

  fetchFrom(partition: TopicPartition, cursor: number, offset: bigint, leaderEpoch: number, now: number): Effects {
    const state = this.states.of(partition)
    this.answers.waitIsOver(state)
    state.beginAt(cursor, offset, leaderEpoch)
    if (state.demand > 0) this.watch(state, now)
    this.want(state, now)
    return this.taken()
  }

  demand(partition: TopicPartition, bytes: number, now: number): Effects {
    const state = this.states.of(partition)
    const isMore = bytes > 0 && state.demand === 0
    this.states.demand(state, bytes)
    if (!isMore) return nothing
    this.watch(state, now)
    this.want(state, now)
    return this.taken()
  }

  delivered(): Effects {
    return this.pacing.isWaiting ? [{ _tag: 'next' }] : nothing
  }

  forget(partitions: readonly TopicPartition[]): Effects {
    for (const partition of partitions) {
      const state = this.states.forget(partition)
      if (state === undefined) continue
      this.watchdog.forget(state)
      this.answers.waitIsOver(state)
    }
    return this.taken()
  }

  /** The name now belongs to another topic: nothing is read until there is a new position. */
  recreated(topic: string): void {
    for (const state of this.states.all) if (state.place.topic === topic) state.awaitPosition()
  }

  /** Leaders may have changed. */
  metadataChanged(): Effects {
    this.states.locateAll()
    this.nextTurn()
    return this.taken()
  }

  /** Why the partition is not fetched: it has no leader, or its leader cannot be reached or does not serve it. */
  troubleOf(partition: TopicPartition, now: number): Fault | null {
    const state = this.states.known(partition)
    return state === undefined ? null : this.troubleWith(state, now)
  }

  answered(id: number, answer: Either<Fault, FetchResponse>, now: number): Effects {
    const answered = this.requests.answered(id, answer)
    if (answered === null) return nothing
    const { broker, result } = answered
    if (isLeft(result)) {
      this.failed(broker, result.left)
      return this.taken()
    }
    for (const { requested, fetched } of result.right) {
      const { state } = requested
      if (!state.isCurrent(requested)) continue
      state.answered(now)
      this.answers.take(requested, fetched, broker.node, now)
    }
    // Now, not on a later turn: the next answer travels while this one is decoded.
    this.effects.push({ _tag: 'next' })
    return this.taken()
  }

  /** A leader has answered whether positions are in its log. */
  checked(id: number, answer: Either<Fault, readonly EpochEnd[]>, now: number): Effects {
    const answered = this.epochs.answered(id, answer)
    if (answered === null) return nothing
    const { node, result } = answered
    if (isLeft(result)) this.failed(this.requests.broker(node), result.left)
    else {
      for (const { state, verdict } of result.right) this.answers.checked(state, verdict, now)
      this.effects.push({ _tag: 'next' })
    }
    return this.taken()
  }

  turned(): Effects {
    this.isTurnDue = false
    return [{ _tag: 'next' }]
  }

  /** A timer is due. */
  due(timer: FetchTimer, now: number): Effects {
    if (timer === 'watchdog') {
      this.look(now)
      return this.taken()
    }
    if (timer === 'wake') this.wakesAt = null
    else this.requests.known(Number(timer.slice('broker '.length)))?.resume()
    return [{ _tag: 'next' }]
  }

  /** The requests to send now. `backlog`: fetched records that the consumer has not delivered yet. */
  next(backlog: Backlog, now: number): Effects {
    if (this.states.withDemand.size === 0) {
      this.pacing.noDemand()
      return nothing
    }
    const pace = this.pacing.next(backlog, now)
    if (pace._tag === 'wait') {
      this.wakeAt(pace.until, now)
      return this.taken()
    }
    const nodes = new Map<number, PartitionFetchState[]>()
    for (const state of this.states.withDemand) {
      if (state.phase === 'awaiting position') continue
      if (state.replica !== null && now >= state.replica.until) state.readFrom(null)
      // Only the leader knows the epochs. Reading from a follower begins after the check that the position is in the log.
      const node = this.epochs.isDue(state) ? state.leader.node : nodeOf(state, now)
      // Without a leader, the metadata is requested again anyway.
      if (node !== null && nodes.get(node)?.push(state) === undefined) nodes.set(node, [state])
    }
    const room = pace.room === null ? null : Math.ceil(pace.room / nodes.size)
    for (const [node, states] of nodes) this.dispatch(this.requests.broker(node), states, room, now)
    return this.taken()
  }

  /** The requests that end the sessions of all brokers, which would keep them for two minutes. */
  closingRequests(): readonly { readonly node: number; readonly request: FetchRequest }[] {
    return this.requests.closingRequests()
  }

  /** `room`: how many bytes the broker's partitions together may request; null: each only its share, or one batch. */
  private dispatch(
    broker: BrokerFetches,
    states: readonly PartitionFetchState[],
    room: number | null,
    now: number
  ): void {
    const { node, nextKind } = broker
    if (nextKind === null) return
    const selected: PartitionFetchState[] = []
    const unchecked: PartitionFetchState[] = []
    let later = Infinity
    for (const state of states) {
      const { refusals, call } = state
      if (refusals.notBefore > now) later = Math.min(later, refusals.notBefore)
      else if (this.epochs.isDue(state)) unchecked.push(state)
      // The session's request takes over partitions whose refill brought nothing; otherwise each long poll would leave them
      // out. Nor does a request to a former leader delay the partition: that broker may be suspended, and its late answer
      // counts only if nothing was read since.
      else if (call === null || call.node !== node || (nextKind === 'session' && call.isPoll)) selected.push(state)
    }
    this.epochs.ask(node, unchecked)
    if (later < Infinity) this.wakeAt(later, now)
    if (selected.length === 0) return
    const isAll = nextKind === 'session' && this.states.countOn(node, now) === selected.length
    this.requests.send(broker, { states: selected, room, isAll }, now)
  }

  /** If nothing can be sent now, the next answer considers all partitions anyway. */
  private want(state: PartitionFetchState, now: number): void {
    if (this.requests.known(nodeOf(state, now))?.nextKind !== null) this.nextTurn()
  }

  private nextTurn(): void {
    if (!this.isTurnDue) this.effects.push({ _tag: 'next turn' })
    this.isTurnDue = true
  }

  private wakeAt(at: number, now: number): void {
    if (this.wakesAt !== null && this.wakesAt <= at) return
    this.wakesAt = at
    this.effects.push({ _tag: 'arm', timer: 'wake', inMs: Math.max(0, at - now) })
  }

  private watch(state: PartitionFetchState, now: number): void {
    const inMs = this.watchdog.watch(state, now)
    if (inMs !== null) this.effects.push({ _tag: 'arm', timer: 'watchdog', inMs })
  }

  private look(now: number): void {
    const inMs = this.watchdog.look(now, {
      isExplained: (state) => this.troubleWith(state, now) !== null,
      isAwaited: (state) => this.isAwaited(state, now),
      silent: (state, forMs) => {
        this.effects.push({ _tag: 'event', event: { _tag: 'silent', ...state.place, forMs } })
        this.startOver(state, now)
      }
    })
    if (inMs !== null) this.effects.push({ _tag: 'arm', timer: 'watchdog', inMs })
  }

  /** False if later requests were answered without naming the partition. */
  private isAwaited({ call, answeredAt }: PartitionFetchState, now: number): boolean {
    const { requestTimeoutMs, fetchMaxWaitMs } = this.options
    if (call === null || call.sentAt - answeredAt > nextRequestMs) return false
    return now - call.sentAt < requestTimeoutMs + fetchMaxWaitMs
  }

  /** Forgets the request in flight and requests the partition again. */
  private startOver(state: PartitionFetchState, now: number): void {
    const broker = this.requests.known(nodeOf(state, now))
    if (broker !== undefined) this.requests.giveUp(broker)
    state.validated()
    state.refused({ notBefore: 0 })
    state.readFrom(null)
    this.effects.push({ _tag: 'refresh metadata' })
    this.nextTurn()
  }

  private failed(broker: BrokerFetches, fault: Fault): void {
    if (isFatal(fault)) {
      if (fault._tag !== 'ClosedFault') this.effects.push({ _tag: 'fatal', fault })
      return
    }
    const { node } = broker
    this.states.leaveFollower(node)
    this.nextTurn()
    const { isPaused } = broker
    const failures = broker.failed(fault)
    const inMs = retryDelay(failures, this.options, this.options.random)
    this.effects.push(
      { _tag: 'event', event: reconnecting(fault, `node ${String(node)}`, failures, inMs) },
      { _tag: 'refresh metadata' }
    )
    if (!isPaused) this.effects.push({ _tag: 'arm', timer: `broker ${String(node)}`, inMs })
  }

  private troubleWith(state: PartitionFetchState, now: number): Fault | null {
    const node = nodeOf(state, now)
    if (node === null) return this.leaders.whyNoLeader(state.place)
    return this.requests.known(node)?.trouble ?? state.refusals.fault
  }

  private taken(): Effects {
    const { effects } = this
    if (effects.length === 0) return nothing
    this.effects = []
    return effects
  }
}
