import { errorCode } from '../../core/protocol/error-code.js'

/** A batch's information about its producer. */
export interface BatchOrigin {
  readonly producerId: bigint
  readonly producerEpoch: number
  /** of its first record; -1 if none was assigned */
  readonly baseSequence: number
  readonly count: number
}

interface WrittenBatch {
  readonly first: number
  readonly last: number
  readonly baseOffset: bigint
}

interface ProducerState {
  epoch: number
  batches: readonly WrittenBatch[]
}

/** Whether a batch may be appended; for a duplicate, its offset in the log. */
export type SequenceCheck =
  | { readonly _tag: 'in sequence' }
  | { readonly _tag: 'duplicate'; readonly baseOffset: bigint }
  | { readonly _tag: 'refused'; readonly code: number }

/** How many of a producer's last batches are recognized as duplicates. */
const remembered = 5

/**
 * What a partition knows about idempotent producers, by the rules of Kafka 4.1's `ProducerStateManager` and
 * `ProducerAppendInfo`: the last five batches of each are recognized, an older epoch is refused, a new epoch begins at 0, and
 * an unknown producer may begin with any sequence.
 */
export class ProducerStates {
  private readonly states = new Map<bigint, ProducerState>()

  check({ producerId, producerEpoch, baseSequence, count }: BatchOrigin): SequenceCheck {
    if (producerId < 0n || baseSequence < 0) return { _tag: 'in sequence' }
    const state = this.states.get(producerId)
    if (state === undefined) return { _tag: 'in sequence' }
    if (producerEpoch < state.epoch) return { _tag: 'refused', code: errorCode.INVALID_PRODUCER_EPOCH }
    const last = state.batches.at(-1)
    if (producerEpoch > state.epoch) {
      return baseSequence === 0
        ? { _tag: 'in sequence' }
        : { _tag: 'refused', code: errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }
    }
    const known = state.batches.find(
      ({ first, last }) => first === baseSequence && last === lastOf(baseSequence, count)
    )
    if (known !== undefined) return { _tag: 'duplicate', baseOffset: known.baseOffset }
    const next = last === undefined ? 0 : lastOf(last.last, 2)
    return baseSequence === next
      ? { _tag: 'in sequence' }
      : { _tag: 'refused', code: errorCode.OUT_OF_ORDER_SEQUENCE_NUMBER }
  }

  /**
   * A marker (`control`) has no sequence number: the transaction has ended, and the producer continues under the marker's
   * epoch.
   */
  appended(
    { producerId, producerEpoch, baseSequence, count }: BatchOrigin,
    baseOffset: bigint,
    control: boolean
  ): void {
    if (producerId < 0n || producerEpoch < 0 || (baseSequence < 0 && !control)) return
    const state = this.states.get(producerId) ?? { epoch: producerEpoch, batches: [] }
    this.states.set(producerId, state)
    if (state.epoch !== producerEpoch) state.batches = []
    state.epoch = producerEpoch
    if (control) return
    const batch = { first: baseSequence, last: lastOf(baseSequence, count), baseOffset }
    state.batches = [...state.batches.slice(1 - remembered), batch]
  }

  clear(): void {
    this.states.clear()
  }
}

/** Sequence numbers have 31 bits and begin at 0 again. */
const lastOf = (first: number, count: number): number => (first + count - 1) % 0x8000_0000
