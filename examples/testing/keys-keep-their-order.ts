// Can records be handled at once and still keep the order of each key?
//
// `a`, `b` and `d` are of one key, `c` and `e` of another. `c` need not wait for `a`, `b` and `d` have to. What is committed
// stops before the first that is not done.
import { commit, eachPartition, handle } from 'ackstream'
import { marbles, type Pipeline } from 'ackstream/testing'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(
    eachPartition((partition) => partition.pipe(handle(sink, { concurrency: 4, order: 'key' }), commit({ every: 1 })))
  )

export const keysKeepTheirOrder = marbles(({ cluster }) => {
  cluster(
    `
    orders/0          -(abcde)----------
    sink a            ------|
    sink b            ---|
    sink c            -|
    sink d            -|
    sink e            -|
    one               ^-----------------
    handles a         -^-----!----------
    handles b         -------^--!-------
    handles c         -^!---------------
    handles d         ----------^!------
    sink              --ce---a--bd------
    orders/0 commits  -------a--ce------
    `,
    {
      pipeline,
      records: { a: { key: 'one' }, b: { key: 'one' }, c: { key: 'two' }, d: { key: 'one' }, e: { key: 'two' } }
    }
  )
})
