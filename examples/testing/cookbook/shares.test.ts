// Recipes for share groups: records that are locked, delivered, and acknowledged one by one.
import { describe } from 'vitest'
import { ack, batch, deadLetter, exponential, fanOut, handle, produceTo, writeTo } from 'ackstream'
import type { SharePipeline } from 'ackstream/testing'
import { recipe } from './recipe.js'

const working: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record), { order: 'none', concurrency: 2, onFailure: 'release' }),
    ack()
  )
const failing: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record)),
    ack()
  )

describe('share groups', () => {
  // # a failed job goes back to the group
  const retry = { attempts: 2, backoff: exponential({ initialMs: 1, maxMs: 1, random: () => 1 }) }
  recipe(
    'a job is tried twice here, and then by whoever gets it',
    `
    jobs/0           -a----------
    sink a           ###|
    one              ^-----------
    handles a        -(^#)-------
    handles a        --(^#^#)----
    handles a        ---(^|)-----
    jobs/0 counts    -12---------
    jobs/0 releases  --a---------
    jobs/0 accepts   ---a--------
    `,
    {
      share: (jobs, { sink }) =>
        jobs.pipe(
          handle((record) => sink(record), { retry, onFailure: 'release' }),
          ack()
        )
    },
    { bugs: ['acknowledges early', 'swallows errors', 'accepts failures'] }
  )

  // # dead letters before the group gives up
  const giveUpAfter =
    (deliveries: number): SharePipeline =>
    (jobs, { sink, cluster }) =>
      jobs.pipe(
        handle(
          (record) => {
            if ((record.deliveryCount ?? 1) > deliveries) throw new Error('delivered too often')
            return record.value
          },
          { onFailure: deadLetter(cluster, { topic: 'jobs.dlq' }) }
        ),
        handle((record) => sink(record), { onFailure: 'release' }),
        ack()
      )
  recipe(
    'a job that fails twice is put aside, before the group gives it up without a trace',
    `
    jobs/0           -a------------
    sink a           #
    one              ^-------------
    jobs/0 counts    -123----------
    writes jobs.dlq  ---a----------
    jobs/0 accepts   ----a---------
    `,
    { share: giveUpAfter(2), losesNothing: true },
    {
      bugs: ['accepts failures', 'ignores the delivery count'],
      ownShare: { 'gives up too late': () => giveUpAfter(3) }
    }
  )

  // # a long job
  recipe(
    'a job that takes longer than its lock is not done twice: the lock is renewed',
    `
    jobs/0          a- 25s - 35s ----
    sink a          - 50s -|
    one             ^----------------
    two             ^----------------
    jobs/0 counts   1----------------
    jobs/0 renews   --a-----a--------
    jobs/0 accepts  --------a--------
    `,
    { share: working, config: { 'fetch.max.wait.ms': 500 } },
    {
      bugs: ['acknowledges early', 'does not wait'],
      ownShare: {
        'gives up after a while':
          () =>
          (jobs, { sink }) =>
            jobs.pipe(
              handle((record) => sink(record), { timeoutMs: 30_000, onFailure: 'release' }),
              ack()
            )
      }
    },
    { columnMs: 1_000 }
  )

  // # a worker that dies
  recipe(
    'what a worker had that dies is done by another',
    `
    jobs/0         -ab----------
    sink b         ----|
    one            ^---#--------
    two            ^------------
    sink           -a------b----
    jobs/0 counts  -11-2--------
    `,
    { share: failing, losesNothing: { twice: 'with cause' } },
    { bugs: ['acknowledges early', 'does not wait', 'drops the last'] }
  )

  // # a deploy
  recipe(
    'a deploy repeats nothing: a drain waits for what is under way',
    `
    jobs/0          -abcdef-----------
    sink c          -----|
    one             ^---|-------------
    two             ----^-------------
    sink            -ab-def-c---------
    one ends        --------|---------
    `,
    { share: working, losesNothing: { twice: 'with cause' } },
    { bugs: ['forgets the drain', 'writes twice', 'does not wait'] }
  )

  // # batches
  recipe(
    'a batch is accepted as a whole, once it is written',
    `
    jobs/0          -ab-c--------
    sink a          --|
    one             ^--------|---
    sink            ----(ab)c----
    jobs/0 accepts  ----(ab)c----
    one ends        ---------|---
    `,
    {
      share: (jobs, { sink }) =>
        jobs.pipe(
          batch({ records: 2, withinMs: 4 }),
          writeTo((list) => sink(list), { onFailure: 'release' }),
          ack()
        )
    },
    { bugs: ['acknowledges early', 'does not wait', 'never acknowledges'] }
  )

  // # two things with each job
  recipe(
    'a job is accepted when both are done: written, and copied',
    `
    jobs/0          -ab----------
    sink a          --|
    one             ^--------|---
    sink            ---(ab)------
    writes audit    -ab----------
    jobs/0 accepts  ---(ab)------
    one ends        ---------|---
    `,
    {
      share: (jobs, { sink, cluster }) =>
        jobs.pipe(
          fanOut(
            (records) => records.pipe(writeTo((record) => sink(record))),
            (records) =>
              records.pipe(
                produceTo(cluster, {
                  topic: 'audit',
                  record: ({ key, value }) => ({ key, value }),
                  properties: { 'linger.ms': 0 }
                })
              )
          ),
          ack()
        ),
      values: { a: 'a', b: 'b' }
    },
    { bugs: ['acknowledges early', 'writes twice', 'writes another value'] }
  )
})
