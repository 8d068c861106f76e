import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { DiagramError, marbles, type Pipeline } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const play = (diagram: string): Promise<void> =>
  marbles(({ cluster }) => {
    cluster(diagram, { pipeline })
  })()

const withRecords = (marbles: string): string => `
  orders/0          ${marbles}
  one               ^----
  orders/0 commits  ----b`

describe('a character that is none of a diagram', () => {
  it.each([
    ['an en dash', '\u2013---b', '“\u2013” (U+2013) is no hyphen: write -'],
    ['a minus', '\u2212---b', '(U+2212) is no hyphen: write -'],
    ['a line to draw boxes with', '\u2500---b', '(U+2500) is no hyphen: write -'],
    ['a tab', 'a\t-b', 'a tab takes no certain number of columns: write spaces'],
    ['a blank that does not break', 'a\u00a0--b', 'this blank (U+00A0) is no space: write a space, or -'],
    ['an emoji', '\u{1F600}--b', '“\u{1F600}” (U+1F600) is no letter of a diagram'],
    ['an accent of its own', 'a\u0301--b', '(U+0301) is no letter of a diagram'],
    ['a space without width', 'a\u200b--b', '(U+200B) is no letter of a diagram'],
    ['three dots in one', 'a\u2026--b', '“\u2026” (U+2026) is no letter of a diagram']
  ])('is refused: %s', async (_name, marbles, reason) => {
    const trial = play(withRecords(marbles))
    await expect(trial).rejects.toThrow(DiagramError)
    await expect(trial).rejects.toThrow(reason)
  })

  it('is no letter of another alphabet', () =>
    play(`
      orders/0          \u00e4\u0436---
      one               ^----
      orders/0 commits  \u00e4\u0436---`))
})

describe('a diagram that is indented, commented or jumps otherwise', () => {
  it.each([
    ['a tab behind a label', 'orders/0  ab\none\t^-\nsink      ab', 'a tab takes no certain number of columns'],
    [
      'tabs and spaces',
      '  orders/0  ab\n\tone       ^-\n  sink      ab',
      'this one has another indentation than others'
    ],
    ['a comment', 'orders/0  ab\none       ^-\n// sink   ba\nsink      ab', 'a diagram has no comments'],
    ['a comment behind marbles', 'orders/0  ab\none       ^-\nsink      ab // done', 'a diagram has no comments'],
    ['an empty group', 'orders/0  ab\none       ^-\nsink      ab()', 'there is nothing in this group'],
    ['a label alone', 'orders/0  ab\none       ^-\none ends', '“one ends” has no marbles: write - for nothing'],
    [
      'a jump without spaces',
      'orders/0  ab-----\none       ^------\nsink      ab-3s--',
      'a jump has a space at both sides'
    ],
    ['no topic', 'one       ^------\nsink      -------', 'there is no topic that members could read']
  ])('says so: %s', async (_name, source, reason) => {
    const trial = play(source)
    await expect(trial).rejects.toThrow(DiagramError)
    await expect(trial).rejects.toThrow(reason)
  })

  it('may be indented with tabs', () => play('\torders/0  ab\n\tone       ^-\n\tsink      ab'))
})

describe('a second line for how long something takes', () => {
  it.each([
    ['sink a', '--|'],
    ['takes OffsetCommit', '-|'],
    ['throttles OffsetCommit', '-|']
  ])('is refused, where only one of them would count: %s', (name, row) =>
    expect(
      play(
        [
          ['orders/0', 'ab---'],
          [name, row],
          [name, '|'],
          ['one', '^----'],
          ['orders/0 commits', 'ab---']
        ]
          .map(([label = '', marbles = '']) => label.padEnd(24) + marbles)
          .join('\n')
      )
    ).rejects.toThrow(`“${name}” has a line already`)
  )
})
