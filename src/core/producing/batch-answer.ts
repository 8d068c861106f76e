/** A broker's answer to one produced batch. */
export interface BatchAnswer {
  /** Kafka's error code */
  readonly code: number
  /** the offset of the batch's first record; -1 if the batch was refused, or the answer has none */
  readonly baseOffset: bigint
  /** in the broker's own words; null if it sends none */
  readonly message: string | null
  /**
   * The records for which the broker refuses the whole batch. Empty if it names none: for most codes, and before version 8 of
   * Produce (KIP-467).
   */
  readonly refused: readonly RefusedRecord[]
}

/** A record that a broker refuses. */
export interface RefusedRecord {
  /** its place in the batch, from 0 */
  readonly index: number
  /** in the broker's own words; null if it sends none */
  readonly message: string | null
}

/** An answer that has only a code. */
export const bareAnswer = (code: number, baseOffset = -1n): BatchAnswer => ({
  code,
  baseOffset,
  message: null,
  refused: []
})
