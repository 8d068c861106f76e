import { isLeft } from 'fp-ts/lib/Either.js'
import { tap } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { errorCode } from '../../../src/core/protocol/error-code.js'
import {
  type Cluster,
  commit,
  deadLetter,
  type DeadLetterPolicy,
  eachPartition,
  handle,
  type Header,
  replayDeadLetters,
  type ReplayOptions
} from '../../../src/index.js'
import { withOverrides } from '../../simulation/patch.js'
import { rig, type Rig } from '../../support/rig.js'

const dead = { topic: 'dead', partition: 0 }
const textOf = (value: Uint8Array | null): string | null => value && new TextDecoder().decode(value)
const shown = (headers: readonly Header[]): readonly string[] =>
  headers.map(({ name, value }) => `${name}=${String(textOf(value))}`)
const named = (headers: readonly Header[], name: string): readonly (string | null)[] =>
  headers.filter((header) => header.name === name).map(({ value }) => textOf(value))

interface Given {
  readonly key?: string | null
  readonly value?: string | null
  readonly headers?: readonly { readonly name: string; readonly value: string | null }[]
}

/** Every record fails, and is written to the dead letters. */
const failing = (records: readonly Given[], more = {}): Rig => {
  const made = rig(1, more)
  made.cluster.createTopic('dead', 1)
  for (const record of records) made.cluster.produce('orders', { partition: 0, key: null, value: null, ...record })
  made.orders
    .pipe(
      eachPartition((p) =>
        p.pipe(
          handle(
            () => {
              throw new Error('boom')
            },
            { onFailure: deadLetter(made.cluster, { topic: 'dead' }) }
          ),
          commit({ every: 1 })
        )
      )
    )
    .subscribe({ error: () => undefined })
  made.clock.advance(6_000)
  return made
}

const letters = ({ cluster }: Rig): ReturnType<Rig['cluster']['records']> => cluster.records(dead)

describe('deadLetter', () => {
  it('keeps names of ours that came in as data, nested ones too, and says each of ours once', () => {
    const headers = [
      { name: 'dlq.topic', value: 'forged' },
      { name: 'original.dlq.topic', value: 'twice' },
      { name: 'original.mine', value: 'kept' },
      { name: 'x-retry-attempt', value: '999999' },
      { name: 'dlq.attempts', value: 'NaN' }
    ]
    const [letter] = letters(failing([{ headers }]))
    expect(shown(letter?.headers ?? []).slice(0, 5)).toEqual([
      'original.dlq.topic=forged',
      'original.original.dlq.topic=twice',
      'original.mine=kept',
      'x-retry-attempt=999999',
      'original.dlq.attempts=NaN'
    ])
    expect(named(letter?.headers ?? [], 'dlq.topic')).toEqual(['orders'])
    expect(named(letter?.headers ?? [], 'dlq.attempts')).toEqual(['1'])
  })

  it('keeps null and empty apart in key, value and headers', () => {
    const all = letters(
      failing([
        { key: null, value: null, headers: [{ name: 'n', value: null }] },
        { key: '', value: '' }
      ])
    )
    expect(all.map(({ key, value }) => [textOf(key), textOf(value)])).toEqual([
      [null, null],
      ['', '']
    ])
    expect(all[0]?.headers[0]).toEqual({ name: 'n', value: null })
  })

  it('copies at most 100 headers, and says how many it cut off', () => {
    const headers = Array.from({ length: 10_000 }, (_, number) => ({ name: `h${String(number)}`, value: 'v' }))
    const [letter] = letters(failing([{ headers }]))
    expect(letter?.headers.filter(({ name }) => name.startsWith('h'))).toHaveLength(100)
    expect(named(letter?.headers ?? [], 'dlq.headers.cut')).toEqual(['9900'])
  })

  it('copies at most 64 KiB of headers, whatever their names are', () => {
    const headers = [
      { name: '__proto__', value: 'v' },
      { name: 'constructor\r\n\0', value: null },
      { name: 'large', value: 'x'.repeat(1_000_000) }
    ]
    const made = failing([{ headers }])
    const [letter] = letters(made)
    expect(letter?.headers.slice(0, 2).map(({ name }) => name)).toEqual(['__proto__', 'constructor\r\n\0'])
    expect([named(letter?.headers ?? [], 'dlq.headers.cut'), made.committed()]).toEqual([['1'], [1n]])
  })

  it('leaves out the value of a record too large to be written, and says where it lies', () => {
    const made = failing([{ key: 'k', value: 'x'.repeat(1_100_000), headers: [{ name: 'h', value: 'v' }] }])
    const [letter] = letters(made)
    expect([textOf(letter?.key ?? null), letter?.value, made.committed()]).toEqual(['k', null, [1n]])
    expect(shown(letter?.headers ?? [])).toEqual(
      expect.arrayContaining(['h=v', 'dlq.value.cut=1100000', 'dlq.topic=orders', 'dlq.partition=0', 'dlq.offset=0'])
    )
  })

  it('waits while its topic cannot be written, says so, and settles nothing meanwhile', () => {
    const made = rig(1, {}, 3)
    made.cluster.createTopic('dead', 1)
    made.cluster.failNext('Produce', 'disconnect', 30)
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              () => {
                throw new Error('boom')
              },
              { onFailure: deadLetter(made.cluster, { topic: 'dead' }) }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe()
    made.clock.advance(50)
    expect([letters(made).length, made.committed()]).toEqual([0, [null]])
    made.clock.advance(10_500)
    // Of the broker, of the confirmation that is late, and of its topic.
    expect([letters(made).length, made.committed()]).toEqual([0, [null]])
    expect(made.events.map(({ _tag }) => _tag)).toEqual(expect.arrayContaining(['reconnecting', 'waiting']))
    made.clock.advance(60_000)
    expect([letters(made).length, made.committed()]).toEqual([3, [3n]])
    const tags = made.events.map(({ _tag }) => _tag)
    expect(tags.filter((tag) => tag === 'dead lettered')).toEqual(['dead lettered', 'dead lettered', 'dead lettered'])
  })

  it('waits for the answer that it can do nothing about, as for a connection', () => {
    const made = rig(1)
    made.cluster.createTopic('dead', 1)
    made.cluster.failNext('InitProducerId', errorCode.UNKNOWN_SERVER_ERROR)
    made.cluster.produce('orders', { partition: 0, key: null, value: 'x' })
    const failed: unknown[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              () => {
                throw new Error('boom')
              },
              { onFailure: deadLetter(made.cluster, { topic: 'dead' }) }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe({ error: (error: unknown) => failed.push(error) })
    made.clock.advance(30_000)
    expect([failed, letters(made).length, made.committed()]).toEqual([[], 1, [1n]])
    expect(made.events.map(({ _tag }) => _tag)).toEqual(['waiting', 'recovered', 'dead lettered'])
  })

  it('writes with one producer, opened for the first letter and closed when the pipeline ends', () => {
    const made = rig(1)
    made.cluster.createTopic('dead', 1)
    const opened: string[] = []
    const counting: Cluster = {
      ...made.cluster,
      openProducer: (settings) => {
        opened.push('opened')
        const session = made.cluster.openProducer(settings)
        const close = (): void => {
          opened.push('closed')
          session.close()
        }
        return withOverrides(session, { close })
      }
    }
    const policy = deadLetter(counting, { topic: 'dead' })
    const boom = (): never => {
      throw new Error('boom')
    }
    made.orders.pipe(eachPartition((p) => p.pipe(handle(boom, { onFailure: policy }), commit()))).subscribe()
    made.clock.advance(1_000)
    expect(opened).toEqual([])
    for (const value of ['a', 'b', 'c']) {
      made.cluster.produce('orders', { partition: 0, value })
      made.clock.advance(5_000)
    }
    expect([letters(made).length, opened]).toEqual([3, ['opened']])
    void made.orders.drain()
    made.clock.advance(1_000)
    expect(opened).toEqual(['opened', 'closed'])
  })

  it('of letters that are sent together only the one fails that its topic does not take', () => {
    const made = rig(1)
    made.cluster.createTopic('dead', 1, { 'cleanup.policy': 'compact' })
    for (const key of ['a', null, 'b']) made.cluster.produce('orders', { partition: 0, key, value: String(key) })
    const faults: unknown[] = []
    const boom = (): never => {
      throw new Error('boom')
    }
    const given: DeadLetterPolicy = deadLetter(made.cluster, { topic: 'dead' })
    const policy: DeadLetterPolicy = {
      ...given,
      take: (failed) =>
        given.take(failed).pipe(tap((told) => isLeft(told) && faults.push([textOf(failed.record.key), told.left])))
    }
    // The fault ends the pipeline; what else was under way goes on with the producer.
    given.hold()
    made.orders
      .pipe(eachPartition((p) => p.pipe(handle(boom, { order: 'key', concurrency: 3, onFailure: policy }), commit())))
      .subscribe({ error: () => undefined })
    made.clock.advance(6_000)
    expect(letters(made).map(({ key }) => textOf(key))).toEqual(['a', 'b'])
    expect(faults).toMatchObject([
      [null, { trouble: 'refused', reason: expect.stringContaining('INVALID_RECORD') as string }]
    ])
  })

  it('ends the pipeline when its topic has not come to exist for a minute, says so meanwhile, and settles nothing', () => {
    const made = rig(1, {}, 2)
    const errors: unknown[] = []
    made.orders
      .pipe(
        eachPartition((p) =>
          p.pipe(
            handle(
              () => {
                throw new Error('boom')
              },
              { onFailure: deadLetter(made.cluster, { topic: 'absent' }) }
            ),
            commit({ every: 1 })
          )
        )
      )
      .subscribe({ error: (error: unknown) => errors.push(error) })
    made.clock.advance(50_000)
    expect(errors).toEqual([])
    expect(made.events[0]).toMatchObject({
      _tag: 'waiting',
      reason: 'records wait for the topic absent',
      fault: { _tag: 'UnknownTopicFault' }
    })
    made.clock.advance(11_000)
    expect(errors).toMatchObject([{ fault: { _tag: 'ProduceFault', topic: 'absent', trouble: 'unknown topic' } }])
    expect(made.committed()).toEqual([null])
  })
})

/** Replays what is among the dead letters, once. */
const replay = (made: Rig, options: Partial<ReplayOptions> = {}): readonly unknown[] => {
  const errors: unknown[] = []
  const reader = made.member({
    'group.id': 'replay',
    subscription: { _tag: 'Assigned', partitions: [{ ...dead, from: 'committed' }] } as never
  })
  reader.events.subscribe((event) => made.events.push(event))
  reader
    .pipe(
      eachPartition((p) =>
        p.pipe(replayDeadLetters(made.cluster, { topics: ['orders'], ...options }), commit({ every: 1 }))
      )
    )
    .subscribe({ error: (error: unknown) => errors.push(error) })
  made.clock.advance(2_000)
  void reader.drain()
  made.clock.advance(2_000)
  return errors
}

describe('replayDeadLetters', () => {
  it('writes key, value and headers back as they were, to the partition that they came from', () => {
    const headers = [
      { name: 'dlq.topic', value: 'forged' },
      { name: 'original.dlq.x', value: 'mine' },
      { name: 'h', value: null }
    ]
    const made = failing([{ key: 'k', value: 'v', headers }])
    void made.orders.close()
    made.clock.advance(5_000)
    expect(replay(made)).toEqual([])
    const [, back] = made.cluster.records({ topic: 'orders', partition: 0 })
    expect([textOf(back?.key ?? null), textOf(back?.value ?? null)]).toEqual(['k', 'v'])
    expect(shown(back?.headers ?? [])).toEqual(['dlq.topic=forged', 'original.dlq.x=mine', 'h=null', 'dlq.replays=1'])
  })

  it('writes back only the letters that are chosen, by what they say and by their key', () => {
    const made = failing([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
      { key: 'a', value: '3' }
    ])
    void made.orders.close()
    made.clock.advance(5_000)
    const said: unknown[] = []
    const errors = replay(made, {
      only: (letter, { key }) => {
        said.push(letter)
        return letter.fault === 'HandlerFault' && textOf(key) === 'b'
      }
    })
    const values = made.cluster.records({ topic: 'orders', partition: 0 }).map(({ value }) => textOf(value))
    expect([errors, values]).toEqual([[], ['1', '2', '3', '2']])
    expect(said).toMatchObject(
      [0n, 1n, 2n].map((offset) => ({ topic: 'orders', partition: 0, offset, attempts: 1, groupId: 'billing' }))
    )
  })

  it('does so a bounded number of times, over all runs, and keeps the order of a key', () => {
    const made = failing([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
      { key: 'a', value: '3' }
    ])
    for (let round = 0; round < 5; round++) replay(made, { attempts: 2, onFailure: 'skip' })
    const values = made.cluster
      .records({ topic: 'orders', partition: 0 })
      .map(({ key, value }) => `${String(textOf(key))}${String(textOf(value))}`)
    expect(values).toHaveLength(9)
    expect(values.filter((value) => value.startsWith('a'))).toEqual(['a1', 'a3', 'a1', 'a3', 'a1', 'a3'])
    const refused = made.events.filter(({ _tag }) => _tag === 'skipped')
    expect(refused).toHaveLength(3)
    expect(refused[0]).toMatchObject({
      topic: 'dead',
      fault: { _tag: 'ReplayRefusedFault', reason: 'it was replayed 2 times already' }
    })
  })

  it.each([
    ['999999', 0],
    ['-1', 1],
    ['NaN', 1]
  ])('counts for itself: a forged dlq.replays of %s can only end it sooner', (value, replayed) => {
    const made = failing([{ key: 'k', value: 'v', headers: [{ name: 'dlq.replays', value }] }])
    void made.orders.close()
    made.clock.advance(5_000)
    replay(made, { onFailure: 'skip' })
    const all = made.cluster.records({ topic: 'orders', partition: 0 })
    expect(all).toHaveLength(1 + replayed)
    if (replayed === 1) expect(named(all[1]?.headers ?? [], 'dlq.replays')).toEqual(['1'])
  })

  it.each([
    ['comes from a topic that is not listed', { topics: ['others'] }, /orders is not listed/],
    ['was cut', {}, /cut off/]
  ])('refuses a letter that %s, and stops there', (_what, options, reason) => {
    const made = failing([{ key: 'k', value: 'x'.repeat(1_100_000) }])
    const errors = replay(made, options)
    expect(errors).toMatchObject([
      { fault: { _tag: 'ReplayRefusedFault', place: { ...dead, offset: 0n }, reason: expect.stringMatching(reason) } }
    ])
    expect(made.cluster.records({ topic: 'orders', partition: 0 })).toHaveLength(1)
    expect(made.cluster.committed('replay', dead)).toBeNull()
  })

  it('refuses what is no dead letter: a forged topic leads nowhere', () => {
    const made = rig(1)
    made.cluster.createTopic('dead', 1)
    made.cluster.produce('dead', {
      value: 'v',
      headers: [
        { name: 'dlq.topic', value: '__consumer_offsets' },
        { name: 'dlq.partition', value: '-1' },
        { name: 'dlq.offset', value: '0' }
      ]
    })
    expect(replay(made, { topics: ['__consumer_offsets'] })).toMatchObject([
      { fault: { reason: 'it is not a dead letter of ackstream' } }
    ])
  })
})
