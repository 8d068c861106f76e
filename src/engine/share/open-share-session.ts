import { right } from 'fp-ts/lib/Either.js'
import { Observable } from 'rxjs'
import { ownBytes } from '../../core/records/own-bytes.js'
import { idKeyOf, type TopicIdPartition } from '../../core/group/consumer-protocol/topic-id-partition.js'
import { mailbox } from '../../core/group/mailbox.js'
import { brokerFault, errorCode } from '../../core/protocol/error-code.js'
import { recordRun } from '../../core/records/record-run.js'
import type { Acknowledgement, AcquiredBatch } from '../../core/share/acquired-batch.js'
import { ShareFetching } from '../../core/share/share-fetching.js'
import type { AcquiredRecords, LocatedPartition, ShareEffect } from '../../core/share/share-fetching-messages.js'
import type { Fault } from '../../model/fault.js'
import type { AcquiredRun, ShareSession } from '../../ports/share-session.js'
import type { Step } from '../../ports/step.js'
import { ConsumerMetadata } from '../consumer-metadata.js'
import { NamedTimers } from '../named-timers.js'
import { TopicLookUps } from '../topic-look-ups.js'
import { OpenRequests } from '../open-requests.js'
import { WaitEvents } from '../wait-events.js'
import type { ShareContext } from './share-context.js'
import { ShareGroupClient } from './share-group-client.js'

/** How long leaving waits for the answers of the brokers, beyond a fetch that waits for records. */
const leaveWithinMs = 5_000

/** Starts a membership in a share group over a cluster's calls. The same session serves every cluster. */
export const openShareSession = (context: ShareContext): ShareSession => new CallsShareSession(context)

class CallsShareSession implements ShareSession {
  private readonly context: ShareContext
  private readonly metadata: ConsumerMetadata
  private readonly group: ShareGroupClient
  private readonly fetching: ShareFetching
  private readonly timers: NamedTimers<'fetching' | 'leave'>
  private readonly requests = new OpenRequests()
  private readonly post: (call: (now: number) => readonly ShareEffect[]) => void
  private assigned: readonly TopicIdPartition[] = []
  private readonly lookUps: TopicLookUps
  private started = false
  private closed = false
  private whenLeft: (() => void) | null = null

  constructor(context: ShareContext) {
    const { clock, settings, random } = context
    const waits = new WaitEvents(clock, (event) => {
      if (!this.closed) context.handlers.event(event)
    })
    const handlers = { ...context.handlers, event: waits.event.bind(waits) }
    this.context = { ...context, handlers, calls: waits.watchShare(context.calls) }
    this.timers = new NamedTimers(clock)
    this.lookUps = new TopicLookUps(clock, settings, handlers.event, () => {
      this.metadata.refresh()
    })
    const fatal = (fault: Fault): void => {
      this.fatal(fault)
    }
    this.metadata = new ConsumerMetadata(this.context, {
      changed: () => {
        this.metadataChanged()
      },
      // Partitions are identified by topic ID, in the assignment too.
      recreated: () => undefined,
      fatal
    })
    this.fetching = new ShareFetching({ ...settings, random })
    this.post = mailbox((call) => {
      for (const effect of call(clock.now())) this.perform(effect)
    })
    this.group = new ShareGroupClient(this.context, {
      assigned: (partitions) => {
        this.assigned = partitions
        this.located()
      },
      lost: () => {
        this.assigned = []
        handlers.assigned([])
        this.post((now) => this.fetching.memberLost(now))
      },
      event: handlers.event,
      fatal
    })
    clock.turn(() => {
      if (!this.closed) this.metadata.refresh()
    })
  }

  get isFull(): boolean {
    return this.fetching.isFull
  }
  lastsUntil(batch: AcquiredBatch): number {
    return this.fetching.lastsUntil(batch)
  }
  get locked(): number {
    return this.fetching.locked
  }
  lag(): ReturnType<ShareSession['lag']> {
    return this.group.lag()
  }
  get member(): ShareSession['member'] {
    const { memberId, epoch } = this.group
    return epoch < 0 ? null : { memberId, epoch }
  }

  acknowledge(batch: AcquiredBatch, seq: number, as: Acknowledgement): void {
    if (!this.closed) this.post((now) => this.fetching.acknowledge(batch, seq, as, now))
  }

  stop(): void {
    if (!this.closed) this.post((now) => this.fetching.stop(now))
  }

  leave(): Step<void> {
    return new Observable((subscriber) => {
      const done = (): void => {
        subscriber.next(right(undefined))
        subscriber.complete()
      }
      if (this.closed) {
        done()
        return
      }
      this.whenLeft = done
      this.timers.arm('leave', this.context.settings.fetchMaxWaitMs + leaveWithinMs, done)
      subscriber.add(() => {
        this.close()
      })
      this.post((now) => this.fetching.close(now))
    })
  }

  private metadataChanged(): void {
    if (this.closed) return
    if (!this.started && this.metadata.knowsSubscription) {
      this.started = true
      this.group.start()
    }
    this.located()
  }

  /** Resolves the names and leaders of assigned partitions; unknown topics are looked up. */
  private located(): void {
    const { names } = this.metadata
    const located: LocatedPartition[] = this.assigned.flatMap(({ topicId, partition }) => {
      const topic = names.get(topicId)
      if (topic === undefined || this.metadata.idOf(topic) !== topicId) return []
      return [{ topicId, topic, partition, leader: this.metadata.leaderOf({ topic, partition }) }]
    })
    // A partition that was added is assigned before the metadata has it.
    const readable = new Set(located.filter(({ leader }) => leader !== null).map(idKeyOf))
    const missing = this.assigned.find((one) => !readable.has(idKeyOf(one)))
    if (missing === undefined) this.lookUps.found()
    else this.lookUps.again(notLocated(missing, names.get(missing.topicId)))
    this.context.handlers.assigned(located.map(({ topic, partition }) => ({ topic, partition })))
    this.post((now) => this.fetching.assign(this.group.memberId, located, now))
  }

  private perform(effect: ShareEffect): void {
    if (this.closed) return
    const { calls, handlers } = this.context
    switch (effect._tag) {
      case 'fetch': {
        const { node, attempt, request } = effect
        this.requests.ask(calls.shareFetch(node, request), (answer) => {
          this.post((now) => this.fetching.answered(node, attempt, { _tag: 'fetch', answer }, now))
        })
        break
      }
      case 'acknowledge': {
        const { node, attempt, request } = effect
        this.requests.ask(calls.shareAcknowledge(node, request), (answer) => {
          this.post((now) => this.fetching.answered(node, attempt, { _tag: 'acknowledge', answer }, now))
        })
        break
      }
      case 'acquired':
        handlers.acquired(this.runOf(effect.records))
        break
      case 'acknowledged':
        handlers.acknowledged(effect.event)
        break
      case 'locks lost':
        handlers.locksLost(effect.batch, effect.records, effect.reason)
        break
      case 'leader named':
        if (this.metadata.learnLeader(effect.partition, effect.leader)) this.located()
        else this.metadata.refresh()
        break
      case 'refresh metadata':
        this.metadata.refresh()
        break
      case 'wake':
        this.wake(effect.inMs)
        break
      case 'event':
        handlers.event(effect.event)
        break
      case 'closed':
        // Not earlier: a member that has left has no locks any more.
        this.group.leave(() => this.whenLeft?.())
        break
      case 'fatal':
        this.fatal(effect.fault)
    }
  }

  private wake(inMs: number | null): void {
    const tick = (): void => {
      this.post((now) => this.fetching.tick(now))
    }
    if (inMs === null) this.timers.disarm('fetching')
    else if (inMs === 0) this.timers.turn('fetching', tick)
    else this.timers.arm('fetching', inMs, tick)
  }

  private runOf({ topic, partition, batches, bytes }: AcquiredRecords): AcquiredRun {
    const { settings, checksum, decompress } = this.context
    const run = recordRun({
      topic,
      partition,
      bytes: ownBytes(bytes),
      fetchOffset: batches[0]?.first ?? 0n,
      behindEpoch: -1,
      // The broker does not send the high watermark, and acquires only records below it.
      highWatermark: 2n ** 63n - 1n,
      // The broker leaves out aborted records, by the group's `share.isolation.level`.
      aborted: [],
      isolation: 'read_uncommitted',
      checksum: settings.checkCrcs ? checksum : null,
      maxDecompressedBytes: settings.maxDecompressedBytes,
      decompress
    })
    return { batches, run }
  }

  private fatal(fault: Fault): void {
    if (this.closed) return
    this.context.handlers.fault(fault)
    this.close()
  }

  private close(): void {
    this.closed = true
    this.timers.close()
    this.lookUps.close()
    this.requests.close()
    this.group.close()
    this.metadata.close()
    this.context.calls.close()
  }
}

const notLocated = ({ topicId, partition }: TopicIdPartition, topic: string | undefined): Fault =>
  topic === undefined
    ? brokerFault('Metadata', errorCode.UNKNOWN_TOPIC_ID, topicId)
    : brokerFault('Metadata', errorCode.LEADER_NOT_AVAILABLE, topic, partition)
