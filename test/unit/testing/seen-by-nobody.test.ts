import { NEVER, of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ack, commit, deadLetter, eachPartition, handle } from '../../../src/index.js'
import { MarbleError, marbles, type MarbleBody, type Pipeline, type Scenario } from '../../../src/testing.js'

const pipeline: Pipeline = (orders, { sink }) =>
  orders.pipe(eachPartition((partition) => partition.pipe(handle(sink), commit({ every: 1 }))))

const diagram = 'orders/0  ab--\none       ^---\nsink      ab--'
const wrong = diagram.replace('sink      ab', 'sink      ba')

const playing =
  (more: Partial<Scenario> = {}, source = diagram): MarbleBody =>
  ({ cluster }) => {
    cluster(source, { pipeline, ...more })
  }

describe('what is said once time passes', () => {
  it.each<[string, MarbleBody]>([
    [
      'cluster',
      ({ cluster }) => {
        cluster(diagram, { pipeline })
        return () => {
          cluster(wrong, { pipeline })
        }
      }
    ],
    [
      'cluster',
      ({ cluster }) => {
        cluster(diagram, { pipeline })
        setTimeout(() => {
          cluster(wrong, { pipeline })
        }, 1)
      }
    ],
    [
      'expectObservable',
      ({ cluster, expectObservable }) => {
        cluster(diagram, { pipeline })
        return () => {
          expectObservable(of('a')).toBe('(b|)')
        }
      }
    ],
    [
      'mark',
      ({ cluster, mark }) => {
        // Within a handler whose failures are skipped.
        cluster(diagram.replace('ab--', 'ab--').replace('sink      ab--', 'sink      ----'), {
          pipeline: (orders, { sink }) =>
            orders.pipe(
              eachPartition((partition) =>
                partition.pipe(
                  handle(
                    (record) => {
                      mark('rows')
                      return sink(record)
                    },
                    { onFailure: 'skip' }
                  ),
                  commit({ every: 1 })
                )
              )
            )
        })
      }
    ]
  ])('would be compared with nothing: %s', (tool, body) =>
    expect(marbles(body)()).rejects.toThrow(`${tool}(…) was called when the body had returned`)
  )
})

describe('a closure', () => {
  const closing = (after: () => void): Promise<void> =>
    marbles(({ cluster }) => {
      cluster(diagram, { pipeline })
      return after
    })()

  it('says nothing by what it returns', async () => {
    await expect(closing(() => [].length > 0)).rejects.toThrow('gives false, which nobody looks at')
    await expect(closing(() => () => undefined)).rejects.toThrow('gives another function, which nobody calls')
    await closing(() => 7)
  })

  it('asks for reports of members that there are', async () => {
    const asking = (member: string): Promise<void> =>
      marbles(({ cluster }) => {
        const { report } = cluster(diagram, { pipeline })
        return () => {
          expect(report(member)?.outcome).toBe('drained')
        }
      })()
    await asking('one')
    await expect(asking('oen')).rejects.toThrow('there is no member “oen”. Did you mean “one”?')
  })
})

describe('a line that could show nothing', () => {
  const ignoring: Pipeline = (orders) => orders.pipe(eachPartition((partition) => partition.pipe(ack())))

  it('is that of a sink which no pipeline has', () =>
    expect(marbles(playing({ pipeline: ignoring }, diagram.replace('sink      ab', 'sink      --')))()).rejects.toThrow(
      'no pipeline has taken `sink` from its tools'
    ))

  it('is missing for `events`', () =>
    expect(marbles(playing({ events: { s: 'skipped' } }))()).rejects.toThrow(
      '`events` says what “s” means, and there is no line “… events”'
    ))
})

describe('a member', () => {
  it('begins: else what is expected of it comes true', () =>
    expect(marbles(playing({}, `${diagram}\ntwo       ----\ntwo ends  ----`))()).rejects.toThrow(
      '“two” is taken for a member, and never begins: ^ is missing'
    ))

  it('has one life after the other, also in several lines', () =>
    expect(marbles(playing({}, `${diagram}\none       --^-`))()).rejects.toThrow('“one” has begun already'))

  it('reads something: its pipeline subscribes to its consumer', async () => {
    const source = diagram.replace('sink      ab--', 'one ends  ----')
    await expect(marbles(playing({ pipeline: () => NEVER }, source))()).rejects.toThrow(
      'one has read nothing: its pipeline has not subscribed to its consumer'
    )
    await expect(marbles(playing({ pipeline: () => of(1) }, diagram))()).rejects.toThrow('one has read nothing')
  })
})

describe('a record of `records`', () => {
  it('has no other fields than a record', async () => {
    const wrong = { vlaue: 'x' } as { value?: string }
    await expect(marbles(playing({ records: { a: wrong } }))()).rejects.toThrow('records.a.vlaue is not known')
    await expect(marbles(playing({ records: { a: () => wrong } }))()).rejects.toThrow('records.a(1).vlaue is not known')
  })
})

describe('an assertion in a handler', () => {
  const asserting =
    (fails: () => void): Pipeline =>
    (orders, { cluster, sink }) =>
      orders.pipe(
        eachPartition((partition) =>
          partition.pipe(
            handle(
              (record) => {
                fails()
                return sink(record)
              },
              { onFailure: deadLetter(cluster, { topic: 'dlq' }) }
            ),
            commit({ every: 1 })
          )
        )
      )
  const nothing = { topics: { dlq: 1 } }

  it('fails the test, though its record becomes a dead letter', async () => {
    const trial = marbles(
      playing(
        {
          pipeline: asserting(() => {
            expect('a').toBe('b')
          }),
          ...nothing
        },
        diagram.replace('sink      ab', 'sink      --')
      )
    )()
    await expect(trial).rejects.toThrow(MarbleError)
    await expect(trial).rejects.toThrow('one: an assertion has failed, and the record is dead lettered: expected')
  })

  it('is not what any other error is', () =>
    marbles(
      playing(
        {
          pipeline: asserting(() => {
            throw new Error('refused')
          }),
          ...nothing
        },
        diagram.replace('sink      ab', 'sink      --')
      )
    )())
})
