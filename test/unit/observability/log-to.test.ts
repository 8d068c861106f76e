import { Subject } from 'rxjs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  ack,
  type CommitEvent,
  type ConsumerEvent,
  ConsumerError,
  eachPartition,
  handle,
  logTo,
  type LogToOptions,
  producer,
  type ProducerEvent,
  type RebalanceEvent
} from '../../../src/index.js'
import { memoryCluster } from '../../../src/testing.js'
import { rig } from '../../support/rig.js'

type Logged = readonly [level: string, ...given: unknown[]]

/** A logger that keeps what it is given. */
const recorder = (more: object = {}) => {
  const logged: Logged[] = []
  const at =
    (level: string) =>
    (...given: unknown[]) =>
      logged.push([level, ...given])
  return { logged, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), ...more }
}

const source = () => {
  const events = new Subject<ConsumerEvent>()
  return { events, rebalances: new Subject<RebalanceEvent>(), commits: new Subject<CommitEvent>() }
}

const refused = { _tag: 'ConnectionFault', broker: 'b1:9092', reason: 'connect ECONNREFUSED' } as const
const reconnecting: ConsumerEvent = { _tag: 'reconnecting', broker: 'b1:9092', fault: refused, attempt: 1, inMs: 50 }

const consoleLike = { table: () => undefined, groupEnd: () => undefined }

const logged = (options: LogToOptions = {}, like: object = consoleLike) => {
  const consumer = source()
  const logger = recorder(like)
  const subscription = logTo(consumer, logger, options)
  return { ...consumer, logger, subscription, lines: () => logger.logged.map((line) => line.join(' | ')) }
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('logTo', () => {
  it('logs one line per event, at once: what, where, and why', () => {
    const { events, lines } = logged()
    events.next(reconnecting)
    expect(lines()).toEqual([
      'warn | consumer: reconnecting to b1:9092: b1:9092 cannot be reached: connect ECONNREFUSED; is the broker up, and the port right?'
    ])
  })

  it('folds repeated events: how many times, in how many seconds, and then once per half minute', () => {
    const { events, lines } = logged()
    for (let time = 0; time < 12; time++) {
      events.next(reconnecting)
      vi.advanceTimersByTime(2_500)
    }
    expect(lines().slice(1)).toEqual([
      'warn | consumer: reconnecting to b1:9092, 12th time in 30 s: b1:9092 cannot be reached: connect ECONNREFUSED; is the broker up, and the port right?'
    ])
    vi.advanceTimersByTime(60_000)
    expect(lines()).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
    events.next(reconnecting)
    expect(lines()).toHaveLength(3)
  })

  it('names a few of many topics or partitions, and counts the others', () => {
    const { events, lines } = logged()
    for (let partition = 0; partition < 1_000; partition++)
      events.next({ _tag: 'pipeline ended', topic: 'orders', partition })
    expect(lines()).toHaveLength(4)
    vi.advanceTimersByTime(30_000)
    expect(lines()[4]).toBe('warn | consumer: pipeline ended, 996 more in 30 s')
    expect(lines()).toHaveLength(5)
  })

  it('logs what was folded when it is unsubscribed from, and nothing after', () => {
    const { events, lines, subscription } = logged()
    for (let time = 0; time < 3; time++) events.next(reconnecting)
    subscription.unsubscribe()
    expect(lines()[1]).toContain('3rd time in 0 s')
    events.next(reconnecting)
    expect(lines()).toHaveLength(2)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each(['drain', 'close'] as const)('logs what was folded before the last line of a consumer: %s', async (how) => {
    const { orders, clock } = rig(2, {}, 5)
    const logger = recorder(consoleLike)
    logTo(orders, logger)
    const refuse = handle(
      () => {
        throw new Error('no')
      },
      { onFailure: 'skip' }
    )
    orders.pipe(eachPartition((partition) => partition.pipe(refuse, ack()))).subscribe()
    const turns = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) {
        clock.advance(10)
        await Promise.resolve()
      }
    }
    await turns()
    void orders[how]()
    await turns()
    const lines = logger.logged.map((line) => line.join(' | '))
    const [folded = '', last = ''] = lines.slice(-2)
    expect(folded).toMatch(/^warn \| consumer billing: .* was skipped, \d+th time in 0 s: /)
    expect(last).toMatch(/^info \| consumer billing: gave up/)
  })

  it('goes on to fold when partitions move to another member', () => {
    const { events, rebalances, lines } = logged()
    for (let time = 0; time < 3; time++) events.next(reconnecting)
    rebalances.next({ _tag: 'revoked', generation: 2, partitions: [] })
    expect(lines()).toHaveLength(2)
  })

  it.each([
    ['pino', { bindings: () => undefined }, 'fields first'],
    ['bunyan', { addStream: () => undefined }, 'fields first'],
    ['winston', { configure: () => undefined }, 'text first'],
    ['console', consoleLike, 'text only'],
    ['any other', {}, 'text first']
  ] as const)('calls %s with its own arguments', (_name, like, style) => {
    const { events, logger } = logged({ name: 'billing' }, like)
    events.next(reconnecting)
    const text =
      'billing: reconnecting to b1:9092: b1:9092 cannot be reached: connect ECONNREFUSED; is the broker up, and the port right?'
    const fields = {
      source: 'billing',
      event: 'reconnecting',
      broker: 'b1:9092',
      attempt: 1,
      inMs: 50,
      fault: 'ConnectionFault',
      faultReason: 'b1:9092 cannot be reached: connect ECONNREFUSED; is the broker up, and the port right?'
    }
    const given = { 'fields first': [fields, text], 'text first': [text, fields], 'text only': [text] }
    expect(logger.logged).toEqual([['warn', ...given[style]]])
  })

  it('uses the given style', () => {
    const { events, logger } = logged({ style: 'fields first' })
    events.next(reconnecting)
    expect(logger.logged[0]?.[2]).toContain('reconnecting')
  })

  it('logs bigints as texts, and no causes with their content', () => {
    const { events, logger } = logged({}, {})
    events.next({
      _tag: 'skipped',
      topic: 'orders',
      partition: 3,
      offset: 2n ** 60n,
      fault: {
        _tag: 'HandlerFault',
        operator: 'handle',
        place: { topic: 'orders', partition: 3, offset: 1n },
        attempt: 1,
        cause: Object.assign(new Error('no'), { record: 'hunter2' })
      }
    })
    const [, text, fields] = logger.logged[0] ?? []
    expect(text).toBe(
      'consumer: orders/3 offset 1152921504606846976 was skipped: handle failed at orders/3 offset 1 in attempt 1: no'
    )
    expect(JSON.parse(JSON.stringify(fields))).toMatchObject({
      offset: '1152921504606846976',
      partition: 3,
      fault: 'HandlerFault'
    })
    expect(JSON.stringify(logger.logged)).not.toContain('hunter2')
  })

  it('escapes text from outside', () => {
    const { events, lines } = logged()
    events.next({ ...reconnecting, broker: 'b1\nconsumer: all is well\u001b[2J' })
    expect(lines()[0]).toContain('b1\\u000aconsumer: all is well\\u001b[2J')
  })

  it('leaves out what is below the level', () => {
    const stored: CommitEvent = {
      _tag: 'stored',
      trigger: 'commit',
      offsets: [{ topic: 'orders', partition: 0, offset: 7n }]
    }
    const usual = logged()
    usual.commits.next(stored)
    expect(usual.lines()).toEqual([])
    const all = logged({ level: 'debug' })
    all.commits.next(stored)
    expect(all.lines()).toEqual(['debug | consumer: committed orders/0'])
    const few = logged({ level: 'error' })
    few.events.next(reconnecting)
    expect(few.lines()).toEqual([])
  })

  it('names partitions by their ranges', () => {
    const { rebalances, lines } = logged()
    const of = (topic: string, ...numbers: readonly number[]) => numbers.map((partition) => ({ topic, partition }))
    const rebalance = { memberId: 'm', leader: 'm', protocol: 'cooperative-sticky', drainMs: 0, joinMs: 0, syncMs: 0 }
    rebalances.next({
      _tag: 'assigned',
      generation: 4,
      gained: [...of('orders', 2, 0, 1, 5), ...of('refunds', 1)],
      kept: [],
      rebalance
    })
    expect(lines()).toEqual(['info | consumer: assigned orders/0-2, 5, refunds/1, generation 4, cooperative-sticky'])
  })

  it('names what each rebalance assigns and revokes at once; only what says the same is counted', () => {
    const { rebalances, lines } = logged()
    const rebalance = { memberId: 'm', leader: 'm', protocol: 'cooperative-sticky', drainMs: 0, joinMs: 0, syncMs: 0 }
    const at = (partition: number) => ({ topic: 'orders', partition })
    const assign = (generation: number, ...gained: number[]): void => {
      rebalances.next({ _tag: 'assigned', gained: gained.map(at), kept: [], generation, rebalance })
    }
    const revoke = (partition: number): void => {
      const report = { ...at(partition), outcome: 'drained', committed: 1n, repeated: 0 } as const
      rebalances.next({ _tag: 'revoked', partitions: [report], generation: 3 })
    }
    assign(2)
    assign(3, 1)
    revoke(1)
    revoke(0)
    expect(lines().map((line) => line.split(', ')[0])).toEqual([
      'info | consumer: assigned nothing',
      'info | consumer: assigned orders/1',
      'info | consumer: gave up orders/1 (drained)',
      'info | consumer: gave up orders/0 (drained)'
    ])
    for (let generation = 4; generation < 100; generation++) assign(generation, generation % 20)
    expect(lines().length).toBeLessThan(10)
  })

  it('logs the important events of a whole life cycle', async () => {
    vi.useRealTimers()
    const { clock, orders } = rig(2, {}, 4)
    const logger = recorder(consoleLike)
    logTo(orders, logger)
    orders.subscribe()
    clock.advance(1_000)
    const drained = orders.drain({ timeoutMs: 1 })
    clock.advance(100)
    await drained
    expect(logger.logged.map((line) => line.join(' | '))).toEqual([
      'info | consumer billing: assigned orders/0-1, generation 1, range',
      'info | consumer billing: gave up orders/0-1 (not subscribed)'
    ])
  })

  it('says why a consumer has stopped', () => {
    const { events, lines, logger } = logged({}, {})
    const report = { outcome: 'aborted', partitions: [] } as const
    const stopped = (cause: unknown): void => {
      events.next({ _tag: 'stopped', report, cause })
    }
    stopped(new ConsumerError({ _tag: 'AuthorizationFault', resource: 'group', name: 'billing' }))
    stopped(new TypeError('x is not a function'))
    expect(logger.logged[0]?.[2]).toEqual({
      source: 'consumer',
      event: 'stopped',
      fault: 'AuthorizationFault',
      faultReason: 'not authorised for the group billing; grant it to this principal'
    })
    expect(lines().map((line) => line.replace(' | [object Object]', ''))).toEqual([
      'error | consumer: stopped: not authorised for the group billing; grant it to this principal'
    ])
  })

  it('logs a producer', () => {
    const events = new Subject<ProducerEvent>()
    const logger = recorder(consoleLike)
    logTo({ events }, logger)
    events.next({
      _tag: 'waiting for topic',
      topic: 'ordres',
      fault: { _tag: 'UnknownTopicFault', topic: 'ordres' },
      inMs: 100,
      forMs: 0,
      atMostMs: 60_000
    })
    expect(logger.logged[0]?.[1]).toBe(
      'producer: records wait for the topic ordres for 0 of at most 60000 ms (max.block.ms): the topic ordres does not exist; create it, the client keeps looking for it'
    )
  })

  it('accepts a producer of the library', async () => {
    vi.useRealTimers()
    const orders = producer(memoryCluster())
    expect(logTo(orders, console).closed).toBe(false)
    await orders.close()
  })
})

describe('a logger that fails', () => {
  const odd: readonly (readonly [string, () => unknown])[] = [
    [
      'throws',
      () => {
        throw new Error('disk full')
      }
    ],
    ['rejects', () => Promise.reject(new Error('disk full'))],
    [
      'throws nothing',
      () => {
        throw undefined
      }
    ],
    [
      'throws what throws when it is looked at',
      () => {
        throw new Proxy(
          {},
          {
            get: () => {
              throw new Error('no')
            }
          }
        )
      }
    ]
  ]
  it.each(odd)('loses its lines, is reported once, and ends nothing else: %s', async (_what, fail) => {
    const warnings: string[] = []
    const warn = vi.spyOn(process, 'emitWarning').mockImplementation((text) => void warnings.push(String(text)))
    const { events, rebalances, commits } = source()
    const subscription = logTo({ events, rebalances, commits }, { debug: fail, info: fail, warn: fail, error: fail })
    events.next(reconnecting)
    events.next({ ...reconnecting, broker: 'b2:9092' })
    await Promise.resolve()
    vi.advanceTimersByTime(60_000)
    subscription.unsubscribe()
    await Promise.resolve()
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toMatch(/^a logger failed, lines are lost: /)
    warn.mockRestore()
  })
})
