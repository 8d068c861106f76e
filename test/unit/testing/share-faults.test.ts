import { describe, expect, it } from 'vitest'
import { ack, handle } from '../../../src/index.js'
import { marbles, type SharePipeline, type ShareScenario } from '../../../src/testing.js'

const working: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record), { order: 'none', concurrency: 4 }),
    ack()
  )
const config = { 'retry.backoff.ms': 2, 'retry.backoff.max.ms': 2 }
const faults: ShareScenario['faults'] = { f: 'NOT_LEADER_OR_FOLLOWER' }
const play = (diagram: string, more: Partial<ShareScenario> = {}): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { share: working, config, faults, ...more })
  })()

describe('one partition of a share session', () => {
  it('fails to be fetched, and the other is read meanwhile', () =>
    play(`
      jobs/0                   a---------
      jobs/1                   b---------
      fails ShareFetch jobs/0  f---------
      one                      ^---------
      one jobs/0               --a-------
      one jobs/1               b---------
      jobs/0 accepts           ---a------
      jobs/1 accepts           -b--------
    `))

  it('loses what is acknowledged with a fetch that fails for it', () =>
    play(`
      jobs/0                   -a-a------
      jobs/1                   -b--------
      sink a                   -|
      sink b                   -|
      fails ShareFetch jobs/0  --f-------
      one                      ^---------
      one jobs/0               -a--a-----
      jobs/0 accepts           -----a----
      jobs/0 loses             --a-------
      jobs/1 accepts           --b-------
    `))

  it('fails to be acknowledged: its record is lost, and the other accepted', () =>
    play(`
      jobs/0                         -a--------
      jobs/1                         -b--------
      sink a                         ---|
      sink b                         ---|
      fails ShareAcknowledge jobs/0  f---------
      one                            ^--|------
      jobs/0 accepts                 ----------
      jobs/0 loses                   ----a-----
      jobs/0 releases                ----a-----
      jobs/1 accepts                 ----b-----
    `))

  it('is refused for what no request does', async () => {
    const diagram = `
      jobs/0                         -a--------
      fails ShareAcknowledge jobs/0  f---------
      one                            ^---------
      jobs/0 accepts                 --a-------
    `
    await expect(play(diagram)).rejects.toThrow('never came into play')
  })
})
