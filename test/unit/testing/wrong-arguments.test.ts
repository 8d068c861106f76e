import { of } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { ConsumerError, utf8 } from '../../../src/index.js'
import * as testing from '../../../src/testing.js'
import * as scheduling from '../../../src/testing/fast-check.js'
import {
  catches,
  clusterContract,
  failingCodec,
  type MarbleTools,
  marbleMatchers,
  marbles,
  memoryCluster,
  memoryStore,
  offsetStoreContract,
  type Pipeline,
  sinkContract,
  testAssignment,
  testPartition,
  testRecord
} from '../../../src/testing.js'
import { losesNothing, neverTwice, playSchedule, schedules, scheduleTest } from '../../../src/testing/fast-check.js'
import { acknowledge } from '../../support/handlers.js'

/** What a program without types may give. */
const any = (given: unknown): never => given as never

const pipeline: Pipeline = (orders) => orders
const scenario = { pipeline }
const diagram = 'orders/0  a\none       ^'
/** Not made in a test, which would have to run it. */
const marbleTest = marbles(() => undefined)
const place = { topic: 'orders', partition: 0 }
const schedule = { topic: 'orders', events: [] }

/** What is thrown, or rejected with. */
const faultOf = async (call: () => unknown): Promise<unknown> => {
  try {
    await call()
    return 'nothing was refused'
  } catch (error) {
    return error instanceof ConsumerError ? error.fault : `it threw ${String(error)}`
  }
}

/** Within the body of a marble test. */
const within = (use: (tools: MarbleTools) => unknown) => (): Promise<void> =>
  marbles((tools) => void use(tools), { leakCheck: false, compares: false })()

type Wrong = readonly (readonly [call: () => unknown, says: string])[]

// prettier-ignore
const wrong: Readonly<Record<string, Wrong>> = {
  marbles: [
    [() => marbles(any(undefined)), 'marbles: body is left out'],
    [() => marbles(() => undefined, any({ columnMs: '5' })), 'marbles: columnMs is "5"'],
    [() => marbles(() => undefined, { columnMs: 0 }), 'marbles: columnMs is 0'],
    [() => marbles(() => undefined, any({ colunmMs: 5 })), 'did you mean columnMs?'],
    [() => marbles(() => undefined, any({ budget: { moments: -1 } })), 'marbles: budget.moments is -1'],
    [() => marbles(() => undefined, any(null)), 'marbles is null']
  ],
  'cluster of marbles': [
    [within(({ cluster }) => cluster(any(undefined), scenario)), 'cluster: diagram is left out'],
    [within(({ cluster }) => cluster(diagram, any(undefined))), 'cluster: scenario is undefined'],
    [within(({ cluster }) => cluster(diagram, any(pipeline))), 'cluster: scenario is a function'],
    [within(({ cluster }) => cluster(diagram, any({}))), 'cluster: scenario.pipeline is left out'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, topic: {} }))), 'did you mean topics?'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, topics: { stock: '2' } }))), 'cluster: scenario.topics is'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, config: 3 }))), 'cluster: scenario.config is 3'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, records: { a: 'A' } }))), 'cluster: scenario.records is'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, faults: { n: 'NOT_COORDINATR' } }))), 'cluster: scenario.faults is'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, events: { s: 'slow decod' } }))), 'cluster: scenario.events is'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, members: { one: { pipeline: 3 } } }))), 'cluster: scenario.members.one.pipeline is 3'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, losesNothing: 'yes' }))), 'cluster: scenario.losesNothing is "yes"'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline, losesNothing: { twice: 'no' } }))), 'cluster: scenario.losesNothing.twice is "no"'],
    [within(({ cluster }) => cluster(diagram, any({ pipeline: () => undefined }))), 'what the pipeline of one returns is left out'],
    [within(({ cluster }) => cluster(diagram, { pipeline, config: any({ 'max.poll.records': '5' }) })), 'max.poll.records is "5"']
  ],
  'the tools of marbles': [
    [within(({ partition }) => partition(any(3))), 'partition: marbles is 3'],
    [within(({ partition }) => partition('a', any({ topics: 'orders' }))), 'did you mean topic?'],
    [within(({ partition }) => partition('a', any({ records: [] }))), 'partition: records is []'],
    [within(({ hot }) => hot(any(undefined))), 'hot: marbles is left out'],
    [within(({ cold }) => cold('a', any('A'))), 'cold: values is "A"'],
    [within(({ expectObservable }) => expectObservable(any(Promise.resolve()))), 'expectObservable: observable is {}'],
    [within(({ expectObservable }) => expectObservable(of(1), any(5))), 'expectObservable: unsubscription is 5'],
    [within(({ expectObservable }) => { expectObservable(of(1)).toBe(any(['a'])) }), 'toBe: marbles is ["a"]'],
    [within(({ expectObservable }) => { expectObservable(of(1)).toBe('a', any(1)) }), 'toBe: values is 1'],
    [within(({ expectRecords }) => expectRecords(any(undefined))), 'expectRecords: observable is left out'],
    [within(({ expectRecords }) => { expectRecords(of()).toBe(any(null)) }), 'toBe: marbles is null'],
    [within(({ expectAcks }) => expectAcks(any({}))), 'expectAcks: partition is {}'],
    [within(({ expectCommits }) => expectCommits(any('a'))), 'expectCommits: partition is "a"'],
    [within(({ expectSubscriptions }) => expectSubscriptions(any({}))), 'expectSubscriptions: logs is {}'],
    [within(({ expectSubscriptions }) => { expectSubscriptions([]).toBe(any([3])) }), 'toBe: marbles is [3]'],
    [within(({ mark }) => mark(any(undefined))), 'mark: line is left out'],
    [within(({ mark }) => { mark('charges')(any('ab')) }), 'mark: letter is "ab"']
  ],
  toPlay: [
    [() => marbleMatchers.toPlay(any(undefined), diagram), 'toPlay: what is expected is left out'],
    [() => marbleMatchers.toPlay(pipeline, any(3)), 'toPlay: diagram is 3'],
    [() => marbleMatchers.toPlay(pipeline, diagram, any({ configs: {} })), 'did you mean config?'],
    [() => marbleMatchers.toPlay(pipeline, diagram, any({ columnMs: NaN })), 'toPlay: columnMs is NaN']
  ],
  failingCodec: [
    [() => failingCodec(any(undefined), []), 'failingCodec: codec is left out'],
    [() => failingCodec(utf8, any('b')), 'failingCodec: texts is "b"'],
    [() => failingCodec(utf8, [], any(3)), 'failingCodec: reason is 3']
  ],
  testRecord: [
    [() => testRecord(any('a')), 'testRecord is "a"'],
    [() => testRecord(any({ offset: 3 })), 'testRecord: offset is 3'],
    [() => testRecord(any({ headers: { a: 'b' } })), 'testRecord: headers is {"a":"b"}'],
    [() => testRecord(any({ headers: [{ name: 'a' }] })), 'testRecord: headers is'],
    [() => testRecord(any({ vlaue: 'a' })), 'did you mean value?'],
    [() => testRecord(any({ timestampType: 'NoTime' })), 'testRecord: timestampType is "NoTime"']
  ],
  testPartition: [
    [() => testPartition(any('orders')), 'testPartition is "orders"'],
    [() => testPartition(any({ offset: 3 })), 'testPartition: offset is 3'],
    [() => testPartition(any({ clock: Date })), 'testPartition: clock is a function'],
    [() => testPartition(any({ partition: '0' })), 'testPartition: partition is "0"'],
    [() => testPartition().deliver(any('a')), 'deliver is "a"'],
    [() => testPartition().deliver(any({ topic: 'other' })), 'deliver: topic is not known'],
    [() => testPartition().deliver(any({ offset: 3 })), 'deliver: offset is 3']
  ],
  testAssignment: [
    [() => testAssignment(any(2)), 'testAssignment is 2'],
    [() => testAssignment(any({ partitions: '2' })), 'testAssignment: partitions is "2"'],
    [() => testAssignment(any({ partition: 2 })), 'did you mean partitions?'],
    [() => testAssignment().gain(any(3)), 'gain is 3'],
    [() => testAssignment().gain(any({ offset: 3 })), 'gain: offset is 3']
  ],
  dualRun: [
    [() => testing.dualRun(any(undefined), scenario, memoryCluster()), 'dualRun: diagram is left out'],
    [() => testing.dualRun(diagram, any({}), memoryCluster()), 'dualRun: scenario.pipeline is left out'],
    [() => testing.dualRun(diagram, scenario, any('localhost:9092')), 'dualRun: cluster is "localhost:9092"'],
    [() => testing.dualRun(diagram, scenario, memoryCluster(), any({ withinMs: '5' })), 'dualRun: withinMs is "5"']
  ],
  clusterContract: [[() => clusterContract[0]?.run(any({})), 'run: cluster is {}']],
  sinkContract: [
    [() => sinkContract[0]?.run(any({})), 'run: open is {}'],
    [() => sinkContract[0]?.run(any(() => ({}))), 'what open gives.operator is left out'],
    [() => sinkContract[1]?.run(any(() => undefined)), 'what open gives is undefined']
  ],
  memoryStore: [
    [() => { memoryStore().failNext(any('2')) }, 'failNext: times is "2"'],
    [() => { memoryStore().failNext(1, any('lost')) }, 'failNext: how is "lost"'],
    [() => memoryStore().offsets(any(undefined)), 'offsetStore: group is left out'],
    [() => memoryStore().inbox(any('id')), 'inbox: id is "id"']
  ],
  offsetStoreContract: [
    [() => offsetStoreContract[0]?.run(any({})), 'run: open is {}'],
    [() => offsetStoreContract[0]?.run(any(() => ({}))), 'what open gives.offsets is left out']
  ],
  catches: [
    [() => catches(any(undefined)), 'catches: tests is left out'],
    [() => catches(any(marbleTest)), 'catches: tests is a function'],
    [() => catches({}, { bugs: [any('drops the first')] }), 'drops the first'],
    [() => catches({}, { own: any({ mine: pipeline(any(of(1)), any({})) }) }), 'catches: own is'],
    [() => catches({}, any({ bug: [] })), 'did you mean bugs?']
  ],
  schedules: [
    [() => schedules(any('orders')), 'schedules is "orders"'],
    [() => schedules({ members: 5 }), 'schedules: members is 5'],
    [() => schedules({ columns: 0 }), 'schedules: columns is 0'],
    [() => schedules(any({ member: 2 })), 'did you mean members?']
  ],
  losesNothing: [
    [() => losesNothing(any(undefined)), 'losesNothing: scenario is undefined'],
    [() => losesNothing(any({})), 'losesNothing: scenario.pipeline is left out'],
    [() => losesNothing(any(() => undefined)), 'playSchedule: scenario is undefined'],
    [() => losesNothing(scenario, any({ runs: '5' })), 'losesNothing: runs is "5"'],
    [() => losesNothing(scenario, any({ run: 5 })), 'did you mean runs?'],
    [() => losesNothing(scenario, any({ order: 'keys' })), 'losesNothing: order is "keys"']
  ],
  neverTwice: [
    [() => neverTwice(any(3)), 'neverTwice: scenario is 3'],
    [() => neverTwice(scenario, any({ twice: 'never' })), 'neverTwice: twice is not known']
  ],
  playSchedule: [
    [() => playSchedule(any(undefined), scenario), 'playSchedule: schedule is left out'],
    [() => playSchedule(any({ topic: 'orders' }), scenario), 'playSchedule: schedule.events is left out'],
    [() => playSchedule(any({ ...schedule, events: [{ _tag: 'records' }] }), scenario), 'playSchedule: schedule.events[0]._tag is "records"'],
    [() => playSchedule(any({ ...schedule, events: [{ _tag: 'join', at: 1 }] }), scenario), 'playSchedule: schedule.events[0].member is left out'],
    [() => playSchedule(schedule, any(undefined)), 'playSchedule: scenario is undefined'],
    [() => playSchedule(schedule, scenario, any({ twice: 'seldom' })), 'playSchedule: twice is "seldom"']
  ],
  scheduleDiagram: [[() => scheduling.scheduleDiagram(any(null)), 'scheduleDiagram: schedule is null']],
  scheduleSize: [[() => scheduling.scheduleSize(any({})), 'scheduleSize: schedule.topic is left out']],
  scheduleTest: [
    [() => scheduleTest(any([]), scenario), 'scheduleTest: schedule'],
    [() => scheduleTest(schedule, any(pipeline)), 'scheduleTest: scenario is a function']
  ]
}

/** Errors that the library throws. */
const errors = ['ContractError', 'DiagramError', 'LossError', 'MarbleError', 'SinkError']
/** An object of matchers, of which there is one. */
const renamed: Readonly<Record<string, string>> = { marbleMatchers: 'toPlay' }

describe('what a function for tests is given wrong', () => {
  it.each(Object.entries(wrong).flatMap(([name, calls]) => calls.map(([call, says]) => [name, says, call] as const)))(
    '%s: is refused with a fault that says: %s',
    async (_name, says, call) => {
      const fault = await faultOf(call)
      expect(fault).toMatchObject({ _tag: 'ConfigFault' })
      const text = new ConsumerError(any(fault)).message
      expect(text).toContain(says)
      expect(text).toMatch(/allowed is |did you mean /)
    }
  )

  it('has a table for every name of both entries', () => {
    // The table of `memoryCluster` itself stands with those of the other entries.
    const listed = [...Object.keys(wrong).filter((name) => !name.includes(' of ')), 'memoryCluster', ...errors]
    const exported = Object.keys({ ...testing, ...scheduling }).map((name) => renamed[name] ?? name)
    expect(listed.sort()).toEqual(exported.sort())
  })
})

const strange: readonly unknown[] = [undefined, null, NaN, -1, 'x', [], {}, () => 0, Symbol('s'), new Proxy({}, {})]

/** Calls a function with each strange value at each place, and says what it threw that is no clear fault. */
const unclear = async (
  call: (...given: readonly never[]) => unknown,
  right: readonly unknown[]
): Promise<unknown[]> => {
  const found: unknown[] = []
  for (const at of right.keys())
    for (const given of strange) {
      const args = right.map((one, index) => (index === at ? given : one))
      try {
        await call(...args.map(any))
      } catch (error) {
        const isClear =
          error instanceof testing.DiagramError ||
          error instanceof testing.MarbleError ||
          (error instanceof ConsumerError &&
            ['ConfigFault', 'UsageFault', 'ProduceFault'].includes(error.fault._tag)) ||
          // Of a kind that no engine throws: it has a sentence of the library's.
          (error instanceof Error && error.name === 'Error')
        if (!isClear) found.push([at, given, error])
      }
    }
  return found
}

describe('ten strange values in each place of a function', () => {
  const { partition, ...tools } = {
    cluster: ['orders/0  a\none       ^\none ends  -', scenario, 'more'],
    partition: ['a', {}],
    hot: ['a', {}],
    cold: ['a', {}],
    expectObservable: [of('a'), '^'],
    expectRecords: [of(), '^'],
    expectSubscriptions: [[]],
    mark: ['charges']
  }
  it.each(Object.entries({ partition, ...tools }))(
    '%s of marbles: never anything but a clear fault',
    async (name, right) => {
      const call = (...given: readonly never[]): Promise<void> =>
        within((all) => (all[name as 'hot'] as (...list: readonly never[]) => unknown)(...given))()
      expect(await unclear(call, right)).toEqual([])
    }
  )

  it.each(
    Object.entries({
      failingCodec: [utf8, ['b'], 'reason'],
      testRecord: [{}],
      testPartition: [{}],
      testAssignment: [{}],
      schedules: [{}],
      scheduleDiagram: [schedule],
      scheduleSize: [schedule],
      scheduleTest: [schedule, scenario, {}],
      playSchedule: [schedule, scenario, {}],
      marbles: [() => undefined, { compares: false }],
      memoryCluster: [{}]
    })
  )('%s: never anything but a clear fault', async (name, right) => {
    const call = { ...testing, ...scheduling }[name as 'memoryCluster'] as (...given: readonly never[]) => unknown
    expect(await unclear(call, right)).toEqual([])
  })

  it.each([losesNothing, neverTwice])('$name: never anything but a clear fault', async (tried) => {
    expect(await unclear((given) => tried(given, { runs: 1, seed: 1, events: 1 }), [scenario])).toEqual([])
    expect(await unclear((given) => tried(scenario, any({ runs: 1, columns: given })), [1])).toEqual([])
  })

  const methods: Readonly<Record<string, readonly unknown[]>> = {
    createTopic: ['stock', 1, {}],
    produce: ['orders', { value: 'a' }],
    produceTransaction: ['orders', 'commit', { value: 'a' }],
    committed: ['g', place],
    partitionsOf: ['orders'],
    records: [place],
    logStart: [place],
    logEnd: [place],
    deleteRecords: [place, 0n],
    electLeader: [place, 0n],
    compact: [place],
    deleteTopic: ['orders'],
    sharePartition: ['g', place],
    describeGroup: ['g'],
    moveCoordinator: ['g', 5],
    expireSession: ['g', 'm'],
    failNext: ['Fetch', 'disconnect', 1]
  }
  it.each(Object.entries(methods))(
    '%s of the embedded cluster: never anything but a clear fault',
    async (name, right) => {
      const call = (...given: readonly never[]): unknown => {
        const cluster = memoryCluster({ topics: { orders: 1 } })
        cluster.produce('orders', { key: 'a', value: 'a' })
        return (cluster[name as 'produce'] as (...list: readonly never[]) => unknown)(...given)
      }
      await call(...right.map(any))
      expect(await unclear(call, right)).toEqual([])
      // At each place something is refused.
      for (const at of right.keys()) {
        const args = right.map((one, index) => (index === at ? Symbol('s') : one))
        expect(await faultOf(() => call(...args.map(any)))).toMatchObject({
          _tag: expect.stringMatching(/Fault$/) as string
        })
      }
    }
  )

  it('has all methods of the embedded cluster that no other cluster has', () => {
    const opens = ['openConsumer', 'openShareConsumer', 'openProducer', 'openTransactions']
    const others = ['_tag', 'clock', 'random', 'events', 'admin', ...opens]
    const own = Object.keys(memoryCluster()).filter(
      (name) => !others.includes(name) && !name.startsWith('createTopics')
    )
    expect(Object.keys(methods).sort()).toEqual(own.sort())
  })

  it('a partition takes what is thrown at it, and what it is delivered is a clear fault', async () => {
    expect(
      await unclear(
        (fields) => {
          const partition = testPartition()
          partition.stream.subscribe(acknowledge)
          return partition.deliver(fields)
        },
        [{}]
      )
    ).toEqual([])
    expect(await unclear((options) => testAssignment().gain(options), [{}])).toEqual([])
  })
})
