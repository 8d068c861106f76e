import { describe, expect, it } from 'vitest'
import { commit, eachPartition, handle } from '../../../src/index.js'
import { DiagramError, MarbleError, marbles, type MarbleTools, type Scenario } from '../../../src/testing.js'

/** Puts each record into a line as `put` does. */
const marking = (
  put: (charged: ReturnType<MarbleTools['mark']>, letter: string) => void,
  { line = 'charged', diagram = 'charged   a--', ...more }: Partial<Scenario> & { line?: string; diagram?: string } = {}
): Promise<void> =>
  marbles(({ cluster, mark }) => {
    const charged = mark(line)
    cluster(`orders/0  a--\none       ^--\n${diagram}`, {
      pipeline: (orders) =>
        orders.pipe(
          eachPartition((partition) =>
            partition.pipe(
              handle(({ key }) => {
                put(charged, new TextDecoder().decode(key ?? undefined))
              }),
              commit({ every: 1 })
            )
          )
        ),
      ...more
    })
  })()

describe('a line of the test’s own', () => {
  it('compares letters, and values that `values` has', async () => {
    await marking((charged, letter) => {
      charged(letter)
    })
    await marking(
      (charged, letter) => {
        charged(letter, { amount: 5 })
      },
      { values: { a: { amount: 5 } } }
    )
  })

  it('fails with a letter that has lost its value, and with a value that is compared with nothing', async () => {
    const bare = marking(
      (charged, letter) => {
        charged(letter)
      },
      { values: { a: { amount: 5 } } }
    )
    await expect(bare).rejects.toThrow(MarbleError)
    await expect(bare).rejects.toThrow('“charged” got “a” without a value')
    const lonely = marking((charged, letter) => {
      charged(letter, { amount: 5 })
    })
    await expect(lonely).rejects.toThrow(
      '“charged” got “a” with the value {"amount":5}, which is compared with nothing: `values` has no “a”'
    )
  })

  it('has to be in the diagram', async () => {
    await expect(
      marbles(({ cluster, mark }) => {
        mark('charged')
        cluster('orders/0  a--\none       ^--\nchrged    ---', { pipeline: (orders) => orders })
      })()
    ).rejects.toThrow(
      'no diagram shows what is put into “charged”, so it is compared with nothing: write a line “charged”, or do without the mark. There is “chrged”: was that meant?'
    )
    await expect(
      marbles(({ cluster, mark }) => {
        cluster('orders/0  a--\none       ^--\ncharged   ---', { pipeline: (orders) => orders })
        mark('charged')
      })()
    ).rejects.toThrow('it was made after the diagram: call `mark` before `cluster`')
  })

  it('has to be made, and before the diagram: the message of the line says so', async () => {
    const unmade = (row: string): Promise<void> =>
      marbles(({ cluster }) => {
        cluster(`orders/0  a--\none       ^--\n${row}`, { pipeline: (orders) => orders })
      })()
    await expect(unmade('charged   a--')).rejects.toThrow(DiagramError)
    await expect(unmade('charged   a--')).rejects.toThrow(
      "“a” means nothing in the line “charged”, which has ^ | ! # x T ~. It is taken for a member. For a line of the test’s own call mark('charged') before the diagram."
    )
    await expect(unmade('money in  a--')).rejects.toThrow(
      "For a line of the test’s own call mark('money in') before the diagram."
    )
    const misspelled = marbles(({ cluster, mark }) => {
      mark('money in')
      cluster('orders/0  a--\none       ^--\nmonye in  a--', { pipeline: (orders) => orders })
    })()
    await expect(misspelled).rejects.toThrow('Did you mean “money in”, which is a line of `mark`?')
  })

  it.each(['sink', 'orders/0 commits', 'one ends', 'writes dlq', 'two  spaces', ' led', ''])(
    'has a name that no other line has: not “%s”',
    (name) =>
      expect(
        marbles(({ mark }) => {
          mark(name)
        })()
      ).rejects.toThrow('mark: line is')
  )
})
