import type { BatchAnswer } from '../../core/producing/batch-answer.js'
import type { KnownSecrets } from './sasl/known-secrets.js'

/** An answer with the broker's own words; null where it has none. */
interface Worded {
  readonly message: string | null
}

/** The answer without the secrets that the broker's words may repeat: they end up in faults, and so in logs. */
export const withoutSecrets = <A extends Worded>(answer: A, secrets: KnownSecrets): A =>
  answer.message === null ? answer : { ...answer, message: secrets.hide(answer.message) }

/** The same of a batch and of the records for which it is refused. */
export const batchWithoutSecrets = <A extends BatchAnswer>(batch: A, secrets: KnownSecrets): A =>
  batch.refused.length === 0
    ? withoutSecrets(batch, secrets)
    : { ...withoutSecrets(batch, secrets), refused: batch.refused.map((record) => withoutSecrets(record, secrets)) }
