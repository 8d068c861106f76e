import { left } from 'fp-ts/lib/Either.js'
import { of } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import {
  type Cluster,
  commit,
  type ConsumerEvent,
  type ConsumerRecord,
  eachPartition,
  type Fault,
  handle,
  retryOf,
  subscribe
} from '../../../src/index.js'
import { withOverrides } from '../../simulation/patch.js'
import { retrying, textOf } from '../../support/retrying.js'

const tags = (events: readonly ConsumerEvent[]): readonly string[] => events.map(({ _tag }) => _tag)

describe('retryLater', () => {
  it('moves a failed record to the first retry topic, and tries it again when it is due', () => {
    const { made, seen, events, waiting } = retrying(['a1', 'b1'], { a1: 1 })
    made.clock.advance(9_000)
    expect([seen, made.committed(), waiting('10s')]).toEqual([['a1!', 'b1'], [2n], ['a1']])
    expect(events).toMatchObject([
      { _tag: 'retried later', topic: 'orders', offset: 0n, attempts: 1, to: 'orders.retry.10s', inMs: 10_000 }
    ])
    made.clock.advance(10_000)
    expect(seen.slice(2)).toEqual(['a1'])
    expect(made.cluster.committed('billing', { topic: 'orders.retry.10s', partition: 0 })).toBe(1n)
  })

  it('makes later records of the key follow, in their order, and holds up no other', () => {
    const { made, seen, events } = retrying(['a1', 'b1', 'a2', 'c1', 'a3', 'b2'], { a1: 1 })
    made.clock.advance(9_000)
    expect([seen.toSorted(), made.committed()]).toEqual([['a1!', 'b1', 'b2', 'c1'], [6n]])
    made.clock.advance(11_000)
    expect(seen.slice(4)).toEqual(['a1', 'a2', 'a3'])
    expect(events.map((event) => 'fault' in event && event.fault._tag)).toEqual([
      'HandlerFault',
      'PredecessorFailedFault',
      'PredecessorFailedFault'
    ])
  })

  it('moves on from tier to tier, with those that follow, and at last to the dead letters, as it came', () => {
    const { made, seen, letters, events } = retrying(['a1', 'a2'], { a1: 9 })
    made.clock.advance(100_000)
    expect([seen, letters()]).toEqual([['a1!', 'a1!', 'a1!', 'a2'], ['a1']])
    const [letter] = made.cluster.records({ topic: 'dead', partition: 0 })
    expect(letter?.headers.map(({ name, value }) => `${name}=${textOf(value)}`)).toEqual(
      expect.arrayContaining([
        'dlq.topic=orders',
        'dlq.partition=0',
        'dlq.offset=0',
        'dlq.attempts=3',
        'dlq.group=billing'
      ])
    )
    expect(letter?.headers.some(({ name }) => name.startsWith('retry.'))).toBe(false)
    expect(tags(events).filter((tag) => tag === 'dead lettered')).toHaveLength(1)
  })

  it('records that come after the key is settled are handled at once again', () => {
    const { made, seen, waiting } = retrying(['a1'], { a1: 1 })
    made.clock.advance(30_000)
    made.cluster.produce('orders', { key: 'a', value: 'a2' })
    made.clock.advance(5_000)
    expect([seen, waiting('10s')]).toEqual([['a1!', 'a1', 'a2'], ['a1']])
  })

  it('a key is free again after its dead letter, though no record of its retry topics reaches a commit()', () => {
    const { made, seen, letters } = retrying(['a1'], { a1: 9 }, { config: { 'enable.auto.commit': false } })
    made.clock.advance(90_000)
    expect([seen.length, letters()]).toEqual([3, ['a1']])
    made.cluster.produce('orders', { key: 'a', value: 'a2' })
    made.clock.advance(3_000)
    expect(seen.slice(3)).toEqual(['a2'])
  })

  it('a key whose records never stop coming leaves the retry topics again', () => {
    const { made, seen, waiting } = retrying(['a1'], { a1: 1 })
    const sent = ['a1']
    for (let number = 2; number < 200; number++) {
      made.clock.advance(250)
      sent.push(`a${String(number)}`)
      made.cluster.produce('orders', { key: 'a', value: `a${String(number)}` })
    }
    made.clock.advance(5_000)
    expect(seen).toEqual(['a1!', ...sent])
    expect(waiting('10s').length).toBeLessThan(80)
  })

  it('knows after a restart which keys have to follow', () => {
    const { made, seen, join } = retrying(['a1', 'b1'], { a1: 1 }, { isStarted: false })
    const first = join()
    made.clock.advance(4_000)
    first.close().catch(() => undefined)
    made.clock.advance(1_000)
    for (const value of ['a2', 'b2']) made.cluster.produce('orders', { key: value.slice(0, 1), value })
    join()
    made.clock.advance(3_000)
    expect(seen).toEqual(['a1!', 'b1', 'b2'])
    made.clock.advance(20_000)
    expect(seen.slice(3)).toEqual(['a1', 'a2'])
  })

  it('does not write a record again that is delivered again while its copy waits', () => {
    const { made, seen, join, waiting } = retrying(['a1', 'a2'], { a1: 1 }, { isStarted: false })
    const first = join()
    made.clock.advance(6_000)
    first.close().catch(() => undefined)
    made.clock.advance(1_000)
    const later = join()
    // As if the member had died before its commit.
    later.rebalances.subscribe((event) => {
      if (event._tag === 'assigned') later.seek({ topic: 'orders', partition: 0 }, 'beginning')
    })
    made.clock.advance(30_000)
    expect([seen, waiting('10s')]).toEqual([
      ['a1!', 'a1', 'a2'],
      ['a1', 'a2']
    ])
  })

  it('lets later records of the key overtake, if it says so', () => {
    const { made, seen } = retrying(['a1', 'a2'], { a1: 1 }, { options: { behind: 'overtake' } })
    made.clock.advance(30_000)
    expect(seen).toEqual(['a1!', 'a2', 'a1'])
  })

  it('gives up at once on what can never succeed', () => {
    const retry = {
      attempts: 1,
      backoff: { _tag: 'Backoff', delayMs: () => 0 },
      classify: () => 'permanent' as const
    } as const
    const { made, seen, letters, waiting } = retrying(['a1', 'a2'], { a1: 1 }, { more: { retry } })
    made.clock.advance(30_000)
    expect([seen, letters(), waiting('10s')]).toEqual([['a1!', 'a2'], ['a1'], []])
  })

  it.each([
    ['skip', ['a1!', 'a1!', 'a1!', 'a2'], 'skipped'],
    ['fail', ['a1!', 'a1!', 'a1!'], 'pipeline failed']
  ] as const)('after the last tier: %s', (then, expected, tag) => {
    const { made, seen, events } = retrying(['a1', 'a2'], { a1: 3 }, { options: { then } })
    made.clock.advance(100_000)
    expect(seen).toEqual(expected)
    expect(tags(events)).toContain(tag)
  })

  it('says where a record came from, and keeps its headers', () => {
    const made = retrying([], {}, { isStarted: false })
    const headers = [
      { name: 'retry.topic', value: 'mine' },
      { name: 'h', value: null }
    ]
    made.made.cluster.produce('orders', { key: 'a', value: 'a1', headers, timestamp: 5 })
    const origins: unknown[] = []
    const member = made.made.member({ subscription: subscribe('orders', ...made.retries.topics) })
    member
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              (record: ConsumerRecord) => {
                origins.push(retryOf(record))
                throw new Error('boom')
              },
              { order: 'key', onFailure: made.retries }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.made.clock.advance(100_000)
    expect(origins).toMatchObject([
      null,
      { topic: 'orders', partition: 0, offset: 0n, timestamp: 5, attempts: 1 },
      { topic: 'orders', partition: 0, offset: 0n, timestamp: 5, attempts: 2 }
    ])
    const [letter] = made.made.cluster.records({ topic: 'dead', partition: 0 })
    expect(letter?.headers.slice(0, 2).map(({ name, value }) => [name, value && textOf(value)])).toEqual([
      ['retry.topic', 'mine'],
      ['h', null]
    ])
  })

  it('moves all records of a pipeline with one producer, and closes it at the end of the pipeline', () => {
    const opened: string[] = []
    const through = (cluster: Cluster): Cluster => ({
      ...cluster,
      openProducer: (settings) => {
        opened.push('opened')
        const session = cluster.openProducer(settings)
        const close = (): void => {
          opened.push('closed')
          session.close()
        }
        return withOverrides(session, { close })
      }
    })
    const values = Array.from({ length: 100 }, (_, number) => `a${String(number)}`)
    const { made, join, waiting } = retrying(values, { a0: 1 }, { through, isStarted: false })
    const member = join()
    made.clock.advance(5_000)
    expect([waiting('10s').length, opened]).toEqual([100, ['opened']])
    void member.drain()
    made.clock.advance(5_000)
    expect(opened).toEqual(['opened', 'closed'])
  })

  /** Counts records that are on their way to the retry topics at once. */
  const counting = () => {
    const written: number[] = []
    let open = 0
    const through = (cluster: Cluster): Cluster => ({
      ...cluster,
      openProducer: (settings) => {
        const session = cluster.openProducer(settings)
        const send: typeof session.send = (record, callbacks, index) => {
          if (open++ === 0) written.push(0)
          written[written.length - 1] = (written.at(-1) ?? 0) + 1
          const over = (): void => {
            open--
          }
          session.send(
            record,
            {
              ...callbacks,
              written: (...given) => {
                over()
                callbacks.written(...given)
              },
              failed: (...given) => {
                over()
                callbacks.failed(...given)
              }
            },
            index
          )
        }
        return withOverrides(session, { send })
      }
    })
    return { written, through }
  }

  it('moves those together that follow one record, in their order', () => {
    const values = Array.from({ length: 50 }, (_, number) => `a${String(number)}`)
    const { written, through } = counting()
    const { made, seen, waiting } = retrying(values, { a0: 1 }, { through })
    made.clock.advance(5_000)
    expect([waiting('10s'), written]).toEqual([values, [1, 49]])
    made.clock.advance(20_000)
    expect(seen).toEqual(['a0!', ...values])
  })

  it('moves one that is large by itself, and what the topic does not take to the dead letters before the next moves', () => {
    const { written, through } = counting()
    const large = `a${'x'.repeat(20_000)}`
    const { made, join, waiting, letters } = retrying(
      ['a0', 'a1', large, 'a2', 'a3'],
      { a0: 1 },
      { through, isStarted: false }
    )
    made.cluster.deleteTopic('orders.retry.10s')
    made.cluster.createTopic('orders.retry.10s', 1, { 'max.message.bytes': '10000' })
    join()
    made.clock.advance(5_000)
    expect([waiting('10s'), letters(), written]).toEqual([['a0', 'a1', 'a2', 'a3'], [large], [1, 1, 1, 2]])
  })

  it('waits longer than the longest timer of JavaScript, step by step', () => {
    const longest = 2 ** 31 - 1
    const { made, seen } = retrying(['a1'], { a1: 1 }, { options: { tiers: ['60d'] } })
    const waits: number[] = []
    const { clock } = made
    const schedule = clock.schedule.bind(clock)
    vi.spyOn(clock, 'schedule').mockImplementation((inMs, run) => {
      waits.push(inMs)
      return schedule(inMs, run)
    })
    clock.advance(20_000)
    expect([seen, Math.max(...waits)]).toEqual([['a1!'], longest])
  })

  it('reports that the retry topics cannot be read every ten seconds, and once that they can be again', () => {
    let isDown = true
    const through = (cluster: Cluster): Cluster => ({
      ...cluster,
      admin: () => {
        const admin = cluster.admin()
        const fault: Fault = { _tag: 'TimeoutFault', what: 'the answer', afterMs: 1 }
        const describeTopics: typeof admin.either.describeTopics = (...given) =>
          isDown ? of(left(fault)) : admin.either.describeTopics(...given)
        return withOverrides(admin, { either: withOverrides(admin.either, { describeTopics }) })
      }
    })
    const { made, seen, events } = retrying(['a1'], {}, { through })
    made.clock.advance(28_000)
    expect([seen, tags(events)]).toEqual([[], ['waiting', 'waiting', 'waiting']])
    isDown = false
    made.clock.advance(5_000)
    expect([seen, tags(events.slice(3)), made.orders.status().waits]).toEqual([['a1'], ['recovered'], []])
  })

  it('refuses a consumer that does not read the retry topics', () => {
    const { made, retries } = retrying([], {}, { isStarted: false })
    made.cluster.produce('orders', { value: 'x' })
    const errors: unknown[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(() => undefined, { onFailure: retries }),
            commit()
          )
        )
      )
      .subscribe({ error: (error: unknown) => errors.push(error) })
    made.clock.advance(5_000)
    expect(String(errors[0])).toContain('does not read the retry topic orders.retry.10s')
  })

  it('leaves nothing behind', async () => {
    const { made, join } = retrying(['a1', 'a2'], { a1: 1 }, { isStarted: false })
    const member = join()
    made.clock.advance(6_000)
    const drained = member.drain()
    made.clock.advance(60_000)
    await drained
    expect(made.clock.pending).toBe(0)
  })
})
