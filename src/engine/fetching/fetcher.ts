import { ignoreElements, merge, type Observable, Subscription } from 'rxjs'
import type { FetchEffect, FetchTimer } from '../../core/fetching/fetch-effects.js'
import { Fetching } from '../../core/fetching/fetching.js'
import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { EpochQuery, FetchRequest } from '../../ports/kafka-calls.js'
import { NamedTimers } from '../named-timers.js'
import type { SessionContext } from '../session-context.js'
import type { ConsumerMetadata } from '../consumer-metadata.js'
import { fetchTraced } from './fetch-traced.js'

/** Performs the effects of `Fetching`: sends its requests, keeps its timers, and passes on the records. */
export class Fetcher {
  private readonly context: SessionContext
  private readonly metadata: ConsumerMetadata
  private readonly fatal: (fault: Fault) => void
  private readonly fetching: Fetching
  private readonly requests = new Subscription()
  private readonly fetches = new Map<number, Subscription>()
  private readonly timers: NamedTimers<FetchTimer | 'turn'>
  private closed = false

  constructor(context: SessionContext, metadata: ConsumerMetadata, fatal: (fault: Fault) => void) {
    const { settings, random, decompress, checksum } = context
    this.context = context
    this.timers = new NamedTimers(context.clock)
    this.metadata = metadata
    this.fatal = fatal
    this.fetching = new Fetching({ ...settings, random, decompress, checksum }, metadata)
  }

  fetchFrom(partition: TopicPartition, cursor: number, offset: bigint, leaderEpoch: number): void {
    this.perform(this.fetching.fetchFrom(partition, cursor, offset, leaderEpoch, this.now))
  }

  demand(partition: TopicPartition, bytes: number): void {
    this.perform(this.fetching.demand(partition, bytes, this.now))
  }

  delivered(): void {
    this.perform(this.fetching.delivered())
  }

  forget(partitions: readonly TopicPartition[]): void {
    this.perform(this.fetching.forget(partitions))
  }

  /** Why the partition is not fetched: it has no leader, or its leader cannot be reached or does not serve it. */
  troubleOf(partition: TopicPartition): Fault | null {
    return this.fetching.troubleOf(partition, this.now)
  }

  /** The name now belongs to another topic: nothing is read until there is a new position. */
  recreated(topic: string): void {
    this.fetching.recreated(topic)
  }

  /** Leaders may have changed. */
  metadataChanged(): void {
    this.perform(this.fetching.metadataChanged())
  }

  /** Stops, and ends the sessions at the brokers. Completes when all reachable ones have answered. */
  leave(): Observable<never> {
    this.close()
    const { calls } = this.context
    return merge(...this.fetching.closingRequests().map(({ node, request }) => calls.fetch(node, request))).pipe(
      ignoreElements()
    )
  }

  close(): void {
    this.closed = true
    this.requests.unsubscribe()
    this.timers.close()
  }

  private get now(): number {
    return this.context.clock.now()
  }

  private perform(effects: readonly FetchEffect[]): void {
    for (const effect of effects) {
      // An earlier effect may have closed the fetcher too.
      if (this.closed) return
      this.performOne(effect)
    }
  }

  private performOne(effect: FetchEffect): void {
    const { handlers } = this.context
    switch (effect._tag) {
      case 'fetch':
        this.fetch(effect.id, effect.node, effect.request)
        break
      case 'check epochs':
        this.checkEpochs(effect.id, effect.node, effect.queries)
        break
      case 'abandon':
        this.fetches.get(effect.id)?.unsubscribe()
        break
      case 'next':
        this.perform(this.fetching.next(handlers.backlog(), this.now))
        break
      case 'next turn':
        this.timers.turn('turn', () => {
          this.perform(this.fetching.turned())
        })
        break
      case 'arm':
        this.arm(effect.timer, effect.inMs)
        break
      case 'records':
        handlers.records(effect.fetched)
        break
      case 'out of range':
        handlers.outOfRange(effect.partition, effect.cursor, effect.offset)
        break
      case 'truncated':
        handlers.truncated(effect.partition, effect.cursor, effect.endOffset)
        break
      case 'recreated':
        handlers.recreated(effect.partition.topic, effect.partition.partition)
        break
      case 'refused':
        handlers.refused(effect.partition, effect.cursor, effect.fault)
        break
      case 'event':
        handlers.event(effect.event)
        break
      case 'refresh metadata':
        this.metadata.refresh()
        break
      case 'fatal':
        this.fatal(effect.fault)
    }
  }

  private arm(timer: FetchTimer, inMs: number): void {
    const due = (): void => {
      this.perform(this.fetching.due(timer, this.now))
    }
    // When something has blocked the event loop, timers come first: an answer that has arrived is read before it is missed.
    if (timer === 'watchdog') this.timers.arm(timer, inMs, () => this.timers.turn(timer, due))
    else this.timers.arm(timer, inMs, due)
  }

  private fetch(id: number, node: number, request: FetchRequest): void {
    const sent = new Subscription()
    this.fetches.set(id, sent)
    this.requests.add(sent)
    sent.add(() => {
      this.fetches.delete(id)
      this.requests.remove(sent)
    })
    const { calls, settings } = this.context
    sent.add(
      fetchTraced(settings.groupId, node, calls.fetch(node, request)).subscribe((answer) => {
        sent.unsubscribe()
        this.perform(this.fetching.answered(id, answer, this.now))
      })
    )
  }

  private checkEpochs(id: number, node: number, queries: readonly EpochQuery[]): void {
    const sent: Subscription = this.context.calls.offsetForLeaderEpoch(node, queries).subscribe({
      next: (answer) => {
        this.perform(this.fetching.checked(id, answer, this.now))
      },
      complete: () => {
        this.requests.remove(sent)
      }
    })
    if (!sent.closed) this.requests.add(sent)
  }
}
