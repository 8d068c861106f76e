import { isLeft } from 'fp-ts/lib/Either.js'
import { ignoreElements, merge, type Observable, Subscription } from 'rxjs'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import { brokerFault, isFatal } from '../../core/protocol/error-code.js'
import { FetchPacing } from '../../core/fetching/fetch-pacing.js'
import { reconnecting } from '../../core/protocol/reconnecting.js'
import type { Cancel } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { FetchRequest } from '../../ports/kafka-calls.js'
import { EpochCheck } from './epoch-check.js'
import { FetchAnswers } from './fetch-answers.js'
import { type Told, toldWithoutSession, withoutSession } from './fetch-session.js'
import { NodeLoop } from './node-loop.js'
import { SilenceWatch } from './silence-watch.js'
import { type AskedPartition, askedOf, beginReading, type FetchState, newFetchState, readFrom } from './fetch-state.js'
import type { SessionContext } from '../session-context.js'
import type { TopicMetadata } from '../topic-metadata.js'

/** A long poll holds its connection: it is kept short while a partition of the broker is not part of it. */
const shortWaitMs = 50
/** A partition that was heard of is part of the next request, which is sent as soon as there is room. */
const nextRequestMs = 1_000

/**
 * Reads from each broker in a loop of its own, one request at a time: partitions with demand, in rotating order. While that
 * one is a long poll a second may be under way, for partitions that are wanted and no part of it: they were full, paused, or
 * not read when it was sent, or are read from elsewhere now, and would wait for the others. What an answer brought is handed
 * over and, unless there is little room, the next request is sent before any record of it is decoded; decoding happens on
 * the consumer's turn, while that request is under way.
 */
export class Fetcher {
  private readonly context: SessionContext
  private readonly metadata: TopicMetadata
  private readonly fatal: (fault: Fault) => void
  private readonly states = new Map<string, FetchState>()
  /** those with demand: of a thousand partitions a few */
  private readonly hungry = new Set<FetchState>()
  private readonly loops = new Map<number, NodeLoop>()
  private readonly pacing: FetchPacing
  private readonly answers: FetchAnswers
  private readonly epochs: EpochCheck
  private readonly silence: SilenceWatch
  private readonly requests = new Subscription()
  private kicked: Cancel | null = null
  private waking: { readonly at: number; readonly cancel: Cancel } | null = null
  private closed = false

  constructor(context: SessionContext, metadata: TopicMetadata, fatal: (fault: Fault) => void) {
    this.context = context
    this.metadata = metadata
    this.fatal = fatal
    this.pacing = new FetchPacing(context.settings.fetchMaxBytes)
    this.answers = new FetchAnswers(context, metadata)
    this.silence = new SilenceWatch(context.clock, context.settings.sessionTimeoutMs, {
      isExplained: (state) => this.troubleOf(state) !== null,
      isAwaited: (state) => this.isAwaited(state),
      silent: (state, forMs) => {
        context.handlers.event({ _tag: 'silent', topic: state.topic, partition: state.partition, forMs })
        this.startOver(state)
      }
    })
    this.epochs = new EpochCheck(context, {
      failed: (node, fault) => {
        this.failed(node, this.loopOf(node), fault)
      },
      notReady: (state, fault) => {
        this.answers.lookElsewhere(state, fault)
      },
      answered: () => {
        this.dispatchAll()
      }
    })
  }

  fetchFrom(partition: TopicPartition, cursor: number, offset: bigint, leaderEpoch: number): void {
    const state = this.stateOf(partition)
    beginReading(state, cursor, offset, leaderEpoch)
    if (state.demand > 0) this.silence.wanted(state)
    this.want(state)
  }

  demand(partition: TopicPartition, bytes: number): void {
    const state = this.stateOf(partition)
    const more = bytes > 0 && state.demand === 0
    state.demand = bytes
    if (bytes > 0) this.hungry.add(state)
    else this.hungry.delete(state)
    if (!more) return
    this.silence.wanted(state)
    this.want(state)
  }

  /** There may be room now. */
  delivered(): void {
    if (this.pacing.isWaiting) this.dispatchAll()
  }

  /** The reading of these partitions has ended. */
  forget(partitions: readonly TopicPartition[]): void {
    for (const { topic, partition } of partitions) {
      const key = partitionKey(topic, partition)
      const state = this.states.get(key)
      // What is under way for it must match nothing any more.
      if (state !== undefined) {
        state.cursor = -1
        this.hungry.delete(state)
        this.silence.forget(state)
      }
      this.states.delete(key)
    }
  }

  /** Why the partition is not fetched: nobody leads it, who does cannot be reached, or does not give it out. */
  troubleOf(partition: TopicPartition): Fault | null {
    const state = this.states.get(partitionKey(partition.topic, partition.partition))
    if (state === undefined) return null
    const node = this.nodeOf(state)
    if (node === null) return this.metadata.whyNoLeader(partition)
    return this.loops.get(node)?.trouble ?? state.trouble
  }

  /** The topic is another of the same name: nothing of it is read before it is said from where. */
  recreated(topic: string): void {
    for (const state of this.states.values()) if (state.topic === topic) state.readable = false
  }

  /** Leaders may have changed. */
  metadataChanged(): void {
    for (const state of this.states.values()) this.locate(state)
    this.kick()
  }

  /**
   * Stops, and tells the brokers so, which keep a session for two minutes else. Completes when all that can be heard of have
   * answered.
   */
  leave(): Observable<never> {
    this.close()
    const goodbyes = [...this.loops].flatMap(([node, { session, trouble }]) => {
      const ended = trouble === null ? session.end() : null
      if (ended === null) return []
      const { isolation, clientRack: rack } = this.context.settings
      return [this.context.calls.fetch(node, { maxWaitMs: 0, minBytes: 0, maxBytes: 0, isolation, rack, ...ended })]
    })
    return merge(...goodbyes).pipe(ignoreElements())
  }

  close(): void {
    this.closed = true
    this.kicked?.()
    this.waking?.cancel()
    this.requests.unsubscribe()
    this.epochs.close()
    this.silence.close()
    for (const loop of this.loops.values()) loop.resume?.()
    this.states.clear()
    this.hungry.clear()
  }

  /** Where nothing else may be sent now, an answer has everything looked at anyway. */
  private want(state: FetchState): void {
    if (this.loopAt(state)?.isFree !== 'no') this.kick()
  }

  /** Whether the broker is known to have more of it. */
  private hasMore({ offset, highWatermark, lastStableOffset }: FetchState): boolean {
    return offset < (this.context.settings.isolation === 'read_committed' ? lastStableOffset : highWatermark)
  }

  private stateOf(partition: TopicPartition): FetchState {
    const key = partitionKey(partition.topic, partition.partition)
    const known = this.states.get(key)
    if (known !== undefined) return known
    const state = newFetchState(partition)
    this.locate(state)
    this.states.set(key, state)
    return state
  }

  /** Kept with the state, which is asked for it once in each request. */
  private locate(state: FetchState): void {
    state.topicId = this.metadata.idOf(state.topic)
    state.leader = this.metadata.leaderOf(state)
    state.currentLeaderEpoch = this.metadata.leaderEpochOf(state)
  }

  private kick(): void {
    if (this.closed) return
    this.kicked ??= this.context.clock.turn(() => {
      this.kicked = null
      this.dispatchAll()
    })
  }

  private dispatchAll(): void {
    if (this.hungry.size === 0) {
      this.pacing.nothingIsWanted()
      return
    }
    const pace = this.pacing.next(this.context.handlers.backlog(), this.context.clock.now())
    if (pace._tag === 'wait') {
      this.wakeAt(pace.until)
      return
    }
    const nodes = new Map<number, FetchState[]>()
    for (const state of this.hungry) {
      if (!state.readable) continue
      // Only the leader knows the epochs; a follower may be read from once the position is known to be in its log.
      const node = this.epochs.isDue(state) ? state.leader : this.nodeOf(state)
      // The metadata is asked again by itself where it names no leader.
      if (node !== null && nodes.get(node)?.push(state) === undefined) nodes.set(node, [state])
    }
    const room = pace.room === null ? null : Math.ceil(pace.room / nodes.size)
    for (const [node, states] of nodes) this.dispatch(node, states, room)
  }

  private nodeOf(state: FetchState): number | null {
    if (state.replica !== null) {
      if (this.context.clock.now() < state.replica.until) return state.replica.node
      readFrom(state, null)
    }
    return state.leader
  }

  /** `room`: what the node's partitions may bring together; null: each its share, or one batch. */
  private dispatch(node: number, states: readonly FetchState[], room: number | null): void {
    const loop = this.loopOf(node)
    if (loop.isFree === 'no') return
    const isRefill = loop.isFree === 'for a refill'
    const { settings, clock } = this.context
    const now = clock.now()
    const wanted: FetchState[] = []
    const unchecked: FetchState[] = []
    let later = Infinity
    for (const state of states)
      if (state.notBefore > now) later = Math.min(later, state.notBefore)
      else if (this.epochs.isDue(state)) unchecked.push(state)
      // The session's request takes over what is asked for beside it in vain: it would be left out of each long poll else.
      // Nor is the former leader waited for: it may stand still, and what it answers late counts only if nothing was read since.
      else if (state.call === null || state.call.node !== node || (!isRefill && state.call.isPoll)) wanted.push(state)
    this.epochs.ask(node, unchecked)
    if (later < Infinity) this.wakeAt(later)
    if (wanted.length === 0) return
    const asked: AskedPartition[] = []
    let bytes = 0
    let batch = 0
    const first = loop.rotation++ % wanted.length
    for (const state of [...wanted.slice(first), ...wanted.slice(0, first)]) {
      const most = room === null ? state.demand : settings.maxPartitionFetchBytes
      const asking = askedOf(state, Math.max(state.minimumBytes, most))
      asked.push(asking)
      bytes += asking.maxBytes
      batch = Math.max(batch, state.minimumBytes)
    }
    const isAll = !isRefill && this.isAll(node, asked.length)
    this.send(node, loop, isRefill ? 'refill' : 'call', asked, {
      maxWaitMs: isAll ? settings.fetchMaxWaitMs : Math.min(shortWaitMs, settings.fetchMaxWaitMs),
      minBytes: settings.fetchMinBytes,
      maxBytes: Math.min(bytes, settings.fetchMaxBytes, Math.max(room ?? bytes, batch)),
      isolation: settings.isolation,
      rack: settings.clientRack,
      ...(isRefill ? withoutSession(asked) : loop.session.ask(asked))
    })
  }

  private send(
    node: number,
    loop: NodeLoop,
    which: 'call' | 'refill',
    asked: readonly AskedPartition[],
    request: FetchRequest
  ): void {
    const isPoll = !asked.some(({ state }) => this.hasMore(state))
    const { end } = loop.begin(which, asked, isPoll, this.context.clock.now())
    this.requests.add(end)
    end.add(() => {
      this.requests.remove(end)
    })
    end.add(
      this.context.calls.fetch(node, request).subscribe((answer) => {
        end.unsubscribe()
        if (isLeft(answer)) {
          if (which === 'call') loop.session.lost()
          this.failed(node, loop, answer.left)
          return
        }
        const { right: response } = answer
        const told = which === 'call' ? loop.session.answered(response) : toldWithoutSession(asked, response)
        if (told === 'refused') this.failed(node, loop, brokerFault('Fetch', response.code))
        else this.answered(loop, told)
      })
    )
  }

  private answered(loop: NodeLoop, told: readonly Told<AskedPartition>[] | 'over'): void {
    loop.failures = 0
    loop.trouble = null
    for (const { asked, fetched } of told === 'over' ? [] : told) {
      const { state } = asked
      // Moved, released or read anew since it was asked for: neither its records nor its error mean anything now.
      if (state.cursor !== asked.cursor || state.offset !== asked.offset) continue
      this.silence.heard(state)
      this.answers.take(asked, fetched)
      if (this.closed) return
    }
    // Now, not on a turn of its own: the next answer travels while this one is decoded.
    this.dispatchAll()
  }

  /** Whether these are as many as are read from the broker. */
  private isAll(node: number, asked: number): boolean {
    let read = 0
    for (const state of this.states.values()) if (state.readable && this.nodeOf(state) === node) read++
    return read === asked
  }

  /** Not if later requests were answered without a word of it. */
  private isAwaited({ call, heardAt }: FetchState): boolean {
    const { settings, clock } = this.context
    if (call === null || call.sentAt - heardAt > nextRequestMs) return false
    return clock.now() - call.sentAt < settings.requestTimeoutMs + settings.fetchMaxWaitMs
  }

  /** Forgets whatever is under way for it, and asks anew. */
  private startOver(state: FetchState): void {
    this.loopAt(state)?.giveUp()
    Object.assign(state, { checking: false, notBefore: 0 })
    readFrom(state, null)
    this.metadata.refresh()
    this.kick()
  }

  private loopAt(state: FetchState): NodeLoop | undefined {
    const node = this.nodeOf(state)
    return node === null ? undefined : this.loops.get(node)
  }

  private failed(node: number, loop: NodeLoop, fault: Fault): void {
    if (isFatal(fault)) {
      if (fault._tag !== 'ClosedFault') this.fatal(fault)
      return
    }
    const { settings, random, clock, handlers } = this.context
    // Their leaders can be read from all the same, or name another follower.
    for (const state of this.states.values()) if (state.replica?.node === node) readFrom(state, null)
    this.kick()
    loop.failures++
    loop.trouble = fault
    const inMs = retryDelay(loop.failures, settings, random)
    handlers.event(reconnecting(fault, `node ${String(node)}`, loop.failures, inMs))
    this.metadata.refresh()
    loop.resume = clock.schedule(inMs, () => {
      loop.resume = null
      this.dispatchAll()
    })
  }

  private wakeAt(at: number): void {
    const { clock } = this.context
    if (this.waking !== null && this.waking.at <= at) return
    this.waking?.cancel()
    const cancel = clock.schedule(Math.max(0, at - clock.now()), () => {
      this.waking = null
      this.dispatchAll()
    })
    this.waking = { at, cancel }
  }

  private loopOf(node: number): NodeLoop {
    const known = this.loops.get(node)
    if (known !== undefined) return known
    const loop = new NodeLoop(node, (state) => {
      this.silence.heard(state)
    })
    this.loops.set(node, loop)
    return loop
  }
}
