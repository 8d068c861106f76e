import type { BatchAnswer } from '../../core/producing/batch-answer.js'
import type { KnownSecrets } from './sasl/known-secrets.js'

/** An answer with the broker's message; null if there is none. */
interface Worded {
  readonly message: string | null
}

/** The answer without secrets that the broker's message may repeat: messages get into faults, and so into logs. */
export const withoutSecrets = <A extends Worded>(answer: A, secrets: KnownSecrets): A =>
  answer.message === null ? answer : { ...answer, message: secrets.hide(answer.message) }

/** The same for a batch and its refused records. */
export const batchWithoutSecrets = <A extends BatchAnswer>(batch: A, secrets: KnownSecrets): A =>
  batch.refused.length === 0
    ? withoutSecrets(batch, secrets)
    : { ...withoutSecrets(batch, secrets), refused: batch.refused.map((record) => withoutSecrets(record, secrets)) }
