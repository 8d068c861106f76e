import { SharedSlots } from '../core/scheduling/shared-slots.js'
import { checkOptions, count, needed } from './handling/operator-options.js'

/** So many handlers at once, in all the pipelines that share it; made by `concurrencyLimit`. */
export interface ConcurrencyLimit {
  readonly _tag: 'ConcurrencyLimit'
  readonly size: number
  /** how many handlers run now */
  readonly active: number
}

/**
 * A limit that the partitions of a consumer, or several pipelines, share: what all of their handlers together may have
 * running, for a store that takes so many calls at once and no more.
 *
 * - Each pipeline of a partition that names it is kept half of an equal share of it, so that one that hangs does not hold
 *   the others; what is free beyond that goes to the one that has waited longest. With more partitions than slots nothing is kept.
 * - A record that waits for its next attempt, or to be written to the dead letters, has no slot.
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
