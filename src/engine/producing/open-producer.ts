import { isLeft, right } from 'fp-ts/lib/Either.js'
import { Observable, Subscription } from 'rxjs'
import { retryDelay } from '../../core/scheduling/backoff-delay.js'
import { errorCode, isFatal } from '../../core/protocol/error-code.js'
import { Accumulator } from '../../core/producing/accumulator.js'
import { bareAnswer } from '../../core/producing/batch-answer.js'
import type { Settled } from '../../core/producing/settled.js'
import { TakenRecord, takeRecord } from '../../core/producing/outgoing-record.js'
import { produceFault, produceVerdict, tooLarge } from '../../core/producing/produce-verdict.js'
import type { ProducerBatch, ProducerIdentity, DeliveryCallbacks } from '../../core/producing/producer-batch.js'
import { noticeMs } from '../../core/scheduling/waits.js'
import { recordBound } from '../../core/records/batch-builder.js'
import type { Cancel } from '../../model/clock.js'
import type { Fault } from '../../model/fault.js'
import { reasonOf } from '../../model/printable.js'
import type { ProducerStatus } from '../../model/producer-status.js'
import type { ProducerEvent } from '../../model/producer-event.js'
import { partitionKey } from '../../model/topic-partition.js'
import type { ProducedBatch } from '../../ports/kafka-calls.js'
import type { OutgoingRecord, ProducerSession } from '../../ports/producer-session.js'
import type { Step } from '../../ports/step.js'
import { Flushes } from './flushes.js'
import { PartitionChoice } from './partition-choice.js'
import type { ProducerContext } from './producer-context.js'
import { ProducerCounts } from './producer-counts.js'
import { ProducerNotices } from './producer-notices.js'
import { ProducerIdRequest } from './producer-id.js'
import { type KnownTopic, TopicLeaders } from './topic-leaders.js'
import type { TransactionalProducer, TransactionGate } from './transactional-producer.js'
import { type WaitingRecord, WaitingRecords } from './waiting-records.js'

/**
 * Starts a producer over a cluster's calls. The same one serves every cluster: what differs is only who answers. It drives
 * the accumulator: gives it time, leaders and answers, and sends what it says is to be sent.
 */
export const openProducer = (context: ProducerContext): ProducerSession => new CallsProducer(context)

export const openTransactionalProducer = (context: ProducerContext, gate: TransactionGate): TransactionalProducer =>
  new CallsProducer(context, gate)

class CallsProducer implements TransactionalProducer {
  private readonly context: ProducerContext
  private readonly gate: TransactionGate | null
  private readonly accumulator: Accumulator
  private readonly choice: PartitionChoice
  private readonly leaders: TopicLeaders
  private readonly producerId: ProducerIdRequest
  private readonly waiting = new WaitingRecords()
  private readonly flushes = new Flushes()
  private readonly notices: ProducerNotices
  private readonly counts = new ProducerCounts()
  /** Requests under way, by node. */
  private readonly inFlight = new Map<number, number>()
  private turn: Cancel | null = null
  private timer: { readonly at: number; readonly cancel: Cancel } | null = null
  /** The time of the turn: records that are given in one came at one moment. */
  private moment: { readonly now: number; readonly wall: number } | null = null
  private readonly requests = new Subscription()
  private closed = false
  private pumping = false

  constructor(context: ProducerContext, gate: TransactionGate | null = null) {
    this.context = context
    this.gate = gate
    const { settings } = context
    this.accumulator = new Accumulator({ ...settings, transactional: gate !== null })
    this.notices = new ProducerNotices(context)
    this.choice = new PartitionChoice(context, this.accumulator)
    this.producerId = new ProducerIdRequest(context)
    this.leaders = new TopicLeaders(context, {
      learned: () => {
        for (const topic of [...this.waiting.topics])
          if (this.leaders.of(topic) !== undefined) {
            this.notices.topicFound(topic)
            for (const record of this.waiting.takeTopic(topic)) if (!this.hasChanged(record)) this.take(record)
          }
        this.pump()
      },
      missing: (topic, fault, inMs) => {
        const forMs = this.notices.topicMissing(topic, fault, inMs)
        // What is in batches already has waited since then.
        if (forMs >= settings.maxBlockMs && fault._tag === 'UnknownTopicFault')
          this.settle(this.accumulator.failAll(this.notices.unknownTopic(topic), topic))
      },
      refused: (topic, fault) => {
        this.settle(this.accumulator.failAll(fault, topic))
        for (const record of this.waiting.takeTopic(topic)) this.fail(record, fault)
      },
      fatal: (fault) => this.failAll(fault)
    })
  }

  send(record: OutgoingRecord, callbacks: DeliveryCallbacks, index: number): void {
    const { clock } = this.context
    this.moment ??= { now: clock.now(), wall: clock.wallTime() }
    // Looked at before anything is counted: what throws in between would be waited for without end.
    const content = takeRecord(record)
    const fault = content instanceof TakenRecord ? this.objection(content) : content
    const told = { callbacks, index, generation: this.flushes.enter() }
    this.counts.entered()
    if (fault === null && content instanceof TakenRecord)
      this.take({ ...told, content, bound: content.bound, givenAt: this.moment.now, partition: -1, waitsFor: null })
    else this.refuse(told, fault ?? closedFault)
    if (!this.closed) this.kick()
  }

  flush(): Step<void> {
    return new Observable((subscriber) => {
      this.flushes.begin(() => {
        subscriber.next(right(undefined))
        subscriber.complete()
      })
      if (this.flushes.areWaiting) this.kick()
    })
  }

  close(): void {
    if (this.closed) return
    this.closed = true
    this.turn?.()
    this.timer?.cancel()
    this.leaders.close()
    this.producerId.close()
    this.requests.unsubscribe()
    this.context.calls.close()
    this.failAll(closedFault)
    this.notices.close()
  }

  status(): ProducerStatus {
    const { clock, settings } = this.context
    return this.counts.status(this.accumulator, settings.bufferMemory, this.notices.open, clock.now())
  }

  get events(): Observable<ProducerEvent> {
    return this.notices.events
  }

  identify(identity: ProducerIdentity): void {
    this.accumulator.identify(identity, true)
    this.go()
  }

  go(): void {
    this.kick()
  }

  abandon(fault: Fault): void {
    this.failAll(fault)
  }

  /** Where a record that was given goes: into a batch, or to those that wait. */
  private take(record: WaitingRecord): void {
    const { topic } = record.content
    const known = this.leaders.of(topic)
    if (known === undefined) this.waiting.forTopic(record, 'topic')
    else if (this.waiting.waitForMemory || !this.place(record, known)) this.waiting.forMemory(record)
  }

  /** False if there is no memory for it. A record that no partition can take is told so. */
  private place(record: WaitingRecord, known: KnownTopic): boolean {
    const { content } = record
    const { topic, timestamp } = content
    if (record.partition < 0) {
      const partition = this.choice.of(content, known)
      if (typeof partition !== 'number') {
        // One that it names may be added yet.
        if (content.partition === undefined) this.refuse(record, partition)
        else {
          this.waiting.forTopic(record, 'partition')
          this.leaders.refreshLater(topic)
          this.notices.partitionMissing(topic, content.partition, known.leaders.length)
        }
        return true
      }
      record.partition = partition
      if (record.waitsFor === 'partition') this.notices.partitionFound(topic, partition)
    }
    const moment = (this.moment ??= { now: this.context.clock.now(), wall: this.context.clock.wallTime() })
    // The time for its delivery runs from here: until now it was `max.block.ms`.
    const given = record.waitsFor === null ? record : { ...record, givenAt: moment.now }
    const added = this.accumulator.add(topic, record.partition, timestamp ?? moment.wall, given)
    if (added === 'full') return false
    this.choice.placed(content, record.bound, added, known)
    return true
  }

  /** Why a record cannot be written whatever the cluster says. */
  private objection({ topic, bound }: TakenRecord): Fault | null {
    return this.closed ? closedFault : tooLarge(topic, bound, this.context.settings.maxRequestSize)
  }

  /** Whether its bytes were given away while it waited, e.g. to a worker: then it fails. */
  private hasChanged(record: WaitingRecord): boolean {
    if (recordBound(record.content) === record.bound) return false
    this.refuse(record, { _tag: 'UsageFault', reason: 'the bytes of a record were given away before it was written' })
    return true
  }

  private lateFault(record: WaitingRecord): Fault {
    const { topic } = record.content
    const partitions = this.leaders.of(topic)?.leaders.length ?? 0
    return this.notices.late(record, partitions, this.leaders.troubleOf(topic))
  }

  private kick(): void {
    this.turn ??= this.context.clock.turn(this.onTurn)
  }

  // Not written where it is used: that would cost every record a scope.
  private readonly onTurn = (): void => {
    this.turn = null
    this.pump()
  }

  /** Sends what is to be sent, gives up what is overdue, and sees to it that it is called again in time. */
  private pump(): void {
    // An answer may come inside the call that sends: it is seen to by the loop that runs.
    if (this.pumping) return
    this.pumping = true
    const { clock, settings } = this.context
    const now = clock.now()
    this.settle(this.accumulator.expire(now))
    this.waiting.placeAll(now, (record) => {
      if (this.hasChanged(record)) return true
      const known = this.leaders.of(record.content.topic)
      if (known !== undefined) return this.place(record, known)
      this.waiting.forTopic(record, 'topic')
      return true
    })
    for (const record of this.waiting.takeLate(now, settings.maxBlockMs)) this.fail(record, this.lateFault(record))
    this.notices.memoryUsedUp(this.waiting.stuckFor(now))
    this.notices.oldest(this.accumulator.oldest)
    if (this.gate === null && this.accumulator.needsIdentity) this.askIdentity()
    const hurry = this.flushes.areWaiting || this.waiting.waitForMemory
    const hasRoom = (node: number): boolean => (this.inFlight.get(node) ?? 0) < settings.maxInFlight
    const leaderOf = (topic: string, partition: number): number =>
      this.gate === null || this.gate.admits(topic, partition) ? this.leaders.leaderOf(topic, partition) : -1
    for (;;) {
      const requests = this.accumulator.take(now, hurry, leaderOf, hasRoom)
      if (requests.length === 0) break
      for (const { node, batches } of requests) this.produce(node, batches)
    }
    const topics = this.accumulator.waitingTopics
    for (const topic of topics) {
      const known = this.leaders.of(topic)
      if (known !== undefined && known.available.length < known.leaders.length) this.leaders.refresh(topic)
    }
    this.leaders.refreshOld(topics, now)
    for (const topic of this.leaders.missing)
      if (!topics.has(topic) && !this.waiting.has(topic)) {
        this.leaders.forget(topic)
        this.notices.topicFound(topic)
      }
    this.moment = null
    this.pumping = false
    const late = Math.min(this.waiting.lateAt(settings.maxBlockMs), this.notices.lateAt(this.accumulator.oldest))
    this.arm(Math.min(this.accumulator.wakeAt(now), late, this.waiting.lateAt(noticeMs)), now)
  }

  private arm(at: number, now: number): void {
    if (this.timer !== null && this.timer.at <= at && this.timer.at > now) return
    this.timer?.cancel()
    this.timer = null
    if (at === Infinity) return
    const cancel = this.context.clock.schedule(Math.max(1, Math.ceil(at - now)), () => {
      this.timer = null
      this.pump()
    })
    this.timer = { at, cancel }
  }

  private askIdentity(): void {
    this.producerId.ask(
      (identity) => {
        this.accumulator.identify(identity)
        this.pump()
      },
      (fault) => this.failAll(fault)
    )
  }

  private produce(node: number, batches: readonly ProducerBatch[]): void {
    const { calls, settings } = this.context
    const encoded = batches.flatMap((batch) => this.encoded(batch))
    if (encoded.length === 0) return
    this.inFlight.set(node, (this.inFlight.get(node) ?? 0) + 1)
    const request = {
      transaction: this.gate?.transaction ?? null,
      acks: settings.acks,
      timeoutMs: settings.requestTimeoutMs,
      batches: encoded.map(({ batch: { topic, partition }, bytes }) => ({ topic, partition, bytes }))
    }
    const sent = encoded.map(({ batch }) => batch)
    this.counts.sent(sent)
    const sending = new Subscription()
    this.requests.add(sending)
    sending.add(
      calls.produce(node, request).subscribe((answer) => {
        this.requests.remove(sending)
        this.inFlight.set(node, (this.inFlight.get(node) ?? 1) - 1)
        if (isLeft(answer)) this.notices.unreached(node, answer.left.fault)
        else this.notices.reached(node)
        if (isLeft(answer)) this.unanswered(sent, answer.left.fault, answer.left.sent)
        else if (settings.acks === 0)
          for (const batch of sent) this.settle(this.accumulator.answered(batch, bareAnswer(errorCode.NONE), 0))
        else this.answered(node, sent, answer.right)
        this.pump()
      })
    )
  }

  /** Its bytes; none where a compressor threw: then its records have been told. */
  private encoded(batch: ProducerBatch): readonly { readonly batch: ProducerBatch; readonly bytes: Uint8Array }[] {
    const { compressor, checksum } = this.context
    try {
      return [{ batch, bytes: batch.encode(this.gate !== null, compressor, checksum) }]
    } catch (error) {
      const reason = `it cannot be compressed: ${reasonOf(error)}`
      this.settle(this.accumulator.refuse(batch, produceFault(batch, 'refused', reason, { permanent: false })))
      return []
    }
  }

  private answered(node: number, batches: readonly ProducerBatch[], answer: readonly ProducedBatch[]): void {
    const codes = new Map(answer.map((produced) => [partitionKey(produced.topic, produced.partition), produced]))
    for (const batch of batches) {
      const produced = codes.get(partitionKey(batch.topic, batch.partition))
      if (produced === undefined) {
        const fault = produceFault(batch, 'refused', 'the answer lacks it', { permanent: false, maybeWritten: true })
        this.settle(this.accumulator.unanswered(batch, fault, true, this.retryAt(batch)))
        continue
      }
      const verdict = produceVerdict(produced.code)
      const isMoved = verdict._tag === 'retry' && verdict.moved
      const isKnown = isMoved && this.leaders.moved(produced, node)
      if (isMoved && !isKnown) this.leaders.refresh(batch.topic)
      // Brokers that name each other are not asked without a pause.
      const retryAt = isKnown && batch.attempts <= 1 ? this.context.clock.now() : this.retryAt(batch)
      this.settle(this.accumulator.answered(batch, produced, retryAt))
    }
  }

  private unanswered(batches: readonly ProducerBatch[], fault: Fault, sent: boolean): void {
    for (const batch of batches) {
      if (isFatal(fault)) this.settle(this.accumulator.refuse(batch, fault))
      else {
        this.leaders.refresh(batch.topic)
        this.settle(this.accumulator.unanswered(batch, fault, sent, this.retryAt(batch)))
      }
    }
  }

  private retryAt({ attempts }: ProducerBatch): number {
    const { clock, random, settings } = this.context
    return clock.now() + retryDelay(attempts, settings, random)
  }

  /** Tells what became of records. */
  private settle(settled: readonly Settled[]): void {
    for (const one of settled) {
      const { count } = one.batch
      const failed = one._tag === 'written' ? 0 : count
      this.counts.written(count - failed)
      this.counts.refused(failed)
      switch (one._tag) {
        case 'written':
          one.batch.confirm(one.baseOffset)
          break
        case 'failed':
          one.batch.fail(one.fault)
          break
        case 'refused':
          one.batch.failEach(one.faults)
      }
      this.flushes.leave(one.batch.generation, count)
    }
  }

  private failAll(fault: Fault): void {
    this.settle(this.accumulator.failAll(fault))
    for (const record of this.waiting.takeAll()) this.fail(record, fault)
  }

  /** Told on a later turn: it may be in the very call that gave it. */
  private refuse(record: Told, fault: Fault): void {
    this.context.clock.turn(() => this.fail(record, fault))
  }

  private fail({ callbacks, index, generation }: Told, fault: Fault): void {
    callbacks.failed(index, fault)
    this.counts.refused(1)
    this.flushes.leave(generation, 1)
  }
}

/** Who is told of a record. */
type Told = Pick<WaitingRecord, 'callbacks' | 'index' | 'generation'>

const closedFault: Fault = { _tag: 'ClosedFault', what: 'the producer' }
