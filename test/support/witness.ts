import { finalize, Observable, type Subscription, tap } from 'rxjs'
import {
  commit,
  type Consumer,
  type ConsumerRecord,
  eachPartition,
  handle,
  type PartitionStream
} from '../../src/index.js'
import { numberOf, parallel } from './handlers.js'

/** The two protocols that a group may go by: all is given up at each rebalance, or only what moves. */
export const protocols = [
  ['eager', { 'partition.assignment.strategy': ['range'] }],
  ['cooperative', { 'partition.assignment.strategy': ['cooperative-sticky'] }]
] as const

/** What the members of a group did, and what none of them ever may. */
export interface Witness {
  /** The number of each record that was handled, as often as it was. */
  readonly handled: readonly number[]
  /** The same of those whose work has ended. */
  readonly finished: readonly number[]
  /** `a+0` where member a's stream of partition 0 began, `a-0` where it ended. */
  readonly streams: readonly string[]
  /** Two live streams of a partition, and an offset that is not the one behind that before it. */
  readonly breaches: readonly string[]
  /** Has a member handle and commit everything that it is given. */
  readonly follow: (
    name: string,
    member: Consumer,
    handler?: (record: ConsumerRecord) => unknown,
    ended?: (how: unknown) => void
  ) => Subscription
}

export const witness = (): Witness => {
  const handled: number[] = []
  const finished: number[] = []
  const streams: string[] = []
  const breaches: string[] = []
  const live = new Map<number, string>()

  const watched = (name: string, stream: PartitionStream): Observable<ConsumerRecord> =>
    new Observable<ConsumerRecord>((subscriber) => {
      const { partition } = stream
      const own = `${name}+${String(partition)}`
      const other = live.get(partition)
      if (other !== undefined) breaches.push(`${own} beside ${other}`)
      live.set(partition, own)
      streams.push(own)
      let last: bigint | null = null
      return stream
        .pipe(
          tap(({ offset }) => {
            if (last !== null && offset !== last + 1n) breaches.push(`${own}: ${String(offset)} behind ${String(last)}`)
            last = offset
          })
        )
        .subscribe(subscriber)
    })

  return {
    handled,
    finished,
    streams,
    breaches,
    follow: (name, member, handler = () => undefined, ended = () => undefined) =>
      member
        .pipe(
          eachPartition((stream) =>
            watched(name, stream).pipe(
              handle((record) => {
                handled.push(numberOf(record))
                return handler(record)
              }, parallel),
              tap((record) => finished.push(numberOf(record))),
              commit({ every: 1 }),
              finalize(() => {
                streams.push(`${name}-${String(stream.partition)}`)
                live.delete(stream.partition)
              })
            )
          )
        )
        .subscribe({
          error: ended,
          complete: () => {
            ended('complete')
          }
        })
  }
}

/** 0 to `count` - 1. */
export const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, number) => number)

export const sorted = (numbers: readonly number[]): readonly number[] => [...numbers].sort((a, b) => a - b)
