import { describe, expect, it } from 'vitest'
import { ack, handle } from '../../../src/index.js'
import { DiagramError, MarbleError, marbles, type SharePipeline, type ShareScenario } from '../../../src/testing.js'

const releasing: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record), { onFailure: 'release' }),
    ack()
  )
const atOnce: SharePipeline = (jobs, { sink }) =>
  jobs.pipe(
    handle((record) => sink(record), { order: 'none', concurrency: 9, onFailure: 'release' }),
    ack()
  )
const plays = (diagram: string, scenario: Partial<ShareScenario> = {}, columnMs = 1): Promise<void> =>
  marbles(
    ({ cluster }) => {
      cluster(diagram, { share: releasing, ...scenario })
    },
    { columnMs }
  )()

describe('marbles of a share group', () => {
  it('show what is acquired, delivered, acknowledged and accepted', () =>
    plays(`
      jobs/0           -ab-------
      sink b           ---|
      one              ^---------
      one jobs/0       -ab-------
      jobs/0 acquires  -ab-------
      jobs/0 counts    -11-------
      jobs/0 acks      -a---b----
      jobs/0 accepts   --a--b----
    `))

  it('show a released record again, with its delivery count', () =>
    plays(`
      jobs/0           -a--------
      sink a           #|
      one              ^---------
      one jobs/0       -aa-------
      jobs/0 counts    -12-------
      jobs/0 releases  --a-------
      jobs/0 accepts   ---a------
    `))

  it('show that the group gives up a record at its limit of deliveries', () =>
    plays(
      `
      jobs/0           -a--------
      sink a           #
      one              ^---------
      jobs/0 counts    -123------
      jobs/0 releases  --aaa-----
      jobs/0 archives  ----a-----
      jobs/0 accepts   ----------
      `,
      { group: { 'share.delivery.count.limit': 3 } }
    ))

  it('are compared in the final drain', async () => {
    const diagram = (after: string): string => `
      jobs/0           -ab----
      sink b           ----------|
      one              ^------
      jobs/0 accepts   --a----${after}
    `
    await plays(diagram('..b'))
    await expect(plays(diagram(''))).rejects.toThrow(
      '“jobs/0 accepts” after the last column, in the final drain: “b”, where nothing was expected'
    )
  })

  it('show what is rejected', () =>
    plays(
      `
      jobs/0           -abc----
      sink b           #
      one              ^-------
      jobs/0 rejects   ---b----
      jobs/0 accepts   --a-c---
      one events       --R-----
      `,
      {
        share: (jobs, { sink }) =>
          jobs.pipe(
            handle((record) => sink(record), { onFailure: 'reject' }),
            ack()
          ),
        events: { R: 'rejected' }
      }
    ))

  it('divide the records of a partition among several members', () =>
    plays(
      `
      jobs/0          -(abcdef)------
      sink a          ---|
      one             ^--------------
      two             ^--------------
      one jobs/0      -(ac)----------
      two jobs/0      -(bdef)--------
      jobs/0 accepts  -(bde)---------
      jobs/0 accepts  --f-(ac)-------
      `,
      { config: { maxInFlight: 2, 'share.acquire.mode': 'record_limit' } }
    ))

  it('give what a process had that dies to another at once: its connections are closed', () =>
    plays(
      `
      jobs/0           -ab-----------
      sink b           ---|
      one              ^---#---------
      two              ^-------------
      one jobs/0       -ab-----------
      two jobs/0       ----b---------
      jobs/0 counts    -11-2---------
      jobs/0 releases  ----b---------
      jobs/0 accepts   -a-----b------
      `,
      {},
      1_000
    ))

  it('give what a member had that is cut off to another when its lock has run out', () =>
    plays(
      `
      jobs/0          -ab--- 30s ------
      sink b          ---|
      one             ^---~------------
      two             -----^-----------
      one jobs/0      -ab--------------
      two jobs/0      ------b----------
      jobs/0 counts   -11---2----------
      jobs/0 expires  ------b----------
      jobs/0 accepts  -a----b----------
      `,
      {},
      1_000
    ))

  it('show renewed locks, for as long as max.poll.interval.ms', () =>
    plays(
      `
      jobs/0            a- 40s - 20s --- 50s -
      sink a            - 71s |
      one               ^---------------------
      jobs/0 counts     1---------------2-----
      jobs/0 renews     --(aa)----------(aa)--
      jobs/0 expires    ----------------a-----
      one jobs/0 loses  ----------------a-----..a
      `,
      { share: atOnce, config: { 'fetch.max.wait.ms': 500, 'max.poll.interval.ms': 45_000 } },
      1_000
    ))

  it('show a drain, and what its deadline releases', () =>
    plays(
      `
      jobs/0           -abc------
      sink b           ------|
      one              ^--|------
      one jobs/0       -ab-------
      jobs/0 accepts   --a-------
      jobs/0 releases  ---c--b---
      one ends         --------!-
      `,
      { config: { 'drain.timeout.ms': 3 } }
    ))

  it('show what an unsubscribed member gives back', () =>
    plays(`
      jobs/0           -abc------
      sink b           ------|
      one              ^--!------
      two              -----^----
      one jobs/0       -ab-------
      two jobs/0       -----(bc)-
      jobs/0 releases  ---(bc)---
      jobs/0 counts    -11--(22)-
    `))

  it('show what is lost with a connection', () =>
    plays(`
      jobs/0             -ab------
      fails ShareFetch   --x------
      sink b             ------|
      one                ^--------
      one jobs/0 loses   --(ab)---
      jobs/0 releases    --(ab)---
      jobs/0 accepts     ---------
    `))

  it('fail for another count, value or time', async () => {
    const wrong = plays(`
      jobs/0         -a----
      one            ^-----
      jobs/0 counts  -2----
    `)
    await expect(wrong).rejects.toThrow('“jobs/0 counts” at 1 ms: “1”, where “2” was expected')
    await expect(
      plays(`
      jobs/0          -a----
      one             ^-----
      jobs/0 rejects  --a---
    `)
    ).rejects.toThrow(MarbleError)
    await expect(
      plays(
        `
      jobs/0  -a----
      one     ^-----
      sink    -a----
    `,
        { values: { a: 'b' } }
      )
    ).rejects.toThrow('is not a')
  })

  it('fail when records are left', () =>
    expect(
      plays(
        `
        jobs/0          -ab--
        one             ^----
        jobs/0 accepts  -----
        `,
        { share: (jobs) => jobs }
      )
    ).rejects.toThrow('one: a, b were never settled'))
})

describe('diagrams of share groups that cannot be read', () => {
  const refused = async (line: string, reason: string, scenario: Partial<ShareScenario> = {}): Promise<void> => {
    const label = line.includes('  ') ? line : `${line}  ---`
    const [name = '', marbles = ''] = label.split(/ {2,}/)
    const pad = (left: string, right: string): string => `${left.padEnd(30)}${right}`
    const trial = plays([pad('jobs/0', '-a-'), pad('one', '^--'), pad(name, marbles)].join('\n'), scenario)
    await expect(trial).rejects.toThrow(DiagramError)
    await expect(trial).rejects.toThrow(reason)
  }

  it.each([
    ['one jobs/0 acepts', 'Did you mean “one jobs/0 accepts”?'],
    ['one jobs/0 commits', 'Did you mean “one jobs/0 accepts”?'],
    ['one jobs/0 refused', 'Did you mean “one jobs/0 loses”?'],
    ['one rebalances', 'there are no rebalances'],
    ['one pauses jobs/0', 'cannot be paused'],
    ['one seeks jobs/0', 'cannot seek'],
    ['fails Fetch', 'Did you mean “fails ShareFetch”?'],
    ['takes OffsetCommit', 'Did you mean “takes ShareAcknowledge”?'],
    ['one jobs/0  ^a-', '“one ends” shows its end'],
    ['one jobs/0 accepts  -b-', '“b” is never written to jobs/0'],
    ['jobs/1 accepts', 'nothing is written to “jobs/1”'],
    ['jobs/0 counts  -a-', '“a” means nothing in the line “jobs/0 counts”'],
    ['two jobs/0 renews', 'there is no member “two”']
  ])('%s', refused)

  it.each([
    ['jobs/0 accepts  ---', 'is of share groups, and the scenario is not'],
    ['fails ShareFetch  -x-', 'only members of share groups send ShareFetch'],
    ['two  ^~-', '“~” is for members of share groups']
  ])('of a scenario of consumers: %s', async (line, reason) => {
    const [name = '', drawn = ''] = line.split(/ {2,}/)
    const diagram = [`${'jobs/0'.padEnd(20)}-a-`, `${'one'.padEnd(20)}^--`, `${name.padEnd(20)}${drawn}`].join('\n')
    const trial = marbles(({ cluster }) => {
      cluster(diagram, { pipeline: (jobs) => jobs })
    })()
    await expect(trial).rejects.toThrow(reason)
  })

  it('refuses what a scenario cannot mean', async () => {
    await expect(plays('jobs/0  a\none     ^', { group: { 'share.lock': 1 } as never })).rejects.toThrow('share.lock')
    await expect(plays('jobs/0  a\none     ^', { losesNothing: { order: 'key' } })).rejects.toThrow('order')
    await expect(plays('jobs/0  a\none     ^', { members: { one: { pipeline: 1 } as never } })).rejects.toThrow(
      'pipeline'
    )
  })
})
