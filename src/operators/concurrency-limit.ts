import { SharedSlots } from '../core/scheduling/shared-slots.js'
import { checkOptions, count, needed } from './handling/operator-options.js'

/** Limits how many handlers run at once in all the pipelines that share it; made by `concurrencyLimit`. */
export interface ConcurrencyLimit {
  readonly _tag: 'ConcurrencyLimit'
  readonly size: number
  /** how many handlers are running */
  readonly active: number
}

/**
 * A limit that several pipelines, or all partitions of a consumer, share. It bounds how many of their handlers run at
 * once, for example to match the number of calls that a store accepts.
 *
 * - Each partition's pipeline that uses the limit has half of an equal share reserved, so that a pipeline that hangs
 *   does not block the others. Free slots beyond that go to the one that has waited longest. With more partitions than
 *   slots nothing is reserved.
 * - A record that waits for its next attempt, or to be written to the dead letters, takes no slot.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * const limit = concurrencyLimit(256)
 * orders.pipe(eachPartition((partition) => partition.pipe(handle(charge, { order: 'key', limit }), commit())))
 */
export const concurrencyLimit = (size: number): ConcurrencyLimit => {
  checkOptions('concurrencyLimit', { size }, { size: needed(count) })
  const slots = new SharedSlots(size)
  const limit: ConcurrencyLimit = {
    _tag: 'ConcurrencyLimit',
    size: slots.size,
    get active() {
      return slots.active
    }
  }
  slotsOfLimits.set(limit, slots)
  return limit
}

const slotsOfLimits = /*#__PURE__*/ new WeakMap<ConcurrencyLimit, SharedSlots>()

export const slotsOf = (limit: ConcurrencyLimit | undefined): SharedSlots | null =>
  limit === undefined ? null : (slotsOfLimits.get(limit) ?? null)
