import type { OffsetToCommit } from '../../model/offset-to-commit.js'
import { keyOf, partitionKey, type TopicPartition } from '../../model/topic-partition.js'
import type { GroupType } from '../../ports/admin.js'
import type { Admin } from '../../ports/awaitable-admin.js'
import { type Command, type CommandContext, exitCode } from '../command.js'
import { checkForm, type CommandForm } from '../command-form.js'
import { existingGroupLag, type GroupLag, groupLag, offsetTitle, type PartitionLag } from '../group-lag.js'
import { inputLines } from '../input-lines.js'
import { Interrupted } from '../interruption.js'
import { type LogBounds, logBounds } from '../log-bounds.js'
import type { FlagTable } from '../flags.js'
import { tableOf } from '../table.js'
import { type LogPlace, logPlaceOf, placeUsage } from '../places.js'
import { UsageError } from '../usage-error.js'

const flags = {
  to: { type: 'string' },
  shift: { type: 'string' },
  import: { type: 'boolean' },
  topic: { type: 'string' },
  execute: { type: 'boolean' }
} as const satisfies FlagTable

const forms: ReadonlyMap<string, CommandForm> = new Map([
  ['show', { names: 2, flags: ['topic'] }],
  ['export', { names: 2, flags: ['topic'] }],
  ['reset', { names: 2, flags: ['to', 'shift', 'import', 'topic', 'execute'] }],
  ['copy', { names: 3, flags: ['topic', 'execute'] }]
])

export const offsets: Command = {
  name: 'offsets',
  summary: 'shows, exports and sets the offsets of a group',
  usage: `ackstream offsets show GROUP
ackstream offsets export GROUP > FILE               one JSON object a line: topic, partition, offset
ackstream offsets reset GROUP --to PLACE            ${placeUsage}
ackstream offsets reset GROUP --shift N             forward by N records, or back (--shift -100)
ackstream offsets reset GROUP --import < FILE       sets exported offsets
ackstream offsets copy GROUP OTHER                  gives another group the same offsets

  --topic TOPIC[,…]   only these topics, for any of the above; with --to also topics without an offset of the group

Without --execute it only shows the changes. A group with members is refused. A share group has a start offset in each partition:
if you set it, all records from there on are delivered again, also those that were acknowledged.`,
  flags,
  run: async (context) => {
    const [verb, group, other] = context.flags.names
    if (verb === undefined || group === undefined)
      throw new UsageError('offsets takes show, export, reset or copy, and a group')
    const form = forms.get(verb)
    if (form === undefined)
      throw new UsageError(`offsets can ${[...forms.keys()].join(', ')}, not ${JSON.stringify(verb)}`)
    checkForm(`offsets ${verb}`, form, context.flags, flags)
    const admin = context.cluster().admin()
    try {
      if (verb === 'show') showOffsets(context, await existingGroupLag(admin, group))
      else if (verb === 'export') await exported(context, admin, group)
      else if (verb === 'reset') await set(context, admin, group, await wantedOf(context, admin, group))
      else {
        if (other === undefined) throw new UsageError('offsets copy takes two groups')
        const { type, partitions } = await groupLag(admin, group)
        await set(context, admin, other, storedOf(partitions).filter(chosenBy(context)), type)
      }
      return exitCode.done
    } finally {
      admin.close()
    }
  }
}

/** The topics of `--topic`; null where all are meant. */
const topicsOf = ({ flags }: CommandContext): readonly string[] | null =>
  flags
    .text('topic')
    ?.split(',')
    .map((topic) => topic.trim()) ?? null

const chosenBy = (context: CommandContext): ((place: TopicPartition) => boolean) => {
  const topics = topicsOf(context)
  return ({ topic }) => topics?.includes(topic) ?? true
}

const showOffsets = (context: CommandContext, { type, partitions }: GroupLag): void => {
  const { output, json } = context
  const lags = partitions.filter(chosenBy(context))
  if (json) for (const one of lags) output.json(one)
  else
    for (const line of tableOf(
      ['topic', 'partition', 'log start', offsetTitle(type), 'log end', 'lag'],
      lags.map((one) => [one.topic, one.partition, one.logStart, one.committed, one.logEnd, one.lag])
    ))
      output.line(line)
}

const exported = async (context: CommandContext, admin: Admin, group: string): Promise<void> => {
  const { output } = context
  const isChosen = chosenBy(context)
  const { type } = await existingGroupLag(admin, group)
  if (type === 'share')
    for (const { topic, partition, offset } of (await admin.fetchShareOffsets(group)).filter(isChosen))
      output.json({ topic, partition, offset })
  for (const { topic, partition, offset, metadata } of (await admin.fetchOffsets(group)).filter(isChosen))
    if (offset !== null) output.json({ topic, partition, offset, ...(metadata === '' ? {} : { metadata }) })
}

const storedOf = (lags: readonly PartitionLag[]): readonly OffsetToCommit[] =>
  lags.flatMap(({ topic, partition, committed }) =>
    committed === null ? [] : [{ topic, partition, offset: committed }]
  )

/** The offsets after a reset. */
const wantedOf = async (context: CommandContext, admin: Admin, group: string): Promise<readonly OffsetToCommit[]> => {
  const { flags, now } = context
  const ways = (['to', 'shift', 'import'] as const).filter((way) => flags.has(way))
  if (ways.length !== 1) throw new UsageError('offsets reset takes one of --to, --shift and --import')
  if (ways[0] === 'import') return (await imported(context)).filter(chosenBy(context))
  const { partitions: lags } = await groupLag(admin, group)
  const topics = topicsOf(context) ?? [...new Set(lags.map(({ topic }) => topic))]
  if (ways[0] === 'shift') {
    const by = BigInt(flags.whole('shift', Number.MIN_SAFE_INTEGER) ?? 0)
    return lags.flatMap((log) => {
      const { topic, partition, committed } = log
      const isMoved = committed !== null && topics.includes(topic)
      return isMoved ? [{ topic, partition, offset: within(log, committed + by) }] : []
    })
  }
  if (topics.length === 0) throw new UsageError(`${group} has committed nothing yet: name the topics by --topic`)
  const partitions = (await admin.describeTopics(topics)).flatMap(({ topic, partitions: all }) =>
    all.map(({ partition }) => ({ topic, partition }))
  )
  return located(admin, partitions, logPlaceOf('to', flags.text('to') ?? '', now()))
}

const located = async (
  admin: Admin,
  partitions: readonly TopicPartition[],
  place: LogPlace
): Promise<readonly OffsetToCommit[]> => {
  const bounds = await logBounds(admin, partitions)
  const found =
    place.at === 'time'
      ? await admin.listOffsets(partitions.map((one) => ({ ...one, at: { timestamp: place.timestamp } })))
      : null
  return partitions.map((one, index) => {
    const log = bounds[index] ?? nothing
    const { logStart, logEnd } = log
    switch (place.at) {
      case 'beginning':
        return { ...one, offset: logStart }
      case 'end':
        return { ...one, offset: logEnd }
      case 'offset':
        return { ...one, offset: within(log, place.offset) }
      case 'last':
        return { ...one, offset: within(log, logEnd - BigInt(place.count)) }
      case 'time':
        return { ...one, offset: found?.[index]?.offset ?? logEnd }
    }
  })
}

const nothing: LogBounds = { logStart: 0n, logEnd: 0n }

/** Limits an offset to the log: outside of it, the next consumer's `auto.offset.reset` would apply. */
const within = ({ logStart, logEnd }: LogBounds, offset: bigint): bigint =>
  offset < logStart ? logStart : offset > logEnd ? logEnd : offset

const imported = async ({ input, interrupted }: CommandContext): Promise<readonly OffsetToCommit[]> => {
  const found: OffsetToCommit[] = []
  let at = 0
  for await (const bytes of inputLines(input, interrupted)) {
    at++
    const line = bytes.toString()
    if (line.trim() === '') continue
    try {
      const { topic, partition, offset, metadata } = JSON.parse(line) as Readonly<Record<string, unknown>>
      if (typeof topic !== 'string' || typeof partition !== 'number' || typeof offset !== 'string')
        throw new Error('it takes topic, partition and offset')
      found.push({ topic, partition, offset: BigInt(offset), ...(typeof metadata === 'string' ? { metadata } : {}) })
    } catch (error) {
      throw new Error(`line ${String(at)}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  // Half of a file is not what was exported.
  if (interrupted.aborted) throw new Interrupted('interrupted')
  return found
}

const set = async (
  context: CommandContext,
  admin: Admin,
  group: string,
  offsets: readonly OffsetToCommit[],
  kind: GroupType | null = null
): Promise<void> => {
  const { flags, output, say, json } = context
  if (offsets.length === 0) throw new Error('there is nothing to set')
  const [described] = await admin.describeGroups([group])
  const live = described !== undefined && described.members.length > 0
  if (live)
    throw new Error(
      `${group} has ${String(described.members.length)} members: stop them first, or they overwrite what is set`
    )
  // A new group gets the same type as the other.
  const isShared = (described?.type ?? kind) === 'share'
  const stored = isShared ? await admin.fetchShareOffsets(group) : await admin.fetchOffsets(group)
  const before = new Map(stored.map((one) => [keyOf(one), one.offset]))
  const rows = offsets.map(({ topic, partition, offset }) => ({
    topic,
    partition,
    from: before.get(partitionKey(topic, partition)) ?? null,
    to: offset
  }))
  const execute = flags.isSet('execute')
  if (execute) await (isShared ? admin.setShareOffsets(group, offsets) : admin.setOffsets(group, offsets))
  if (json) for (const row of rows) output.json({ group, ...row, executed: execute })
  else
    for (const line of tableOf(
      ['topic', 'partition', 'from', 'to'],
      rows.map(({ topic, partition, from, to }) => [topic, partition, from, to])
    ))
      output.line(line)
  say(execute ? `${group}: set` : `${group}: nothing was changed; --execute does it`)
}
