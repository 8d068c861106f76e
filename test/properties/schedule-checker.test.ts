import { describe, expect, it } from 'vitest'
import { check } from '../simulation/checker.js'
import type { Happening, HistoryEvent, MemberConfig, Truth } from '../simulation/history.js'
import { type Theme, withThemes } from '../simulation/deeper.js'
import { deeperMutants } from '../simulation/deeper-mutants.js'
import { mutants } from '../simulation/mutants.js'
import { plainSchedule, type Schedule, scheduleOf } from '../simulation/schedule.js'
import { simulateSchedule } from '../simulation/simulate.js'

const limit = 1_000

const scheduleFor = (seed: number, themes: readonly Theme[] | undefined): Schedule =>
  themes === undefined ? scheduleOf(seed) : withThemes(plainSchedule(seed), themes)

describe('the checker of schedules', () => {
  it.each([...mutants, ...deeperMutants])(
    `finds within ${String(limit)} schedules a consumer that $name`,
    ({ caughtBy, themes, plant, sabotage }) => {
      const undo = plant?.() ?? []
      try {
        let caught = false
        for (let seed = 1; seed <= limit && !caught; seed++)
          caught = simulateSchedule(scheduleFor(seed, themes), sabotage).violations.some(
            ({ invariant }) => invariant === caughtBy
          )
        expect(caught).toBe(true)
      } finally {
        for (const unplant of undo) unplant()
      }
    },
    300_000
  )

  const config: MemberConfig = {
    order: 'partition',
    concurrency: 1,
    maxInFlight: 10,
    commitWithinMs: 100,
    drainTimeoutMs: 1_000,
    reset: 'earliest',
    topics: ['orders'],
    instance: null
  }
  const place = 'orders/0'
  const clean: readonly Happening[] = [
    { what: 'member started', member: 'm1', config },
    { what: 'assigned', member: 'm1', generation: 1, gained: [place], kept: [], inGroup: ['m1'] },
    { what: 'opened', member: 'm1', place, stream: 0 },
    { what: 'delivered', stream: 0, delivery: 0, offset: 0, key: 'k', value: 'v' },
    { what: 'started', stream: 0, delivery: 0 },
    { what: 'finished', stream: 0, delivery: 0 },
    { what: 'settled', stream: 0, delivery: 0 },
    { what: 'commit requested', member: 'm1', generation: 1, offsets: [{ place, offset: 1 }] },
    { what: 'commit stored', member: 'm1', generation: 1, offsets: [{ place, offset: 1 }] },
    { what: 'commit answered', member: 'm1' },
    {
      what: 'at rest',
      group: { state: 'Stable', generation: 1, members: ['m1'], given: new Map([['m1', [place]]]) }
    },
    { what: 'member stopping', member: 'm1', how: 'drain', withinMs: 1_000 },
    { what: 'completed', stream: 0 },
    { what: 'member ended', member: 'm1', error: null }
  ]
  const truth: Truth = {
    logs: new Map([[place, [{ records: [{ offset: 0, key: 'k', value: 'v' }], end: 1 }]]]),
    committed: new Map([[place, 1]]),
    timersLeft: 0,
    roundTripMs: 10
  }
  const found = (history: readonly Happening[], changed: Partial<Truth> = {}): readonly string[] => [
    ...new Set(
      check(
        history.map((event, index): HistoryEvent => ({ ...event, at: index })),
        { ...truth, ...changed }
      ).map(({ invariant }) => invariant)
    )
  ]
  const without = (what: Happening['what']): readonly Happening[] => clean.filter((event) => event.what !== what)
  const doubled = (what: Happening['what']): readonly Happening[] =>
    clean.flatMap((event) => (event.what === what ? [event, event] : [event]))
  const changed = (what: Happening['what'], change: object): readonly Happening[] =>
    clean.map((event) => (event.what === what ? Object.assign({}, event, change) : event))

  it('finds nothing in a clean history', () => {
    expect(found(clean)).toEqual([])
  })

  it.each<readonly [string, readonly Happening[]]>([
    ['a stream ends once', doubled('completed')],
    ['the stream of what is given up has ended', without('completed')],
    ['offsets of a stream only rise', doubled('delivered')],
    ['what is delivered is what the log holds', changed('delivered', { value: 'w' })],
    ['every record is acknowledged at least once', without('settled')],
    ['nothing is committed above an unacknowledged record', without('settled')],
    ['assigned and revoked alternate', doubled('assigned')],
    ['an assignment has one stream', doubled('opened')],
    ['only what is held has a stream', without('assigned')],
    ['a stream never errors', changed('completed', { what: 'errored' })],
    ['a member that is asked to leave ends', without('member ended')],
    ['a member ends only when it is asked to', without('member stopping')],
    ['the group comes to rest once nothing disturbs it', without('at rest')],
    ['what members hold is what the group gave them', changed('assigned', { generation: 2 })],
    [
      'what is acknowledged is committed within the interval',
      [
        ...clean.slice(0, 7),
        ...Array.from({ length: 200 }, (): Happening => ({ what: 'disturbed', how: 'waiting' })),
        ...clean.slice(7)
      ]
    ]
  ])('says where it is not so that %s', (invariant, history) => {
    expect(found(history)).toContain(invariant)
  })

  it('holds what is committed against the log and the book of timers', () => {
    expect(found(clean, { committed: new Map([[place, null]]) })).toEqual(['at the end nothing lags'])
    expect(found(clean, { committed: new Map([[place, 2]]) })).toEqual(['at the end nothing lags'])
    expect(found(clean, { timersLeft: 1 })).toEqual(['nothing is left scheduled'])
  })

  it('lets a commit wait one round trip more for each that the application chose meanwhile', () => {
    const pause = (steps: number) =>
      Array.from({ length: steps }, (): Happening => ({ what: 'disturbed', how: 'waiting' }))
    const offsets = [{ place, offset: 0 }]
    const choice: readonly Happening[] = [
      { what: 'acknowledged', member: 'm1', place, below: 0, isAborted: false },
      { what: 'commit requested', member: 'm1', generation: 1, offsets },
      { what: 'commit stored', member: 'm1', generation: 1, offsets },
      { what: 'commit answered', member: 'm1' }
    ]
    const late = 'what is acknowledged is committed within the interval'
    const behind = (between: readonly Happening[]) => [...clean.slice(0, 7), ...between, ...clean.slice(7)]
    expect(found(behind([...choice, ...pause(111)]))).toEqual([])
    expect(found(behind(pause(115)))).toContain(late)
    expect(found(behind([...choice, ...pause(125)]))).toContain(late)
  })

  // OffsetFetch goes by name: a member that hears late that the topic is another cannot tell of which one the offset is.
  it('lets a member that hears late of a topic made again read it from its beginning, and no other', () => {
    const other = 'm2'
    const handled = (stream: number, delivery: number): readonly Happening[] => [
      { what: 'delivered', stream, delivery, offset: 0, key: 'k', value: 'v' },
      { what: 'started', stream, delivery },
      { what: 'finished', stream, delivery },
      { what: 'settled', stream, delivery }
    ]
    const asked = (member: string, offset: number): readonly Happening[] => [
      { what: 'commit requested', member, generation: 1, offsets: [{ place, offset }] },
      { what: 'commit stored', member, generation: 1, offsets: [{ place, offset }] },
      { what: 'commit answered', member }
    ]
    const known = (member: string, isCurrent = true): Happening => ({ what: 'topic known', member, topic: 'orders', isCurrent }) // prettier-ignore
    const history = (knowsSooner: boolean): readonly Happening[] => [
      { what: 'member started', member: 'm1', config },
      known('m1'),
      { what: 'recreated', topic: 'orders' },
      ...(knowsSooner ? [known('m1')] : []),
      { what: 'member started', member: other, config },
      known(other),
      { what: 'assigned', member: other, generation: 1, gained: [place], kept: [], inGroup: [other] },
      { what: 'opened', member: other, place, stream: 0 },
      ...handled(0, 0),
      ...asked(other, 1),
      { what: 'revoking', member: other, generation: 1, places: [place], withinMs: 1_000 },
      { what: 'completed', stream: 0 },
      { what: 'released', member: other, places: [place] },
      { what: 'revoked', member: other, generation: 1, endings: [{ place, outcome: 'drained', committed: 1, repeated: 0 }], reason: '' }, // prettier-ignore
      { what: 'assigned', member: 'm1', generation: 2, gained: [place], kept: [], inGroup: ['m1', other] },
      { what: 'opened', member: 'm1', place, stream: 1 },
      ...(knowsSooner ? [] : [known('m1')]),
      ...asked('m1', 0),
      ...handled(1, 1),
      ...asked('m1', 1)
    ]
    const logs = new Map([[place, [null, { records: [{ offset: 0, key: 'k', value: 'v' }], end: 1 }]]])
    const repeats = 'a record is repeated only after a crash, a loss or an unfinished drain'
    expect(found(history(false), { logs })).not.toContain(repeats)
    expect(found(history(true), { logs })).toContain(repeats)
  })

  // The report comes when all partitions that were revoked together have ended: the group may have given one to another by then.
  it('holds what is reported as drained against what its member has committed, not against what others have since', () => {
    const other = 'm2'
    const commits = (member: string, offset: number): readonly Happening[] => [
      { what: 'commit requested', member, generation: 1, offsets: [{ place, offset }] },
      { what: 'commit stored', member, generation: 1, offsets: [{ place, offset }] },
      { what: 'commit answered', member }
    ]
    const history = (first: readonly Happening[], then: readonly Happening[]): readonly Happening[] => [
      ...clean.slice(0, 7),
      ...first,
      { what: 'member stopping', member: 'm1', how: 'drain', withinMs: 1_000 },
      { what: 'revoking', member: 'm1', generation: 1, places: [place], withinMs: 1_000 },
      { what: 'completed', stream: 0 },
      { what: 'released', member: 'm1', places: [place] },
      { what: 'member started', member: other, config },
      { what: 'assigned', member: other, generation: 1, gained: [place], kept: [], inGroup: ['m1', other] },
      { what: 'opened', member: other, place, stream: 1 },
      ...then,
      { what: 'revoked', member: 'm1', generation: 1, endings: [{ place, outcome: 'drained', committed: 1, repeated: 0 }], reason: '' } // prettier-ignore
    ]
    const untrue = 'what is reported as drained is settled and stored'
    const goesBack: readonly Happening[] = [
      { what: 'moved', member: other, place, to: { offset: 0 } },
      ...commits(other, 0)
    ]
    expect(found(history(commits('m1', 1), []))).not.toContain(untrue)
    expect(found(history(commits('m1', 1), goesBack))).not.toContain(untrue)
    expect(found(history([], []))).toContain(untrue)
    expect(found(history([], commits(other, 1)))).toContain(untrue)
  })

  // As in Kafka: a group that becomes one of the consumer protocol counts what members have yet to give up as nobody's.
  it('lets a member commit what it still drains when its group is converted, and no other member', () => {
    const other = 'm2'
    const commits = (member: string, offset: number): readonly Happening[] => [
      { what: 'commit requested', member, generation: 2, offsets: [{ place, offset }] },
      { what: 'commit stored', member, generation: 2, offsets: [{ place, offset }] },
      { what: 'commit answered', member }
    ]
    const history = (held: readonly string[]): readonly Happening[] => [
      ...clean.slice(0, 7),
      { what: 'revoking', member: 'm1', generation: 1, places: [place], withinMs: 1_000 },
      { what: 'completed', stream: 0 },
      { what: 'converted', held: new Map([['m1', held]]) },
      { what: 'member started', member: other, config },
      { what: 'assigned', member: other, generation: 2, gained: [place], kept: [], inGroup: [other] },
      { what: 'opened', member: other, place, stream: 1 },
      ...commits('m1', 1),
      ...commits(other, 0)
    ]
    const ofAnother = 'nothing is committed of what another member holds'
    const back = 'committed offsets never go back, but by a seek or where they are asked for'
    expect(found(history([]))).not.toContain(ofAnother)
    expect(found(history([]))).not.toContain(back)
    expect(found(history([place]))).toEqual(expect.arrayContaining([ofAnother, back]))
    expect(found([...history([]), ...commits(other, 1), ...commits(other, 0)])).toContain(back)
    // The next owner was ahead of it: it goes on from what it has committed itself, and never behind that.
    const ahead = [...history([]), ...commits(other, 2)]
    expect(found([...ahead, ...commits('m1', 1)])).not.toContain(back)
    expect(found([...ahead, ...commits('m1', 0)])).toContain(back)
  })
})
