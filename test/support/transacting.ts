import { isLeft, isRight, right } from 'fp-ts/lib/Either.js'
import { Observable, of } from 'rxjs'
import { BrokerModel } from '../../src/sources/memory/broker-model.js'
import { memoryProduceCalls } from '../../src/sources/memory/memory-produce-calls.js'
import { decodeProducerConfig, type ProducerProperties } from '../../src/config/producer-config.js'
import { errorCode } from '../../src/core/protocol/error-code.js'
import { crc32c } from '../../src/core/records/crc32c.js'
import type { Fault } from '../../src/model/fault.js'
import type { TopicPartition } from '../../src/model/topic-partition.js'
import type { GroupMember, PartitionCode, TransactionVersion } from '../../src/ports/kafka-calls.js'
import type { Step } from '../../src/ports/step.js'
import type { TransactionSession } from '../../src/ports/transaction-session.js'
import { openTransactions } from '../../src/engine/transactions/open-transactions.js'
import { recordsIn, runOf } from './record-runs.js'
import { VirtualClock } from './virtual-clock.js'

/** What became of a step, or of a record; undefined as long as nothing was told. */
export type Outcome = 'done' | Fault | undefined

export interface TransactingOptions {
  /** null: as the cluster says */
  readonly version?: TransactionVersion | null
  readonly transactionTimeoutMs?: number
  readonly random?: () => number
  readonly properties?: ProducerProperties
  /** of more offsets a request is refused as too large */
  readonly mostOffsets?: number
  /** the codes of partitions in an answer, in order, instead of those of the cluster; null: those */
  readonly codes?: (
    api: 'addPartitionsToTxn' | 'txnOffsetCommit',
    topics: readonly string[]
  ) => readonly number[] | null
  /** for how long Produce is on its way */
  readonly produceMs?: number
}

const transactionalGroup = 'g'

/** Producers that write in transactions to an embedded cluster of one topic, `t`, in virtual time. */
export class Transacting {
  readonly clock = new VirtualClock()
  readonly model = new BrokerModel(this.clock)
  /** the transaction's requests, in order */
  readonly sent: string[] = []
  private readonly options: TransactingOptions

  constructor(options: TransactingOptions = {}) {
    this.options = options
    this.model.createTopic('t', 2)
  }

  session(transactionalId = 'id'): TransactionSession {
    const { version = null, transactionTimeoutMs = 60_000, random = () => 0, properties = {} } = this.options
    const settings = decodeProducerConfig(properties)
    if (isLeft(settings)) throw new Error('these properties are wrong')
    const real = memoryProduceCalls(this.model)
    const calls = {
      ...real,
      ...(version === null ? {} : { transactionVersion: () => of(right(version)) })
    }
    for (const api of ['initProducerId', 'addPartitionsToTxn', 'addOffsetsToTxn', 'txnOffsetCommit', 'endTxn'] as const)
      calls[api] = (request: never) => {
        this.sent.push(api)
        return real[api](request) as never
      }
    const { addPartitionsToTxn, produce } = calls
    const { codes = () => null, produceMs } = this.options
    calls.addPartitionsToTxn = (request) => {
      const answer = withCodes(request.partitions, codes('addPartitionsToTxn', topicsOf(request.partitions)))
      if (answer === null) return addPartitionsToTxn(request)
      this.sent.push('addPartitionsToTxn')
      return answer
    }
    if (produceMs !== undefined)
      calls.produce = (node, request) =>
        new Observable((subscriber) => {
          subscriber.add(
            this.clock.schedule(produceMs, () => {
              this.sent.push('produce')
              subscriber.add(produce(node, request).subscribe(subscriber))
            })
          )
        })
    const asked = calls.txnOffsetCommit
    const txnOffsetCommit: typeof asked = (request) =>
      withCodes(request.offsets, codes('txnOffsetCommit', topicsOf(request.offsets))) ?? asked(request)
    calls.txnOffsetCommit = (request) => {
      const { offsets } = request
      if (offsets.length <= (this.options.mostOffsets ?? Infinity)) return txnOffsetCommit(request)
      this.sent.push(`txnOffsetCommit of ${String(offsets.length)}`)
      return of(
        right(offsets.map(({ topic, partition }) => ({ topic, partition, code: errorCode.INVALID_COMMIT_OFFSET_SIZE })))
      )
    }
    return openTransactions({
      calls,
      clock: this.clock,
      random,
      settings: settings.right,
      compressor: null,
      checksum: crc32c,
      transactionalId,
      transactionTimeoutMs
    })
  }

  /** Takes a step and lets so much time pass. */
  take(step: Step<void>, ms = 5_000): Outcome {
    const told = this.begin(step)
    this.clock.advance(ms)
    return told()
  }

  /** Begins a step; gives how to see what became of it. */
  begin(step: Step<void>): () => Outcome {
    let outcome: Outcome
    step.subscribe((answer) => {
      outcome = isRight(answer) ? 'done' : answer.left
    })
    return () => outcome
  }

  /** Gives a record; gives how to see what became of it. */
  send(to: TransactionSession, value: string, partition = 0): () => Outcome {
    let outcome: Outcome
    const callbacks = {
      written: () => {
        outcome = 'done'
      },
      failed: (_index: number, fault: Fault) => {
        outcome = fault
      }
    }
    to.send({ topic: 't', partition, key: null, value, headers: [] }, callbacks, 0)
    return () => outcome
  }

  /** Gives a record, and lets so much time pass. */
  write(to: TransactionSession, value: string, partition = 0, ms = 5_000): Outcome {
    const told = this.send(to, value, partition)
    this.clock.advance(ms)
    return told()
  }

  offsets(of: TransactionSession, offset: bigint): Step<void> {
    return of.sendOffsets(outside, [{ topic: 't', partition: 0, offset, leaderEpoch: -1, metadata: '' }])
  }

  stored(partition = 0): bigint | undefined {
    return this.model.storedOffset(transactionalGroup, { topic: 't', partition })?.offset
  }

  /** What a reader gets of a partition. */
  visible(partition = 0, isolation: 'read_committed' | 'read_uncommitted' = 'read_committed'): readonly string[] {
    const log = this.model.log({ topic: 't', partition })
    if (log === undefined) return []
    const end = isolation === 'read_committed' ? log.lastStable : log.logEnd
    const { bytes, aborted } = log.read(0n, Number.MAX_SAFE_INTEGER, end)
    return recordsIn(runOf(bytes, { isolation, aborted })).map(({ value }) =>
      new TextDecoder().decode(value ?? undefined)
    )
  }
}

/** Whoever commits offsets without being a member. */
export const outside: GroupMember = { groupId: transactionalGroup, generation: -1, memberId: '', groupInstanceId: null }

const topicsOf = (places: readonly TopicPartition[]): readonly string[] => places.map(({ topic }) => topic)

const withCodes = (
  places: readonly TopicPartition[],
  codes: readonly number[] | null
): Step<readonly PartitionCode[]> | null =>
  codes &&
  of(right(places.map(({ topic, partition }, at) => ({ topic, partition, code: codes[at] ?? errorCode.NONE }))))
