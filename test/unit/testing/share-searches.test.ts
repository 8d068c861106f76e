import { describe, expect, it } from 'vitest'
import { ack, type ConsumerRecord, handle } from '../../../src/index.js'
import {
  catches,
  dualRun,
  marbles,
  memoryCluster,
  type SharePipeline,
  type ShareScenario
} from '../../../src/testing.js'
import { losesNothing, neverTwice } from '../../../src/testing/fast-check.js'

const working: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record), { order: 'none', concurrency: 4, onFailure: 'release' }),
    ack()
  )
const early: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    ack(),
    handle((record) => sink(record))
  )
const rejecting: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record), { onFailure: 'reject' }),
    ack()
  )
const doubling: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record)),
    handle((record) => sink(record)),
    ack()
  )
/** Gives up by its own count. */
const counting: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record), { onFailure: 'release' }),
    ack()
  )
const patient: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record: ConsumerRecord) => {
      if ((record.deliveryCount ?? 0) > 1) throw new Error('once is enough')
      return sink(record)
    }),
    ack()
  )
const run = { seed: 1, events: 8, sinkTakes: 4 }

describe('losesNothing for pipelines of share groups', () => {
  it('finds nothing wrong with one that accepts what is written', () =>
    losesNothing({ share: working }, { ...run, runs: 15, sinkFailures: 1 }))

  it('finds an early acknowledgement, and prints the schedule as a test of a share group', async () => {
    const found = losesNothing({ share: early }, { ...run, runs: 100 })
    await expect(found).rejects.toThrow('is lost: accepted, and never written by the sink')
    await expect(found).rejects.toThrow('share: pipeline')
  })

  it('finds what is rejected without a dead letter', () =>
    expect(losesNothing({ share: rejecting }, { ...run, runs: 100, sinkFailures: 1 })).rejects.toThrow(
      'is lost: rejected'
    ))

  it('finds what is written twice though nothing has gone wrong', () =>
    expect(losesNothing({ share: doubling }, { ...run, runs: 50 })).rejects.toThrow('has reached the sink twice'))

  it('refuses what a share group does not promise', async () => {
    await expect(neverTwice({ share: working }, { runs: 1 })).rejects.toThrow('at least once')
    await expect(losesNothing({ share: working }, { runs: 1, order: 'key' })).rejects.toThrow('no order')
  })

  it('finds a record that the group has given up', () => {
    const test = marbles(({ cluster }) => {
      cluster('jobs/0  -a---\nsink a  #\none     ^----', { share: working, losesNothing: true })
    })
    return expect(test()).rejects.toThrow('is lost: given up after its last delivery')
  })
})

describe('catches for pipelines of share groups', () => {
  const test = (diagram: string, scenario: ShareScenario): (() => Promise<void>) =>
    marbles(({ cluster }) => {
      cluster(diagram, scenario)
    })
  const slow = test(
    `
    jobs/0           -a-b------
    sink a           --#|
    one              ^----|----
    sink             ---(ba)---
    jobs/0 counts    -1-(12)---
    jobs/0 releases  ---a------
    jobs/0 accepts   ---ba-----
    one ends         -----|----
    `,
    { share: working, values: { a: 'a', b: 'b' } }
  )
  const twice = test(
    `
    jobs/0           -a------
    sink a           #|
    one              ^-------
    jobs/0 releases  --a-----
    jobs/0 counts    -12-----
    jobs/0 accepts   ---a----
    `,
    { share: counting }
  )
  const again = test(
    `
    jobs/0           -a------
    sink a           ----|
    one              ^-!-----
    two              ---^----
    two ends         ---#----
    sink             --------
    `,
    { share: patient }
  )

  it('plants all bugs that there can be, and the tests see each', async () => {
    const seen = await catches({ slow, twice, again })
    expect(seen.map(({ bug }) => bug)).toEqual([
      'acknowledges early',
      'never acknowledges',
      'drops the last',
      'writes twice',
      'does not wait',
      'writes another value',
      'swallows errors',
      'forgets the drain',
      'accepts failures',
      'ignores the delivery count'
    ])
  })

  it('plants bugs of one’s own', async () => {
    const [seen] = await catches({ twice }, { bugs: [], ownShare: { 'rejects at once': () => rejecting } })
    expect(seen?.how).toContain('releases')
  })

  it('says that a bug of consumers never came into play', () =>
    expect(catches({ twice }, { bugs: ['reorders a key'] })).rejects.toThrow('never came into play'))
})

describe('dualRun of share groups', () => {
  const quickly = { columnMs: 10 }

  it('gives what came of it, without an order', async () => {
    const diagram = `
      jobs/0  -ab-c---
      jobs/1  --d-----
      sink a  #|
      one     ^-------
      two     --^-----
    `
    const outcome = await dualRun(diagram, { share: working }, memoryCluster(), quickly)
    expect(outcome).toMatchObject({
      delivered: { 'jobs/0': 'aabc', 'jobs/1': 'd' },
      accepted: { 'jobs/0': 'abc', 'jobs/1': 'd' },
      rejected: {},
      sink: 'abcd'
    })
  })

  it('fails if the pipeline comes to something else', async () => {
    let runs = 0
    const changing: SharePipeline = (jobs, tools) => (runs++ === 0 ? working(jobs, tools) : rejecting(jobs, tools))
    const trial = dualRun('jobs/0  -a---\nsink a  #|\none     ^----', { share: changing }, memoryCluster(), quickly)
    await expect(trial).rejects.toThrow(/real\n[^]*jobs\/0 rejects +a/)
  })

  it('cuts no member of a real cluster off', () =>
    expect(dualRun('jobs/0  a--\none     ^~-', { share: working }, memoryCluster(), quickly)).rejects.toThrow(
      'this cannot be done to a real cluster'
    ))
})
