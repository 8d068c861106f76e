import { defer, filter, firstValueFrom, lastValueFrom, type Observable, repeat, take, timeout, toArray } from 'rxjs'
import { expect } from 'vitest'
import { ack, type Cluster, commit, consumer, ConsumerError, deserialize, eachPartition, type Fault, handle, shareConsumer, subscribe, utf8 } from '../../src/index.js' // prettier-ignore
import { type CliGiven, type CliRun, commandLine } from '../support/command-line.js'
import { uniqueName } from '../support/kafka.js'
import type { ShareRule, ShareTrial } from './share-contract.js'

const text = deserialize({ value: utf8 })
const numbered = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `v${String(index)}`)

/** Asks until it is so: coordinators learn of members and acknowledgements a little later. */
const eventually = async <A>(ask: () => PromiseLike<A>, isSo: (answer: A) => boolean): Promise<A> =>
  firstValueFrom(
    defer(async () => ask()).pipe(
      repeat({ delay: 20 }),
      filter((answer) => isSo(answer)),
      timeout(60_000)
    )
  )

const refused = async (asked: PromiseLike<unknown>): Promise<Fault | null> => {
  try {
    await asked
    return null
  } catch (thrown) {
    return thrown instanceof ConsumerError ? thrown.fault : null
  }
}

/** Ten records, of which a member accepts seven and keeps three until the trial ends. */
const sevenOfTen = async (trial: ShareTrial): Promise<void> => {
  await trial.begin(1)
  await trial.write(...numbered(10))
  const kept = new Set(['v7', 'v8', 'v9'])
  trial
    .member()
    .pipe(
      text,
      handle(({ value }) => (kept.has(value) ? new Promise<void>(() => undefined) : undefined), {
        concurrency: 10,
        order: 'none'
      }),
      ack()
    )
    .subscribe()
}

/** What an admin client shows and changes of share groups, on the embedded cluster and on real Kafka. */
export const shareAdminRules: readonly ShareRule[] = [
  {
    name: 'an admin client shows the group: its type, state, members, offsets and lag',
    run: async (trial) => {
      const { topic, cluster } = trial
      await using admin = cluster.admin()
      await sevenOfTen(trial)
      const offsets = await eventually(
        () => admin.fetchShareOffsets(topic),
        ([first]) => first?.lag === 3n
      )
      // Kafka stores the offset with the next acknowledgement.
      expect(offsets[0]?.offset).toBeLessThanOrEqual(7n)
      expect(offsets).toMatchObject([{ topic, partition: 0, lag: 3n }])
      expect((await admin.listGroups()).filter(({ groupId }) => groupId === topic)).toEqual([
        { groupId: topic, type: 'share', protocolType: 'share', state: 'Stable' }
      ])
      const [described] = await admin.describeGroups([topic])
      expect(described).toMatchObject({
        groupId: topic,
        type: 'share',
        state: 'Stable',
        protocolType: 'share',
        protocol: 'simple',
        members: [{ assignment: [{ topic, partition: 0 }] }]
      })
      expect([
        await refused(admin.setShareOffsets(topic, [{ topic, partition: 0, offset: 0n }])),
        await refused(admin.deleteShareOffsets(topic, [topic])),
        await refused(admin.deleteGroups([topic]))
      ]).toMatchObject([
        // prettier-ignore
        { _tag: 'BrokerFault', api: 'AlterShareGroupOffsets', name: 'NON_EMPTY_GROUP' },
        { _tag: 'BrokerFault', api: 'DeleteShareGroupOffsets', name: 'NON_EMPTY_GROUP' },
        { _tag: 'BrokerFault', api: 'DeleteGroups', name: 'NON_EMPTY_GROUP' }
      ])
    }
  },
  {
    name: 'an admin client sets where the group begins once it has no members, forgets topics, and deletes the group',
    run: async (trial) => {
      const { topic, cluster } = trial
      await using admin = cluster.admin()
      await sevenOfTen(trial)
      await eventually(
        () => admin.fetchShareOffsets(topic),
        ([first]) => first?.lag === 3n
      )
      await trial.end()
      await eventually(
        () => admin.describeGroups([topic]),
        ([group]) => group?.state === 'Empty'
      )
      await admin.setShareOffsets(topic, [{ topic, partition: 0, offset: 4n }])
      expect(await admin.fetchShareOffsets(topic)).toMatchObject([{ topic, partition: 0, offset: 4n }])
      const again = trial.member().pipe(text, ack(), take(6), toArray())
      const read = (await firstValueFrom(again)).map(({ value, deliveryCount }) => [value, deliveryCount])
      expect(read).toEqual(
        numbered(10)
          .slice(4)
          .map((value) => [value, 1])
      )
      await trial.end()
      await eventually(
        () => admin.describeGroups([topic]),
        ([group]) => group?.state === 'Empty'
      )
      const none = `${topic}-none`
      expect([
        await refused(admin.setShareOffsets(topic, [{ topic: none, partition: 0, offset: 0n }])),
        await refused(admin.setShareOffsets(topic, [{ topic, partition: 7, offset: 0n }])),
        await refused(admin.deleteShareOffsets(topic, [none]))
      ]).toMatchObject([
        { api: 'AlterShareGroupOffsets', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic: none, partition: 0 },
        { api: 'AlterShareGroupOffsets', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic, partition: 7 },
        { api: 'DeleteShareGroupOffsets', name: 'UNKNOWN_TOPIC_OR_PARTITION', topic: none }
      ])
      await admin.deleteShareOffsets(topic, [topic])
      expect(await admin.fetchShareOffsets(topic)).toEqual([])
      await admin.deleteGroups([topic])
      expect(await admin.describeGroups([topic])).toMatchObject([{ type: null, state: 'Dead' }])
    }
  },
  {
    name: 'an admin client tells share groups from consumer groups when it shows and changes offsets',
    run: async (trial) => {
      const { topic, cluster } = trial
      await using admin = cluster.admin()
      await sevenOfTen(trial)
      await eventually(
        () => admin.describeGroups([topic]),
        ([group]) => group?.state === 'Stable'
      )
      await trial.end()
      const other = uniqueName('consumers')
      await admin.setOffsets(other, [{ topic, partition: 0, offset: 3n }])
      const outcomes = [
        await refused(admin.setOffsets(topic, [{ topic, partition: 0, offset: 3n }])),
        await refused(admin.setShareOffsets(other, [{ topic, partition: 0, offset: 3n }])),
        await refused(admin.deleteShareOffsets(uniqueName('none'), [topic]))
      ]
      expect(outcomes).toMatchObject([
        {
          api: 'OffsetCommit',
          name: 'GROUP_ID_NOT_FOUND',
          message: `${topic} is not a consumer group; setShareOffsets sets the offsets of a share group`
        },
        { api: 'AlterShareGroupOffsets', name: 'GROUP_ID_NOT_FOUND' },
        { api: 'DeleteShareGroupOffsets', name: 'GROUP_ID_NOT_FOUND' }
      ])
      expect([await admin.fetchOffsets(topic), await admin.fetchShareOffsets(other)]).toEqual([[], []])
      // A group that nobody has seen yet is made by it.
      const next = uniqueName('next')
      await admin.setShareOffsets(next, [{ topic, partition: 0, offset: 3n }])
      expect(await admin.fetchShareOffsets(next)).toMatchObject([{ topic, partition: 0, offset: 3n }])
      expect(await admin.describeGroups([next])).toMatchObject([{ type: 'share', state: 'Empty', members: [] }])
    }
  },
  {
    name: 'the name of a group belongs to groups of one type, also while it is empty: members of another are refused',
    run: async (trial) => {
      const { topic, cluster } = trial
      await sevenOfTen(trial)
      await eventually(
        () => stateOf(cluster, topic),
        (state) => state === 'Stable'
      )
      await trial.end()
      const ended = async (pipeline: Observable<unknown>): Promise<Fault | null> =>
        refused(lastValueFrom(pipeline, { defaultValue: null }))
      const consumerOf = (group: string, protocol: 'classic' | 'consumer') =>
        consumer(cluster, { 'group.id': group, 'group.protocol': protocol, subscription: subscribe(topic) })
      const committing = eachPartition((partition) => partition.pipe(commit()))
      expect([
        await ended(consumerOf(topic, 'classic').pipe(committing)),
        await ended(consumerOf(topic, 'consumer').pipe(committing))
      ]).toMatchObject([{ _tag: 'GroupProtocolFault' }, { name: 'GROUP_ID_NOT_FOUND' }])
      for (const protocol of ['classic', 'consumer'] as const) {
        const group = uniqueName(protocol)
        const former = consumerOf(group, protocol)
        former.pipe(committing).subscribe()
        await firstValueFrom(former.rebalances)
        await former.drain()
        await eventually(
          () => stateOf(cluster, group),
          (state) => state === 'Empty'
        )
        const member = shareConsumer(cluster, { 'group.id': group, subscription: subscribe(topic) })
        expect(await ended(member.pipe(ack()))).toMatchObject({ name: 'GROUP_ID_NOT_FOUND' })
      }
    }
  },
  {
    name: 'an admin client and the command line show all three kinds of group, and move a share group',
    run: async (trial) => {
      const { topic, cluster } = trial
      const cli = (line: string, more: Omit<CliGiven, 'cluster'> = {}): Promise<CliRun> =>
        commandLine(line.split(' '), { cluster, env: { KAFKA_BOOTSTRAP_SERVERS: 'any:1' }, ...more })
      const kinds = { classic: `${topic}-classic`, consumer: `${topic}-consumer`, share: topic } as const
      await sevenOfTen(trial)
      const consumers = (['classic', 'consumer'] as const).map((protocol) =>
        consumer(cluster, {
          'group.id': kinds[protocol],
          'group.protocol': protocol,
          'auto.offset.reset': 'earliest',
          subscription: subscribe(topic)
        })
      )
      for (const one of consumers)
        one.pipe(eachPartition((partition) => partition.pipe(commit({ every: 10 })))).subscribe()
      const lags = async (): Promise<readonly unknown[]> =>
        (await cli(`lag ${Object.values(kinds).join(' ')} --json`)).values.map((one) => {
          const { group, type, lag } = one as { readonly group: string; readonly type: string; readonly lag: string }
          return [group, type, lag]
        })
      const expected = [
        [kinds.classic, 'classic', '0'],
        [kinds.consumer, 'consumer', '0'],
        [kinds.share, 'share', '3']
      ]
      await eventually(lags, (found) => JSON.stringify(found) === JSON.stringify(expected))
      const listed = (await cli('groups --json')).values.map((one) => {
        const { groupId, type, state, members } = one as Readonly<Record<string, unknown>>
        return [groupId, type, state, members]
      })
      for (const [type, group] of Object.entries(kinds)) expect(listed).toContainEqual([group, type, 'Stable', 1])
      expect((await cli(`groups show ${topic}`)).out).toMatch(/: Stable, share, simple\n.*\n.*\/0\n/)
      expect((await cli(`groups show ${topic}`)).out).toMatch(/\nconfigured: share.auto.offset.reset=earliest\n$/)
      await cli(`groups configure ${topic} share.isolation.level=read_committed share.auto.offset.reset=`)
      await eventually(
        async () => (await cli(`groups show ${topic} --json`)).values,
        ([shown]) => JSON.stringify((shown as { readonly configs: unknown }).configs) === '{"share.isolation.level":"read_committed"}' // prettier-ignore
      )
      const live = await cli(`offsets reset ${topic} --to beginning --execute`)
      expect([live.code, live.err]).toEqual([1, expect.stringContaining('has 1 members: stop them first')])

      await Promise.all([trial.end(), ...consumers.map((one) => one.close())])
      await eventually(
        () => stateOf(cluster, topic),
        (state) => state === 'Empty'
      )
      const start = async (group: string): Promise<unknown> =>
        (await cli(`offsets show ${group} --json`)).values.map(
          (one) => (one as { readonly committed: string }).committed
        )
      await cli(`offsets reset ${topic} --to 4 --execute`)
      expect(await start(topic)).toEqual(['4'])
      await cli(`offsets reset ${topic} --shift=-2 --execute`)
      expect(await start(topic)).toEqual(['2'])
      expect((await cli(`offsets show ${topic}`)).lines[0]).toContain('start')
      const { out } = await cli(`offsets export ${topic}`)
      await cli(`offsets reset ${topic} --to end --execute`)
      expect(await start(topic)).toEqual(['10'])
      await cli(`offsets reset ${topic} --import --execute`, { input: out })
      await cli(`offsets copy ${topic} ${topic}-copy --execute`)
      expect([await start(topic), await start(`${topic}-copy`)]).toEqual([['2'], ['2']])
      expect((await cli(`groups delete ${Object.values(kinds).join(' ')} --yes`)).code).toBe(0)
    }
  }
]

const stateOf = async (cluster: Cluster, group: string): Promise<string | undefined> => {
  await using admin = cluster.admin()
  return (await admin.describeGroups([group]))[0]?.state
}
