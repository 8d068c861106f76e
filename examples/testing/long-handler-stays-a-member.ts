// Is a member expelled while a handler takes long?
//
// Heartbeats do not wait for handlers: two minutes in one of them, with a session of ten seconds, and no rebalance.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

export const longHandlerStaysAMember = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -a-- 2m ----b---
    sink a            -- 2m |
    one               ^---------------
    one rebalances    A---------------
    one orders/0      ^a----------b---
    orders/0 commits  ----a-------b---
    `,
    { pipeline, config: { 'heartbeat.interval.ms': 3_000, 'session.timeout.ms': 10_000 } }
  )
})
