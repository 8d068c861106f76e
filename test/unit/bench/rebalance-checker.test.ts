import { describe, expect, it } from 'vitest'
import { check } from '../../../bench/rebalance/checker.mjs'
import type { HistoryEvent } from '../../../bench/rebalance/scenarios.mjs'

type Detail = Readonly<Record<string, unknown>>
type Histories = Readonly<Record<'a' | 'b' | 'driver', readonly HistoryEvent[]>>

const at = (t: number, e: string, detail: Detail = {}): HistoryEvent => ({ t, e, partition: 0, ...detail })
const gains = (t: number): HistoryEvent => at(t, 'assigned', { generation: t, gained: [0], kept: [] })
const handles = (t: number, stream: number, offset: number): readonly HistoryEvent[] => [
  at(t, 'start', { stream, offset, created: t }),
  at(t, 'ack', { stream, offset })
]
const stores = (t: number, offset: number): HistoryEvent => at(t, 'stored', { offsets: [[0, offset]] })
const gives = (t: number, e: 'revoked' | 'lost', outcome: string): HistoryEvent =>
  at(t, e, { reports: [{ partition: 0, outcome }] })
const sees = (t: number, offset: number): HistoryEvent => at(t, 'observed', { offsets: [[0, offset]] })

/** Two of four records are handled by `a`, which gives the partition back; the others by `b`. */
const fine: Histories = {
  a: [
    gains(1),
    at(2, 'open', { stream: 0 }),
    ...handles(3, 0, 0),
    ...handles(4, 0, 1),
    stores(5, 2),
    at(5, 'complete', { stream: 0 }),
    gives(6, 'revoked', 'drained')
  ],
  b: [gains(7), at(8, 'open', { stream: 0 }), ...handles(9, 0, 2), ...handles(10, 0, 3), stores(11, 4)],
  driver: [sees(5.5, 2), sees(12, 4)]
}
const [aGains, aOpens] = fine.a
const begun = [aGains, aOpens, ...handles(3, 0, 0), ...handles(4, 0, 1)].flatMap((event) => event ?? [])

const verdictOn = (change: Partial<Histories>, committed = 4): ReturnType<typeof check> =>
  check({
    histories: new Map(Object.entries({ ...fine, ...change })),
    ends: new Map([[0, 4]]),
    committed: new Map([[0, committed]])
  })

describe('the checker of histories', () => {
  it('finds nothing wrong where nothing is', () => {
    expect(verdictOn({})).toMatchObject({ violations: [], duplicates: 0, handled: 4 })
  })

  it.each<[string, string, Partial<Histories>]>([
    ['a record that nobody handled', 'loss', { b: [...fine.b.slice(0, 4), stores(11, 3)] }],
    [
      'an offset stored above an unhandled record',
      'early',
      { a: [...begun, stores(4, 3), gives(6, 'revoked', 'drained')] }
    ],
    ['an offset that another client saw too early', 'early', { driver: [sees(3.5, 2)] }],
    ['a stored offset that goes back', 'back', { driver: [sees(5.5, 2), sees(12, 1)] }],
    [
      'two owners at a time',
      'owner',
      { b: [gains(2), at(2, 'open', { stream: 0 }), ...handles(3.5, 0, 2), ...handles(10, 0, 3), stores(11, 4)] }
    ],
    ['a stream of what is not assigned', 'owner', { b: fine.b.slice(1) }],
    ['records out of order', 'order', { b: [...fine.b.slice(0, 2), ...handles(9, 0, 3), ...handles(10, 0, 2)] }],
    ['work on what was given up', 'given up', { a: [...fine.a, ...handles(6, 0, 2)] }],
    ['a commit over that of the next owner', 'foreign', { a: [...fine.a, stores(10, 3)] }],
    ['a gain of what is held', 'alternate', { b: [gains(7), ...fine.b] }],
    ['a revocation of what is not held', 'alternate', { a: [...fine.a, gives(6, 'revoked', 'drained')] }],
    ['a stream that ends twice', 'complete', { a: [...fine.a, at(6, 'complete', { stream: 0 })] }],
    [
      'what was drained, handled again',
      'repeat',
      { b: [...fine.b.slice(0, 2), ...handles(9, 0, 1), ...handles(9, 0, 2), ...handles(10, 0, 3)] }
    ],
    ['the content of another record', 'content', { b: [...fine.b, at(12, 'wrong', { offset: 2, says: '0 9' })] }],
    ['a record beyond the log', 'phantom', { b: [...fine.b, ...handles(12, 0, 4)] }]
  ])('finds %s', (_what, rule, change) => {
    expect(verdictOn(change).violations).toContainEqual(expect.stringMatching(new RegExp(`^${rule}: `)))
  })

  it('finds what is left behind at the end', () => {
    expect(verdictOn({}, 3).violations).toEqual(['lag: 0 is stored up to 3 of 4'])
  })

  it.each<[string, readonly HistoryEvent[], readonly HistoryEvent[]]>([
    ['was killed', begun, [at(5, 'kill', { member: 'a' })]],
    ['was fenced', [...begun, gives(6, 'lost', 'aborted')], []]
  ])('counts as handled again what a member that %s had not stored', (_how, a, driver) => {
    const b = [
      gains(7),
      at(8, 'open', { stream: 0 }),
      ...[0, 1, 2, 3].flatMap((offset) => handles(9, 0, offset)),
      stores(11, 4)
    ]
    expect(verdictOn({ a, b, driver })).toMatchObject({ violations: [], duplicates: 2 })
  })

  it('takes a commit from before the fencing for one, though its answer came after', () => {
    expect(verdictOn({ a: [...begun, gives(6, 'lost', 'aborted'), stores(10, 2)] }).violations).toEqual([])
  })
})
