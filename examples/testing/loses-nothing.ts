// Does my pipeline lose a record under any schedule?
//
// `tooEarly` acknowledges before its sink has written, which no test with a happy end shows. Schedules of crashes, rebalances
// and failing requests do: the smallest that loses a record is printed as a marble test to be pasted.
import { ack, commit, eachPartition, handle } from 'ackstream'
import type { Pipeline } from 'ackstream/testing'
import { losesNothing } from 'ackstream/testing/fast-check'

/** Loses what is being written when its process dies. */
export const tooEarly: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(ack(), handle(sink))))

/** Loses nothing. */
export const inTime: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const inTimeLosesNothing = (): Promise<void> => losesNothing({ pipeline: inTime }, { runs: 50, seed: 1 })

export const tooEarlyIsFound = (seed: number): Promise<void> => losesNothing({ pipeline: tooEarly }, { seed })
