import { describe, expect, it } from 'vitest'
import { batch, commit, eachPartition, handle, writeTo } from '../../../../src/index.js'
import { marbles, type Pipeline, type Scenario } from '../../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const play = (diagram: string, more: Partial<Scenario> = {}): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline, ...more })
  })()

/** With a line more; each was green, whatever the pipeline does with what it says. */
const withLine = (label: string, row: string): string =>
  [
    ['orders/0', 'ab------'],
    [label, row],
    ['one', '^-------'],
    ['orders/0 commits', 'ab------']
  ]
    .map(([name = '', marbles = '']) => name.padEnd(28) + marbles)
    .join('\n')

describe('a line that does nothing', () => {
  it.each([
    [
      'takes EndTxn',
      '---|',
      '“takes EndTxn” never came into play: no EndTxn was requested. Requested were Metadata, JoinGroup'
    ],
    ['throttles Produce', '---|', '“throttles Produce” never came into play: no Produce was requested.'],
    [
      'fails Produce',
      '-x------',
      '“fails Produce” never came into play from 1 ms on: no Produce was requested after it. Requested were'
    ],
    ['fails OffsetCommit', '---x----', '“fails OffsetCommit” never came into play from 3 ms on'],
    [
      'fails OffsetCommit stock/1',
      '-r------',
      '“fails OffsetCommit stock/1” never came into play from 1 ms on: no OffsetCommit was requested for that partition'
    ]
  ])('fails the test, and says what was requested instead: %s  %s', (label, row, reason) =>
    expect(
      play(withLine(label, row), row.includes('r') ? { topics: { stock: 2 }, faults: { r: 'NOT_COORDINATOR' } } : {})
    ).rejects.toThrow(reason)
  )

  it('is one that says more often how long something takes than it happens', async () => {
    const skipping: Pipeline = (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) => partition.pipe(handle(sink, { onFailure: 'skip' }), commit({ every: 1 })))
      )
    await expect(
      play(
        `
        orders/0          ab-----
        sink a            -#-#-|
        one               ^------
        orders/0 commits  -b-----
        `,
        { pipeline: skipping }
      )
    ).rejects.toThrow('“sink a” has 3 ends, of which 1 came into play: the sink was called with “a” once')
    await expect(play(withLine('takes LeaveGroup', '|-|'))).rejects.toThrow(
      '“takes LeaveGroup” has 2 ends, of which 1 came into play: LeaveGroup was requested once'
    )
  })

  it('is one of the sink that was never called with its record', async () => {
    const chosen: Pipeline = (orders, { sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle((record) => (record.offset === 0n ? sink(record) : undefined)),
            commit({ every: 1 })
          )
        )
      )
    await expect(play(withLine('sink b', '--|'), { pipeline: chosen })).rejects.toThrow(
      '“sink b” never came into play: the sink was never called with “b”. It was called with a.'
    )
    const none: Pipeline = (orders) => orders.pipe(eachPartition((partition) => partition.pipe(commit({ every: 1 }))))
    await expect(play(withLine('sink b', '--|'), { pipeline: none })).rejects.toThrow(
      'It was never called: does the pipeline write to `sink`?'
    )
  })

  it('is one of a record in a batch whose first has another', () =>
    expect(
      play('orders/0  (ab)--\nsink a    -|\nsink b    ---|\none       ^-----\nsink      -(ab)-', {
        pipeline: (orders, { sink }) =>
          orders.pipe(
            eachPartition((partition) => partition.pipe(batch({ records: 2 }), writeTo(sink), commit({ every: 1 })))
          )
      })
    ).rejects.toThrow('“sink b” never came into play: “b” came in a batch'))

  it('is something that is done to a member that has ended by itself', () =>
    expect(play('orders/0  ab------\nsink a    #\none       ^-----x-\none ends  #-------')).rejects.toThrow(
      '“x” of “one” at 6 ms did nothing: “one” has ended before'
    ))

  it('may act in the final drain, and need not act where schedules are searched', async () => {
    await play('orders/0            a-\nfails OffsetCommit  x-\none                 ^-\norders/0 commits    --..a', {
      pipeline: (orders, { sink }) =>
        orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 100 })))),
      config: { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2, 'enable.auto.commit': false }
    })
  })
})
