import { Observable, type OperatorFunction } from 'rxjs'
import { subscribeToStore } from '../internal/store-policies.js'
import type { AckOrigin, CommitHandle } from '../model/acknowledgement.js'
import type { Acknowledged } from '../model/acknowledged.js'
import { recordsOf } from '../model/aggregate.js'
import {
  type CarriedOr,
  type Dropped,
  type Carried,
  firstOriginOf,
  hold,
  isStale,
  pass,
  release,
  settle
} from '../model/carried.js'
import { ConsumerRecord } from '../model/consumer-record.js'
import { operatorId } from '../model/operator-name.js'
import type { CommitOptions } from './commit.js'
import { checkOptions, storing } from './handling/operator-options.js'

interface Waiting<C> {
  readonly carried: C
  readonly offset: bigint
}

/**
 * The first operator of a pipeline: acknowledges each record, waits until its offset is committed, and only then passes
 * it on. Whatever happens to the record afterwards, it is never redelivered.
 *
 * - Order: kept within a partition.
 * - Pressure: a record keeps its credit until it is passed on. The offsets of waiting records are committed at once
 *   when their partition is drained, and when it has run out of credit.
 * - Completes when the source has completed and the last offset is committed; records whose offset could not be
 *   committed are dropped.
 * - Errors with the source. Unsubscribing drops the waiting records.
 *
 * @throws ConsumerError with a `ConfigFault` that names every option it cannot work with
 *
 * @example
 * partition.pipe(atMostOnce({ every: 100, withinMs: 50 }), writeTo(notify))
 */
export function atMostOnce<C extends CarriedOr<Dropped>>(
  options: CommitOptions = {}
): OperatorFunction<C, C & Acknowledged> {
  checkOptions('atMostOnce', options, storing)
  const { every = 1_000, withinMs = 50 } = options
  const policy = { every, withinMs }
  const operator = operatorId('atMostOnce')
  return (source) =>
    new Observable((destination) => {
      const waiting = new Map<AckOrigin, Waiting<C>[]>()
      const handles = new Map<AckOrigin, CommitHandle>()
      const listening = new Map<AckOrigin, () => void>()
      let completing = false
      let left = 0
      const emitBelow = (origin: AckOrigin, stored: bigint): void => {
        const queue = waiting.get(origin) ?? []
        for (let next = queue[0]; next !== undefined && next.offset < stored; next = queue[0]) {
          queue.shift()
          if (!isStale(next.carried)) {
            pass(next.carried, operator)
            // The mark is for the compiler only.
            destination.next(next.carried as C & Acknowledged)
          }
          release(next.carried)
        }
      }
      const drop = (origin: AckOrigin): void => {
        for (const { carried } of waiting.get(origin) ?? []) release(carried)
        waiting.delete(origin)
        handles.delete(origin)
        listening.get(origin)?.()
        listening.delete(origin)
      }
      const see = (origin: AckOrigin): void => {
        if (handles.has(origin)) return
        const handle = origin.commitBy(policy)
        handles.set(origin, handle)
        waiting.set(origin, [])
        const flush = (): void => {
          destination.add(handle.flush().subscribe())
        }
        listening.set(origin, origin.onFlush(flush))
        destination.add(
          handle.stored.subscribe({
            next: ({ offset }) => {
              emitBelow(origin, offset)
            },
            complete: () => {
              if (!completing) drop(origin)
            }
          })
        )
      }
      const flushAll = (): void => {
        completing = true
        left = handles.size
        if (left === 0) destination.complete()
        for (const [origin, handle] of [...handles]) {
          destination.add(
            handle.flush().subscribe({
              complete: () => {
                drop(origin)
                if (--left === 0) destination.complete()
              }
            })
          )
        }
      }
      destination.add(() => {
        for (const origin of [...waiting.keys()]) drop(origin)
      })
      destination.add(
        subscribeToStore(policy, () =>
          source.subscribe({
            next: (carried) => {
              const origin = firstOriginOf(carried)
              const offset = lastOffsetOf(carried, origin)
              hold(carried)
              if (origin !== null) {
                see(origin)
                waiting.get(origin)?.push({ carried, offset })
              }
              settle(carried)
            },
            error: (error: unknown) => {
              destination.error(error)
            },
            complete: () => {
              flushAll()
            }
          })
        )
      )
    })
}

/** The offset that has to be committed before this is passed on: for an aggregate, that of its last record. */
const lastOffsetOf = (carried: Carried<unknown>, origin: AckOrigin | null): bigint => {
  if (carried instanceof ConsumerRecord) return carried.offset
  const own = recordsOf(carried).filter(
    ({ topic, partition }) => topic === origin?.topic && partition === origin.partition
  )
  return own.reduce((last, { offset }) => (offset > last ? offset : last), -1n)
}
