import type { Fault } from '../../model/fault.js'
import type { TopicPartition } from '../../model/topic-partition.js'
import type { BatchAnswer } from './batch-answer.js'
import { faultsByPlace, inDoubt, overdueFault, withDoubt } from './batch-faults.js'
import { faultOfAnswer, produceFault, produceVerdict } from './produce-verdict.js'
import { type ProducerBatch, type ProducerIdentity, sequenceAfter } from './producer-batch.js'
import type { QueueSettings } from './queue-settings.js'
import type { Settled } from './settled.js'

const lastEpoch = 32_767

/**
 * The batches of one partition in the order of their records, until each is settled, and the sequence numbers by which the
 * broker distinguishes duplicates from gaps. The rules are those of Java's client:
 *
 * - A batch keeps its identity and sequence in every attempt, so that the broker recognizes a duplicate after a lost answer.
 * - Only the first batch is sent again; later ones wait for it, so that the order holds.
 * - A batch that is given up leaves a gap before the following ones, so its epoch ends. The next epoch begins with sequence 0,
 *   when nothing is in flight and the outcome of the first remaining batch is known.
 *
 * Without idempotence one batch is in flight at a time: the broker would accept a later one before an earlier one that is sent again.
 */
export class PartitionQueue implements TopicPartition {
  readonly topic: string
  readonly partition: number
  private readonly settings: QueueSettings
  private batches: ProducerBatch[] = []
  private identity: ProducerIdentity | null = null
  /** The producer ID whose epochs are used up. */
  private spent: bigint | null = null
  private nextSequence = 0
  /** The number of batches that have been sent, without repetitions. */
  private numbered = 0
  /** The epoch has ended; the next begins as soon as that is safe. */
  private renewing = false
  /** Batches that were given up in flight: the outcome of their records has been reported. */
  private readonly abandoned = new Set<ProducerBatch>()
  /** The log has a batch of this producer, so the broker knows the next sequence number. */
  known = false

  constructor({ topic, partition }: TopicPartition, settings: QueueSettings) {
    this.topic = topic
    this.partition = partition
    this.settings = settings
  }

  get isEmpty(): boolean {
    return this.batches.length === 0
  }
  /** The number of batches that wait or are in flight. */
  get length(): number {
    return this.batches.length
  }

  /** Records in flight. */
  get recordsOnWire(): number {
    return this.batches.reduce((records, { onWire, count }) => records + (onWire ? count : 0), 0)
  }

  get head(): ProducerBatch | undefined {
    return this.batches[0]
  }

  /** The batch that accepts records. */
  get open(): ProducerBatch | undefined {
    return this.batches.at(-1)
  }

  /** Whether the queue cannot send before the cluster assigns an identity other than this one. */
  needsOtherThan(known: ProducerIdentity | null): boolean {
    return this.settings.idempotent && this.identity === null && (known === null || known.producerId === this.spent)
  }

  /** Whether the batch was given up and is still in flight. */
  hasAbandoned(batch: ProducerBatch): boolean {
    return this.abandoned.has(batch)
  }

  push(batch: ProducerBatch): void {
    this.open?.close()
    this.batches.push(batch)
  }

  /** Uses this producer ID and epoch from now on. Call it only without an identity, or with nothing in flight. */
  adopt(identity: ProducerIdentity): void {
    this.identity = identity
    this.nextSequence = 0
    this.renewing = false
    for (const batch of this.batches) batch.sequence = -1
  }

  /**
   * The batch to send now, if there is one. `hurry`: without lingering, for a flush or when the memory is full. A queue without
   * an identity adopts `identity`.
   */
  ready(now: number, hurry: boolean, identity: ProducerIdentity | null): ProducerBatch | null {
    if (this.renewing) this.renew()
    const { idempotent } = this.settings
    if (idempotent && this.identity === null) {
      if (identity === null || this.needsOtherThan(identity)) return null
      this.adopt(identity)
    }
    const batch = this.batches.find(({ onWire }) => !onWire)
    if (batch === undefined || this.abandoned.size > 0) return null
    // It was sent before: it is sent again when it is the first, ahead of any new batch.
    if (batch.attempts > 0) return batch === this.head && now >= batch.retryAt ? batch : null
    if (this.renewing || this.ahead >= this.limit) return null
    return hurry || batch.isFull || now >= batch.createdAt + this.settings.lingerMs ? batch : null
  }

  /** When the next batch is due to be sent or given up; Infinity if that depends on an answer. */
  wakeAt(now: number): number {
    const { head } = this
    if (head === undefined) return Infinity
    const next = this.batches.find(({ onWire }) => !onWire)
    const after = (at: number): number => (at > now ? at : Infinity)
    const sendAt =
      next === undefined ? Infinity : next.attempts > 0 ? next.retryAt : next.createdAt + this.settings.lingerMs
    return Math.min(after(head.deadline), after(sendAt))
  }

  /** Marks the batch as sent, and gives it a sequence number if it has none. */
  sent(batch: ProducerBatch): void {
    batch.close()
    batch.onWire = true
    batch.attempts++
    if (batch.sequence >= 0) return
    if (!this.settings.idempotent) {
      batch.number ||= ++this.numbered
      return
    }
    batch.identity = this.identity
    batch.number = ++this.numbered
    batch.sequence = this.nextSequence
    this.nextSequence = sequenceAfter(this.nextSequence, batch.count)
  }

  /** The broker has answered for a batch. Returns what that settles. */
  answered(batch: ProducerBatch, answer: BatchAnswer, retryAt: number): readonly Settled[] {
    if (this.isLate(batch)) return []
    const verdict = produceVerdict(answer.code)
    switch (verdict._tag) {
      case 'written':
        this.known = true
        this.remove(batch)
        return [{ _tag: 'written', batch, baseOffset: answer.baseOffset }]
      case 'retry':
        batch.maybeWritten ||= verdict.maybeWritten
        return this.again(batch, faultOfAnswer(batch, answer, batch.maybeWritten), retryAt)
      case 'out of sequence':
        return this.outOfSequence(batch, answer, retryAt)
      case 'forgotten':
        batch.maybeWritten = false
        // In a transaction no new epoch may begin.
        if (this.settings.transactional) return this.giveUp(batch, faultOfAnswer(batch, answer, false))
        this.renewing = true
        return this.again(batch, faultOfAnswer(batch, answer, false), retryAt)
      case 'invalid record': {
        const faults = faultsByPlace(batch, answer)
        return faults.size === 0 ? this.inHalves(batch, answer) : this.without(batch, faults)
      }
      case 'too large':
        return this.inHalves(batch, answer)
      case 'refused':
      case 'not authorised':
        return this.giveUp(batch, faultOfAnswer(batch, answer, batch.maybeWritten))
    }
  }

  /** The request with the batch got no answer; `sent` is false only if it certainly was not sent. */
  unanswered(batch: ProducerBatch, fault: Fault, sent: boolean, retryAt: number): readonly Settled[] {
    if (this.isLate(batch)) return []
    batch.maybeWritten ||= sent
    return this.again(batch, fault, retryAt)
  }

  /** The batch cannot be sent, and a retry would not help. */
  refuse(batch: ProducerBatch, fault: Fault): readonly Settled[] {
    return this.isLate(batch) ? [] : this.giveUp(batch, fault)
  }

  /**
   * How many batches have been sent since the oldest unsettled one, itself included. Confirmed batches count too: the broker
   * remembers only the last five, and has to recognize the oldest when it is sent again.
   */
  private get ahead(): number {
    const { head } = this
    return head === undefined || head.number === 0 ? 0 : this.numbered - head.number + 1
  }

  /**
   * The limit of `ahead`. A broker accepts any sequence number from a producer that it does not know: until the first batch is
   * confirmed, a second one could overtake it.
   */
  private get limit(): number {
    return this.settings.idempotent && this.known ? this.settings.maxInFlight : 1
  }

  /** Gives up batches that have waited too long. */
  expire(now: number): readonly Settled[] {
    const settled: Settled[] = []
    for (let head = this.head; head !== undefined && now >= head.deadline; head = this.head)
      settled.push(...this.giveUp(head, overdueFault(head, this.settings.deliveryTimeoutMs)))
    return settled
  }

  failAll(fault: Fault): readonly Settled[] {
    return [...this.batches].flatMap((batch) => this.giveUp(batch, inDoubt(fault, batch)))
  }

  /** The refused record is unknown: a batch of one fails; a larger batch is sent in halves, and some may be accepted. */
  private inHalves(batch: ProducerBatch, answer: BatchAnswer): readonly Settled[] {
    if (batch.count === 1) return this.giveUp(batch, faultOfAnswer(batch, answer, batch.maybeWritten))
    const at = this.batches.indexOf(batch)
    this.batches.splice(at, 1, ...batch.split())
    this.numbered++
    // The broker has one more batch to remember.
    for (const later of this.batches.slice(at + 1)) if (later.number > 0) later.number++
    return []
  }

  /**
   * The broker names the records that it refuses, and has written nothing: the others are sent without them. Later batches then
   * have other sequence numbers, so the epoch ends.
   */
  private without(batch: ProducerBatch, faults: ReadonlyMap<number, Fault>): readonly Settled[] {
    const inOrder = [...faults.values()]
    if (batch.sequence >= 0) this.renewing = true
    if (faults.size === batch.count) {
      this.remove(batch)
      return [{ _tag: 'refused', batch, faults: inOrder }]
    }
    const [refused, others] = batch.divide((place) => faults.has(place), 0)
    const settled: readonly Settled[] = [{ _tag: 'refused', batch: refused, faults: inOrder }]
    if (this.settings.transactional) {
      this.remove(batch)
      const reason = 'another record of its batch was refused, and so its transaction can only be aborted'
      const fault = produceFault(batch, 'refused', reason, { permanent: false, maybeWritten: false })
      return [...settled, { _tag: 'failed', batch: others, fault }]
    }
    // If the whole batch may be in the log, the rest keeps its sequence number: the broker then refuses a part of it.
    if (batch.maybeWritten) others.goOnAs(batch, batch.sequence)
    this.batches.splice(this.batches.indexOf(batch), 1, others)
    return settled
  }

  private outOfSequence(batch: ProducerBatch, answer: BatchAnswer, retryAt: number): readonly Settled[] {
    const fault = faultOfAnswer(batch, answer, batch.maybeWritten)
    if (!this.settings.idempotent) return this.giveUp(batch, fault)
    // No earlier batch is missing: the log has a gap, and does not contain this batch.
    if (this.head === batch && this.abandoned.size === 0) {
      // Except if it is a part of a batch that was written as a whole.
      if (batch.wholeMaybeWritten) return this.giveUp(batch, fault)
      batch.maybeWritten = false
      if (this.settings.transactional) return this.giveUp(batch, faultOfAnswer(batch, answer, false))
      this.renewing = true
    }
    return this.again(batch, fault, retryAt)
  }

  private again(batch: ProducerBatch, fault: Fault, retryAt: number): readonly Settled[] {
    batch.lastFault = fault
    batch.retryAt = retryAt
    return batch.attempts > this.settings.retries ? this.giveUp(batch, withDoubt(fault, batch)) : []
  }

  private giveUp(batch: ProducerBatch, fault: Fault): readonly Settled[] {
    if (batch.onWire) this.abandoned.add(batch)
    this.remove(batch)
    if (batch.sequence >= 0) this.renewing = true
    return [{ _tag: 'failed', batch, fault }]
  }

  /** The batch is not in flight any more. True if it was given up meanwhile: its records have been reported. */
  private isLate(batch: ProducerBatch): boolean {
    batch.onWire = false
    return this.abandoned.delete(batch)
  }

  private remove(batch: ProducerBatch): void {
    if (this.batches[0] === batch) this.batches.shift()
    else this.batches.splice(this.batches.indexOf(batch), 1)
  }

  /** Begins the next epoch if that is safe: a batch that may have been written is first sent again under the old epoch. */
  private renew(): void {
    if (this.settings.transactional || this.abandoned.size > 0 || this.batches.some(({ onWire }) => onWire)) return
    const { head, identity } = this
    if (identity === null || (head !== undefined && head.sequence >= 0 && head.maybeWritten)) return
    if (identity.epoch < lastEpoch) this.adopt({ producerId: identity.producerId, epoch: identity.epoch + 1 })
    else {
      this.identity = null
      this.known = false
      this.spent = identity.producerId
      this.renewing = false
      for (const batch of this.batches) batch.sequence = -1
    }
  }
}
