import { Observable, of, Subject } from 'rxjs'
import { ack, type Carried, type Clock, type ConsumerRecord } from '../../src/index.js'

/** The number that `rig` has written as the record's value. */
export const numberOf = (record: ConsumerRecord<unknown, unknown>): number =>
  Number(new TextDecoder().decode(record.source.value ?? undefined))

/** A handler whose work is ended by hand, record by record. */
export interface Manual {
  readonly handler: (record: ConsumerRecord<unknown, unknown>) => Observable<void>
  readonly finish: (...numbers: readonly number[]) => void
  readonly fail: (number: number) => void
  /** the numbers of the records that are worked on */
  readonly running: () => readonly number[]
}

export const manual = (): Manual => {
  const running = new Map<number, Subject<void>>()
  return {
    running: () => [...running.keys()],
    handler: (record) =>
      new Observable((subscriber) => {
        const work = new Subject<void>()
        running.set(numberOf(record), work)
        subscriber.add(() => running.delete(numberOf(record)))
        return work.subscribe(subscriber)
      }),
    finish: (...numbers) => {
      for (const number of numbers) running.get(number)?.complete()
    },
    fail: (number) => running.get(number)?.error(new Error('boom'))
  }
}

/** Works on any number of records at once, in any order. */
export const parallel = { concurrency: 1_000_000, order: 'none' } as const

/** Acknowledges outside of the pipeline that the records came through. */
export const acknowledge = (...carried: readonly Carried<unknown>[]): void => {
  for (const one of carried) of(one).pipe(ack()).subscribe()
}

/** Work that takes so long. */
export const lasting = (clock: Clock, ms: number): Observable<void> =>
  new Observable((subscriber) =>
    clock.schedule(ms, () => {
      subscriber.complete()
    })
  )
