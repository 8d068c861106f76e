import { ack, batch, deadLetter, handle, produceTo, writeTo } from '../../src/index.js'
import type { SharePipeline, ShareScenario } from '../../src/testing.js'

/** Something of a share group that has to come out alike on the embedded cluster and on Kafka. */
export interface ShareDualScenario {
  readonly name: string
  readonly diagram: string
  readonly scenario: ShareScenario
}

const working: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    writeTo((record) => sink(record), { order: 'none', concurrency: 4, onFailure: 'release' }),
    ack()
  )

export const shareDualScenarios: readonly ShareDualScenario[] = [
  {
    name: 'two members share two partitions, and what was written before they came',
    diagram: `
      jobs/0  (abc)-----d------
      jobs/1  e---------f------
      one     -^---------------
      two     --^--------------
    `,
    scenario: { share: working }
  },
  {
    name: 'a released record comes again, and one that always fails is given up at the limit',
    diagram: `
      jobs/0  -abc-------------
      sink a  #|
      sink c  #
      one     ^----------------
    `,
    scenario: { share: working }
  },
  {
    name: 'dead letters are written, and batches are accepted as a whole',
    diagram: `
      jobs/0             -abcd--------------
      sink b             #
      sink c             #
      one                ^------------------
      writes jobs.dlq    -
      writes jobs.done   -
    `,
    scenario: {
      share: (jobs, { sink, cluster }) =>
        jobs.pipe(
          handle((record) => sink(record), {
            onFailure: deadLetter(cluster, { topic: 'jobs.dlq' })
          }),
          batch({ records: 2 }),
          produceTo(cluster, { topic: 'jobs.done', record: ({ value }) => ({ value: String(value.length) }) }),
          ack()
        ),
      topics: { 'jobs.dlq': 1, 'jobs.done': 1 }
    }
  }
]
