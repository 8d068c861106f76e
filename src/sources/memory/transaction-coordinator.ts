import type { ProducerIdentity } from '../../core/producing/producer-batch.js'
import { errorCode } from '../../core/protocol/error-code.js'
import type { Cancel, Clock } from '../../model/clock.js'
import { partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type {
  EndTxnRequest,
  EndTxnResponse,
  ErrorCode,
  InitProducerIdRequest,
  InitProducerIdResponse,
  ProducerEpoch,
  TransactionVersion
} from '../../ports/kafka-calls.js'

/** How a transaction ends. */
export type TransactionEnd = 'commit' | 'abort'

/** What the coordinator changes elsewhere when a transaction is completed. */
export interface TransactionEffects {
  newProducerId(): bigint
  /** Writes the marker that ends the producer's transaction in the partition. */
  mark(place: TopicPartition, producer: ProducerIdentity, end: TransactionEnd): void
  /** Commits or drops the offsets that the producer's transaction has for the group. */
  endOffsets(groupId: string, producerId: bigint, end: TransactionEnd): void
}

type State =
  | { readonly _tag: 'Empty' }
  | { readonly _tag: 'Ongoing'; readonly deadline: Cancel }
  | { readonly _tag: 'Prepare' | 'Complete'; readonly end: TransactionEnd }

/** The state of one transactional ID. */
interface Transactions {
  identity: ProducerIdentity
  /** The identity before the last change: a producer that still uses it did not get the answer, and asks again. */
  former: ProducerIdentity
  timeoutMs: number
  state: State
  readonly partitions: Map<string, TopicPartition>
  readonly groups: Set<string>
}

/** `transaction.max.timeout.ms` */
const maxTimeoutMs = 900_000

/** The last epoch of a producer; the next one fences it. */
const lastEpoch = 32_766

const nobody: ProducerIdentity = { producerId: -1n, epoch: -1 }

/**
 * Kafka's transaction coordinator: which producer has an ID, what belongs to its transaction, and how that ends. The rules are
 * those of `TransactionCoordinator` and `TransactionMetadata` of Kafka 4.1, for clients of either transaction version. A
 * transaction is completed a turn after its end was answered; until then the producer gets CONCURRENT_TRANSACTIONS.
 */
export class TransactionCoordinator {
  private readonly clock: Clock
  private readonly effects: TransactionEffects
  private readonly known = new Map<string, Transactions>()

  constructor(clock: Clock, effects: TransactionEffects) {
    this.clock = clock
    this.effects = effects
  }

  init({ transactionalId, transactionTimeoutMs: timeoutMs, ...as }: InitProducerIdRequest): InitProducerIdResponse {
    if (transactionalId === null) return given({ producerId: this.effects.newProducerId(), epoch: 0 })
    if (timeoutMs <= 0 || timeoutMs > maxTimeoutMs) return refused(errorCode.INVALID_TRANSACTION_TIMEOUT)
    const transactions = this.known.get(transactionalId) ?? this.open(transactionalId)
    const { identity, former, state } = transactions
    const asNobody = as.producerId < 0n
    const isFormer = isSame(as, former)
    const isNew = identity.epoch < 0
    if (!asNobody && !isNew && as.producerId !== identity.producerId && !isFormer)
      return refused(errorCode.PRODUCER_FENCED)
    switch (state._tag) {
      case 'Prepare':
        return refused(errorCode.CONCURRENT_TRANSACTIONS)
      case 'Ongoing':
        // The abort fences the former producer; the new one has to ask again.
        this.prepare(transactions, 'abort', this.next(identity))
        return refused(errorCode.CONCURRENT_TRANSACTIONS)
      case 'Empty':
      case 'Complete': {
        if (!asNobody && !isNew && !isSame(as, identity))
          return isFormer ? given(identity) : refused(errorCode.PRODUCER_FENCED)
        transactions.former = asNobody ? nobody : identity
        transactions.identity = this.next(identity)
        transactions.timeoutMs = timeoutMs
        transactions.state = { _tag: 'Empty' }
        return given(transactions.identity)
      }
    }
  }

  addPartitions(who: ProducerEpoch, places: readonly TopicPartition[]): ErrorCode {
    return this.join(who, ({ partitions }) => {
      for (const { topic, partition } of places) partitions.set(partitionKey(topic, partition), { topic, partition })
    })
  }

  addGroup(who: ProducerEpoch, groupId: string): ErrorCode {
    return this.join(who, ({ groups }) => {
      groups.add(groupId)
    })
  }

  /** Whether this producer may write to the partition. Under version 2 the partition joins its transaction. */
  admits(who: ProducerEpoch, place: TopicPartition): ErrorCode {
    if (who.version === 2) return asWritten(this.addPartitions(who, [place]))
    return this.belongs(who, ({ partitions }) => partitions.has(partitionKey(place.topic, place.partition)))
  }

  /** The same for a group's offsets. */
  admitsOffsets(who: ProducerEpoch, groupId: string): ErrorCode {
    if (who.version === 2) return asWritten(this.addGroup(who, groupId))
    return this.belongs(who, ({ groups }) => groups.has(groupId))
  }

  end({ commit, ...who }: EndTxnRequest): EndTxnResponse {
    const end = commit ? 'commit' : 'abort'
    const transactions = this.known.get(who.transactionalId)
    if (transactions === undefined) return notEnded(errorCode.INVALID_PRODUCER_ID_MAPPING)
    const { identity, former, state } = transactions
    // A repeated request: the first answer was lost, and with it the next epoch.
    const hasEnded = state._tag === 'Prepare' || state._tag === 'Complete'
    const isAgain = who.version === 2 && hasEnded && isSame(who, former)
    if (who.producerId !== identity.producerId && !isAgain) return notEnded(errorCode.INVALID_PRODUCER_ID_MAPPING)
    if (who.epoch !== identity.epoch && !isAgain) return notEnded(errorCode.PRODUCER_FENCED)
    switch (state._tag) {
      case 'Ongoing':
        return this.begin(transactions, end, who.version)
      case 'Prepare':
        return notEnded(state.end === end ? errorCode.CONCURRENT_TRANSACTIONS : errorCode.INVALID_TXN_STATE)
      case 'Complete':
        if (who.version === 1 || isAgain)
          return state.end === end ? ended(who.version, identity) : notEnded(errorCode.INVALID_TXN_STATE)
        return this.endNothing(transactions, end)
      case 'Empty':
        return who.version === 2 ? this.endNothing(transactions, end) : notEnded(errorCode.INVALID_TXN_STATE)
    }
  }

  private open(transactionalId: string): Transactions {
    const identity = { producerId: this.effects.newProducerId(), epoch: -1 }
    const transactions: Transactions = {
      identity,
      former: nobody,
      timeoutMs: 0,
      state: { _tag: 'Empty' },
      partitions: new Map(),
      groups: new Set()
    }
    this.known.set(transactionalId, transactions)
    return transactions
  }

  private refusal(who: ProducerEpoch): ErrorCode | Transactions {
    const transactions = this.known.get(who.transactionalId)
    if (who.producerId !== transactions?.identity.producerId) return errorCode.INVALID_PRODUCER_ID_MAPPING
    if (who.epoch !== transactions.identity.epoch) return errorCode.PRODUCER_FENCED
    return transactions.state._tag === 'Prepare' ? errorCode.CONCURRENT_TRANSACTIONS : transactions
  }

  private join(who: ProducerEpoch, add: (to: Transactions) => void): ErrorCode {
    const transactions = this.refusal(who)
    if (typeof transactions === 'number') return transactions
    add(transactions)
    if (transactions.state._tag === 'Ongoing') return errorCode.NONE
    const deadline = this.clock.schedule(transactions.timeoutMs, () => {
      this.prepare(transactions, 'abort', this.next(transactions.identity))
    })
    transactions.state = { _tag: 'Ongoing', deadline }
    return errorCode.NONE
  }

  private belongs(who: ProducerEpoch, isIn: (transactions: Transactions) => boolean): ErrorCode {
    const transactions = this.refusal(who)
    if (typeof transactions === 'number') return asWritten(transactions)
    return transactions.state._tag === 'Ongoing' && isIn(transactions)
      ? errorCode.NONE
      : errorCode.TRANSACTION_ABORTABLE
  }

  private begin(transactions: Transactions, end: TransactionEnd, version: TransactionVersion): EndTxnResponse {
    this.prepare(transactions, end, version === 2 ? this.next(transactions.identity) : transactions.identity)
    return ended(version, transactions.identity)
  }

  /** An abort without a transaction here refuses requests that are still in flight, by a new epoch. */
  private endNothing(transactions: Transactions, end: TransactionEnd): EndTxnResponse {
    return end === 'commit' ? notEnded(errorCode.INVALID_TXN_STATE) : this.begin(transactions, end, 2)
  }

  /** The end of the transaction and the next identity are decided; on the next turn the end takes effect everywhere. */
  private prepare(transactions: Transactions, end: TransactionEnd, next: ProducerIdentity): void {
    const { identity, state, partitions, groups } = transactions
    if (state._tag === 'Ongoing') state.deadline()
    transactions.former = isSame(next, identity) ? nobody : identity
    transactions.identity = next
    transactions.state = { _tag: 'Prepare', end }
    const { producerId } = identity
    // If the ID's epochs are used up, the marker has an epoch that no producer has.
    const epoch = next.producerId === producerId ? next.epoch : identity.epoch + 1
    this.clock.turn(() => {
      for (const place of partitions.values()) this.effects.mark(place, { producerId, epoch }, end)
      for (const groupId of groups) this.effects.endOffsets(groupId, producerId, end)
      partitions.clear()
      groups.clear()
      transactions.state = { _tag: 'Complete', end }
    })
  }

  private next({ producerId, epoch }: ProducerIdentity): ProducerIdentity {
    if (epoch >= lastEpoch) return { producerId: this.effects.newProducerId(), epoch: 0 }
    return { producerId, epoch: epoch + 1 }
  }
}

const isSame = (one: ProducerIdentity, other: ProducerIdentity): boolean =>
  one.producerId === other.producerId && one.epoch === other.epoch

const given = ({ producerId, epoch }: ProducerIdentity): InitProducerIdResponse => ({
  code: errorCode.NONE,
  producerId,
  epoch
})
const refused = (why: ErrorCode): InitProducerIdResponse => ({ code: why, ...nobody })

const ended = (version: TransactionVersion, identity: ProducerIdentity): EndTxnResponse => ({
  code: errorCode.NONE,
  identity: version === 2 ? identity : null
})
const notEnded = (why: ErrorCode): EndTxnResponse => ({ code: why, identity: null })

/** Producers get the code for fencing that existed before PRODUCER_FENCED. */
const asWritten = (code: ErrorCode): ErrorCode =>
  code === errorCode.PRODUCER_FENCED ? errorCode.INVALID_PRODUCER_EPOCH : code
