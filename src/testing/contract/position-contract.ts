import { mergeAll, NEVER, of } from 'rxjs'
import type { ConsumerConfig } from '../../config/consumer-config.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { ack } from '../../operators/ack.js'
import { collect, same, until } from './checks.js'
import { type ContractCase, ContractError } from './contract-case.js'
import { committedEnds, faultOf, member, newTopic, numbered, produce, type Read, texts } from './contract-members.js'

/** What a cluster has to do about where reading begins and continues. */
export const positionContract: readonly ContractCase[] = [
  {
    name: 'stores where latest began, though nothing came: what is written while the group is away is read',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 4)
      for (const partition of [0, 1, 2, 3]) await produce(cluster, topic, numbered(5, partition))
      for (const withCommit of [false, true]) {
        const group = `${topic}-${String(withCommit)}`
        const latest = { 'auto.offset.reset': 'latest', 'enable.auto.commit': !withCommit } as const
        const former = member(cluster, topic, group, latest)
        const idle = collect(withCommit ? texts()(former) : former.pipe(mergeAll(), ack<ConsumerRecord>()))
        const isStored = (): boolean => former.positions().every(({ committed }) => committed !== null)
        await until(() => former.positions().length === 4 && isStored(), 'that the positions are stored')
        await former.close()
        await idle.ended
        await produce(cluster, topic, numbered(10))
        const seen: Read[] = []
        const next = member(cluster, topic, group, latest)
        const run = collect(texts((record) => seen.push(record))(next))
        await until(() => seen.length >= 10, 'what was written meanwhile')
        await next.close()
        await run.ended
        same(
          seen.map(({ value }) => Number(value)).sort((a, b) => a - b),
          Array.from({ length: 10 }, (_, n) => n)
        )
      }
    }
  },
  {
    name: 'loses nothing under latest that is written while a second member takes over partitions that were idle',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 4)
      const latest = { 'auto.offset.reset': 'latest', 'enable.auto.commit': false } as const
      const first = member(cluster, topic, topic, latest)
      const second = member(cluster, topic, topic, latest)
      const seen: Read[] = []
      const runs = [collect(texts((record) => seen.push(record))(first))]
      await until(() => committedEnds(first, 4), 'the positions of the first')
      runs.push(collect(texts((record) => seen.push(record))(second)))
      for (let round = 0; round < 60; round++) await produce(cluster, topic, numbered(10, undefined, round * 10))
      await until(() => new Set(seen.map(({ value }) => value)).size >= 600, 'all that was written')
      await until(() => second.positions().length === 2, 'the share of the second')
      await Promise.all([first.close(), second.close()])
      for (const { ended } of runs) same(await ended, 'complete')
    }
  },
  {
    name: 'seeks to where it was told last, also before the committed offset is known and while a position is looked up',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      await produce(cluster, topic, numbered(100))
      const place = { topic, partition: 0 }
      const former = member(cluster, topic, topic)
      const whole = collect(texts()(former))
      await until(() => committedEnds(former, 1), 'that all is stored')
      await former.close()
      await whole.ended
      const reader = member(cluster, topic, topic, { 'enable.auto.commit': false })
      reader.rebalances.subscribe((event) => {
        if (event._tag === 'assigned' && event.gained.length > 0) reader.seek(place, { offset: 90n })
      })
      const seen: Read[] = []
      const run = collect(texts((record) => (seen.push(record), Number(record.value) < 95 ? undefined : NEVER))(reader))
      await until(
        () => reader.positions()[0]?.committed === 95n,
        'that what was acknowledged behind the seek is stored'
      )
      same(seen[0]?.offset, 90n)
      reader.seek(place, { timestamp: 0 })
      reader.seek(place, 'beginning')
      reader.seek(place, { offset: 80n })
      same(reader.positions()[0]?.position, 80n)
      await reader.close()
      await run.ended
      same(
        seen.every(({ offset }) => offset >= 80n),
        true
      )
    }
  },
  {
    name: 'looks offsets up without reading: beginning, end, by time and committed, of whatever partitions',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 2)
      const at = (n: number): number => 1_700_000_000_000 + n * 1_000
      await produce(
        cluster,
        topic,
        numbered(10, 0).map((record, n) => ({ ...record, timestamp: at(n) }))
      )
      const [first, second] = [0, 1].map((partition) => ({ topic, partition }))
      if (first === undefined || second === undefined) throw new ContractError('no partitions')
      const idle = member(cluster, topic, topic)
      same(await idle.beginningOffsets([first, second]), [
        { ...first, offset: 0n },
        { ...second, offset: 0n }
      ])
      same(await idle.endOffsets([second, first]), [
        { ...second, offset: 0n },
        { ...first, offset: 10n }
      ])
      same(await idle.committed([first]), [{ ...first, offset: null, metadata: '' }])
      const times = [
        { ...first, timestamp: at(3) - 1 },
        { ...second, timestamp: 0 }
      ]
      same(await idle.offsetsForTimes(times), [
        { ...first, offset: 3n },
        { ...second, offset: null }
      ])
      same(await idle.offsetsForTimes([{ ...first, timestamp: at(10) }]), [{ ...first, offset: null }])
      const reader = member(cluster, topic, topic)
      const run = collect(texts()(reader))
      await until(() => committedEnds(reader, 2) || reader.positions()[0]?.committed === 10n, 'that all is stored')
      await reader.commitSync([{ ...first, offset: 10n, metadata: 'so far' }])
      same(await idle.committed([first, second]), [
        { ...first, offset: 10n, metadata: 'so far' },
        { ...second, offset: null, metadata: '' }
      ])
      same(await reader.endOffsets([first]), [{ ...first, offset: 10n }])
      same(reader.positions().length, 2)
      await reader.close()
      same(await run.ended, 'complete')
    }
  },
  {
    name: 'begins by auto.offset.reset by_duration with what is young enough, and at the end where nothing is',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const minutesAgo = (minutes: number): number => Math.floor(cluster.clock.wallTime()) - minutes * 60_000
      await produce(
        cluster,
        topic,
        numbered(5, 0).map((record) => ({ ...record, timestamp: minutesAgo(120) }))
      )
      await produce(
        cluster,
        topic,
        numbered(5, 0, 5).map((record) => ({ ...record, timestamp: minutesAgo(30) }))
      )
      const cases = [
        ['by_duration:PT1H', 5n, 10n],
        ['by_duration:PT10M', 11n, 11n]
      ] as const
      for (const [reset, first, end] of cases) {
        const reader = member(cluster, topic, `${topic}-${reset}`, { 'auto.offset.reset': reset })
        const seen: Read[] = []
        const run = collect(texts((record) => seen.push(record))(reader))
        await until(() => reader.positions()[0]?.committed === end, 'the end')
        await produce(cluster, topic, [{ partition: 0, value: 'old', timestamp: minutesAgo(120) }])
        await until(() => seen.length > Number(end - first), 'what came after')
        await reader.close()
        await run.ended
        same(seen[0]?.offset, first)
      }
    }
  },
  {
    name: 'resets a position that is not in the log, unless that is forbidden or goes back too far',
    run: async (cluster) => {
      const topic = await newTopic(cluster, 1)
      const now = Math.floor(cluster.clock.wallTime())
      await produce(
        cluster,
        topic,
        numbered(10, 0).map((record) => ({ ...record, timestamp: now - 3_600_000 }))
      )
      const beyond = async (more: Partial<ConsumerConfig>): Promise<unknown> => {
        const reader = member(cluster, topic, topic, {
          startFrom: (gained) => of(gained.map((place) => ({ ...place, from: { offset: 99n } }))),
          ...more
        })
        const events = collect(reader.events)
        const run = collect(texts()(reader))
        const isReset = (): boolean => events.values.some(({ _tag }) => _tag === 'reset')
        const isThere = (): boolean => isReset() && reader.positions()[0]?.position === 10n
        await until(() => run.subscription.closed || isThere(), 'the reset, or the fault')
        await reader.close()
        const fault = faultOf(await run.ended)
        return fault ?? (isReset() ? 'reset' : 'nothing')
      }
      const fault = { _tag: 'OffsetOutOfRangeFault', topic, partition: 0, offset: 99n, logStart: 0n, logEnd: 10n }
      same(await beyond({ 'offset.reset.max.records': 9 }), fault)
      same(await beyond({ 'offset.reset.max.ms': 1_800_000 }), fault)
      same(await beyond({ 'offset.out.of.range': 'fail' }), fault)
      same(await beyond({ 'offset.reset.max.records': 10, 'offset.reset.max.ms': 7_200_000 }), 'reset')
      same(await beyond({ 'offset.reset.max.records': 0, 'auto.offset.reset': 'latest' }), 'reset')
    }
  }
]
