import { isObservable } from 'rxjs'
import { Carried } from '../model/carried.js'
import { ConsumerError } from '../model/consumer-error.js'
import { printableValue } from '../model/printable.js'

/** Why an operator that takes the streams of partitions cannot work with this; null if it is one. */
export const notAPartition = (who: 'eachPartition' | 'transactional', given: unknown): ConsumerError | null =>
  isObservable(given) && 'signal' in given
    ? null
    : new ConsumerError({
        _tag: 'UsageFault',
        reason: `${who} takes the partition streams of a consumer, and gets ${given instanceof Carried ? 'records' : printableValue(given)}: ${advice[who]}`
      })

const advice = {
  eachPartition: 'the operators of a share consumer follow without it, and so do those within another eachPartition',
  transactional: 'it goes in the place of eachPartition, and share groups have no transactions'
}
