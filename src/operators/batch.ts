import { Observable, type OperatorFunction } from 'rxjs'
import { caught } from '../internal/caught.js'
import type { MarkOf } from '../model/acknowledged.js'
import { problemsWith, refuseWrong } from '../model/check-arguments.js'
import type { AckOrigin } from '../model/acknowledgement.js'
import { aggregate } from '../model/aggregate.js'
import {
  type CarriedOr,
  type Dropped,
  type Carried,
  hold,
  isStale,
  pass,
  release,
  visitOrigins
} from '../model/carried.js'
import type { Cancel } from '../model/clock.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import { operatorId } from '../model/operator-name.js'
import { checkOptions, count, millisecondsOrNone, type OptionRule } from './handling/operator-options.js'

/** When a batch is full: at the first limit it reaches. Times are in ms, sizes in bytes. */
export interface BatchOptions {
  /** Emits when the batch has this many records. @default no limit */
  readonly records?: number
  /** Emits when its keys and values, as received, have this many bytes together. @default no limit */
  readonly bytes?: number
  /**
   * Emits this long after its first record came. Without it, the last records of a quiet topic wait, unsettled, for as long as no
   * others come. @default no limit
   */
  readonly withinMs?: number
}

const limited: OptionRule = {
  allowed: 'a limit at least: records, bytes or withinMs',
  holds: (given) => Object.values(given as BatchOptions).some((limit) => limit !== undefined)
}
const rules = { records: count, bytes: count, withinMs: millisecondsOrNone }

/**
 * Collects records into one list that is acknowledged as a whole.
 *
 * - Needs at least one limit. Emits when one is reached, when the source completes, when a partition whose records it holds is drained, and
 *   when such a partition has run out of credit: a batch larger than `maxInFlight` cannot fill up.
 * - Order: kept. Pressure: collected records keep their credit.
 * - Completes with the source, after emitting what it has collected. Errors with the source, without emitting it.
 * - Unsubscribing releases the collected records, unsettled.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(deserialize({ value: json(Order) }), batch({ records: 500, withinMs: 200 }), writeTo(saveAll), commit())
 */
export function batch<C extends CarriedOr<Dropped>>(
  options: BatchOptions
): OperatorFunction<C, Carried<readonly C[]> & MarkOf<C>> {
  checkOptions('batch', options, rules)
  refuseWrong(problemsWith('batch', options, limited))
  const { records = Infinity, bytes = Infinity, withinMs = Infinity } = options
  const operator = operatorId('batch')
  return (source) =>
    new Observable((destination) => {
      let collected: C[] = []
      let size = 0
      let timer: Cancel | null = null
      const listening = new Map<AckOrigin, () => void>()
      const reset = (): readonly C[] => {
        const taken = collected
        collected = []
        size = 0
        timer?.()
        timer = null
        for (const stop of listening.values()) stop()
        listening.clear()
        return taken
      }
      const flush = (): void => {
        const taken = reset()
        const live = taken.filter((carried) => !isStale(carried))
        for (const carried of live) pass(carried, operator)
        if (live.length > 0)
          // A batch of records marked as acknowledged is marked too; the mark exists for the compiler only.
          destination.next(aggregate(live) as Carried<readonly C[]> & MarkOf<C>)
        for (const carried of taken) release(carried)
      }
      const listen = (origin: AckOrigin): void => {
        if (listening.has(origin)) return
        listening.set(origin, origin.onFlush(flush))
        if (timer === null && withinMs !== Infinity) timer = origin.clock.schedule(withinMs, flush)
      }
      destination.add(() => {
        for (const carried of reset()) release(carried)
      })
      destination.add(
        source.subscribe({
          next: caught(destination, (carried) => {
            hold(carried)
            collected.push(carried)
            size += sizeOf(carried)
            visitOrigins(carried, listen)
            if (collected.length >= records || size >= bytes) flush()
          }),
          error: (error: unknown) => {
            destination.error(error)
          },
          complete: () => {
            flush()
            destination.complete()
          }
        })
      )
    })
}

const sizeOf = (carried: Carried<unknown>): number => {
  if (!(carried instanceof ConsumerRecord)) return 0
  const { key, value } = carried.source
  return (key?.length ?? 0) + (value?.length ?? 0)
}
