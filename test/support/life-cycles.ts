import { mergeMap, NEVER, type Observable } from 'rxjs'
import { expect } from 'vitest'
import { commit, type ConsumerRecord, eachPartition, exponential, handle, type HandleOptions } from '../../src/index.js'
import { group, type Rig } from './rig.js'

export const late = { every: 1_000_000, withinMs: 10_000_000 } as const

/** Neither a timer nor a member is left behind. */
export const expectGone = ({ clock, cluster }: Rig): void => {
  expect(cluster.describeGroup(group).members).toEqual([])
  expect(clock.pending).toBe(0)
}

/** What became of a promise by now, without waiting for it. */
export const outcomeOf = async <A>(promise: PromiseLike<A>): Promise<A | 'pending'> =>
  Promise.race([promise, Promise.resolve().then(() => Promise.resolve('pending' as const))])

/** Subscribed to, with a pipeline of one handler, for half a second. */
export const started = ({ orders, clock }: Rig, ...steps: Parameters<typeof working>): void => {
  orders.pipe(eachPartition(working(...steps))).subscribe({ error: () => undefined })
  clock.advance(500)
}
export const working =
  (work: (record: ConsumerRecord) => unknown = () => undefined, options: HandleOptions<ConsumerRecord> = {}) =>
  (p: Observable<ConsumerRecord>): Observable<unknown> =>
    p.pipe(handle(work, options), commit(late))
export const hangs = (): Observable<never> => NEVER
export const fails = (): never => {
  throw new Error('boom')
}
export const never = exponential({ initialMs: 60_000, maxMs: 60_000 })
/** `mergeMap` with the arguments of `eachPartition`. */
export const flatMerge: typeof eachPartition = (project) => mergeMap((p) => project(p))
