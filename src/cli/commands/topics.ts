import type { Admin } from '../../ports/awaitable-admin.js'
import { type Command, type CommandContext, exitCode } from '../command.js'
import { checkForm } from '../command-form.js'
import { configChanges, keyAndValue } from '../config-changes.js'
import type { FlagTable } from '../flags.js'
import { logBounds } from '../log-bounds.js'
import { tableOf } from '../table.js'
import { UsageError } from '../usage-error.js'

const flags = {
  partitions: { type: 'string' },
  replicas: { type: 'string' },
  yes: { type: 'boolean' }
} as const satisfies FlagTable

export const topics: Command = {
  name: 'topics',
  summary: 'lists, shows, creates, changes and deletes topics',
  usage: `ackstream topics                                   all topics
ackstream topics show TOPIC…                       partitions, leaders and the configuration
ackstream topics create TOPIC [--partitions N] [--replicas N] [KEY=VALUE…]
ackstream topics configure TOPIC KEY=VALUE…        changes only these properties; KEY= resets one
ackstream topics grow TOPIC --partitions N         adds partitions
ackstream topics delete TOPIC… --yes`,
  flags,
  run: async (context) => {
    const [verb = 'list', ...names] = context.flags.names
    const { run, most = Infinity, takes = [] } = actionOf(verb)
    checkForm(`topics ${verb}`, { names: 1 + most, flags: takes }, context.flags, flags)
    const admin = context.cluster().admin()
    try {
      await run(context, admin, names)
      return exitCode.done
    } finally {
      admin.close()
    }
  }
}

type Run = (context: CommandContext, admin: Admin, names: readonly string[]) => Promise<void>

interface Action {
  readonly run: Run
  /** how many names it takes; any number if left out */
  readonly most?: number
  /** which flags; none if left out */
  readonly takes?: readonly (keyof typeof flags)[]
}

const actionOf = (verb: string): Action => {
  const found = actions.get(verb)
  if (found === undefined)
    throw new UsageError(`topics can ${[...actions.keys()].join(', ')}, not ${JSON.stringify(verb)}`)
  return found
}

const list: Run = async ({ output, json }, admin) => {
  const names = await admin.listTopics()
  const described = names.length === 0 ? [] : await admin.describeTopics(names)
  if (json)
    for (const { topic, partitions, topicId, internal } of described)
      output.json({ topic, topicId, internal, partitions: partitions.length })
  else
    for (const line of tableOf(
      ['topic', 'partitions', 'replicas'],
      described.map(({ topic, partitions }) => [
        topic,
        partitions.length,
        Math.max(0, ...partitions.map(({ replicas }) => replicas.length))
      ])
    ))
      output.line(line)
}

const show: Run = async ({ output, json }, admin, names) => {
  for (const description of await admin.describeTopics(some(names))) {
    const { topic, partitions } = description
    const places = partitions.map(({ partition }) => ({ topic, partition }))
    const bounds = await logBounds(admin, places)
    const [configs] = await admin.describeConfigs([{ type: 'topic', name: topic }])
    const own = (configs?.entries ?? []).filter(({ source }) => source === 'topic')
    if (json) {
      output.json({
        ...description,
        partitions: partitions.map((one, index) => ({ ...one, ...bounds[index] })),
        configs: Object.fromEntries(own.map(({ name, value }) => [name, value]))
      })
      continue
    }
    output.line(
      `${topic}${description.topicId === null ? '' : ` (${description.topicId})`}${own.map(({ name, value }) => `  ${name}=${value ?? ''}`).join('')}`
    )
    const rows = partitions.map(
      ({ partition, leader, replicas }, index) =>
        [partition, leader, replicas.join(','), bounds[index]?.logStart ?? null, bounds[index]?.logEnd ?? null] as const
    )
    for (const line of tableOf(['partition', 'leader', 'replicas', 'log start', 'log end'], rows)) output.line(line)
  }
}

const create: Run = async ({ flags, say }, admin, [topic, ...settings]) => {
  const replicas = flags.whole('replicas', 1)
  await admin.createTopics([
    {
      topic: one(topic),
      partitions: flags.whole('partitions', 1) ?? 1,
      ...(replicas === undefined ? {} : { replicationFactor: replicas }),
      config: Object.fromEntries(settings.map(keyAndValue))
    }
  ])
  say(`${one(topic)} was created`)
}

const configure: Run = async ({ say }, admin, [topic, ...settings]) => {
  const changes = configChanges(some(settings))
  await admin.alterConfigs([{ type: 'topic', name: one(topic), ...changes }])
  say(`${one(topic)} was changed`)
}

const grow: Run = async ({ flags, say }, admin, [topic]) => {
  const partitions = flags.whole('partitions', 1)
  if (partitions === undefined) throw new UsageError('topics grow takes --partitions N')
  await admin.createPartitions([{ topic: one(topic), partitions }])
  say(`${one(topic)} has ${String(partitions)} partitions: keys go to other partitions than before`)
}

const remove: Run = async ({ flags, say }, admin, names) => {
  if (!flags.isSet('yes'))
    throw new UsageError(`this deletes ${some(names).join(', ')} with all records: confirm with --yes`)
  await admin.deleteTopics(some(names))
  say(`deleted: ${names.join(', ')}`)
}

const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ['list', { run: list, most: 0 }],
  ['show', { run: show }],
  ['create', { run: create, takes: ['partitions', 'replicas'] }],
  ['configure', { run: configure }],
  ['grow', { run: grow, most: 1, takes: ['partitions'] }],
  ['delete', { run: remove, takes: ['yes'] }]
])

const one = (name: string | undefined): string => {
  if (name === undefined) throw new UsageError('it takes the name of a topic')
  return name
}

const some = (names: readonly string[]): readonly string[] => {
  if (names.length === 0) throw new UsageError('no topic is named')
  return names
}
