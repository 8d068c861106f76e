import { faultOfError } from '../../model/consumer-error.js'
import { describeFault } from '../../model/describe-fault.js'
import type { Fault } from '../../model/fault.js'
import type { DescribedGroup } from '../../ports/admin.js'
import type { Admin } from '../../ports/awaitable-admin.js'
import { type Command, type CommandContext, exitCode } from '../command.js'
import { checkForm } from '../command-form.js'
import { configChanges } from '../config-changes.js'
import type { FlagTable } from '../flags.js'
import { tableOf } from '../table.js'
import { UsageError } from '../usage-error.js'

const ownFlags = { yes: { type: 'boolean' } } as const satisfies FlagTable

export const groups: Command = {
  name: 'groups',
  summary: 'lists, shows, changes and deletes consumer groups and share groups',
  usage: `ackstream groups                    all groups: their types (classic, consumer, share) and states
ackstream groups show GROUP…        members with their partitions, and the configuration
ackstream groups configure GROUP KEY=VALUE…   changes only these properties; KEY= resets one
ackstream groups delete GROUP… --yes   only groups without members; deletes their offsets too`,
  flags: ownFlags,
  run: async (context) => {
    const { flags, cluster } = context
    const [verb = 'list', ...names] = flags.names
    const action = actions.get(verb)
    if (action === undefined)
      throw new UsageError(`groups can ${[...actions.keys()].join(', ')}, not ${JSON.stringify(verb)}`)
    const form = { names: verb === 'list' ? 1 : Infinity, flags: verb === 'delete' ? ['yes'] : [] }
    checkForm(`groups ${verb}`, form, flags, ownFlags)
    if (verb !== 'list' && names.length === 0) throw new UsageError(`groups ${verb} takes the ids of groups`)
    const admin = cluster().admin()
    try {
      await action(context, admin, names)
      return exitCode.done
    } finally {
      admin.close()
    }
  }
}

type Action = (context: CommandContext, admin: Admin, names: readonly string[]) => Promise<void>

const list: Action = async ({ output, json }, admin) => {
  const found = await admin.listGroups()
  // For groups of other kinds, such as Kafka Streams', only the list is available.
  const described = found.length === 0 ? [] : await admin.describeGroups(found.map(({ groupId }) => groupId))
  const rows = found.map((listed, index) => {
    const { protocol = '', members = [], type, state } = described[index] ?? {}
    return type == null
      ? { ...listed, protocol, members: null }
      : { ...listed, state, type, protocol, members: members.length }
  })
  for (const { groupId, type, state, protocol, members } of json ? rows : [])
    output.json({ groupId, type, state, protocol, members })
  if (!json)
    for (const line of tableOf(
      ['group', 'type', 'state', 'protocol', 'members'],
      rows.map(({ groupId, type, state, protocol, members }) => [groupId, type, state ?? '', protocol, members])
    ))
      output.line(line)
}

const show: Action = async ({ output, json }, admin, names) => {
  const missing: string[] = []
  for (const group of await admin.describeGroups(names)) {
    if (group.type === null) {
      missing.push(group.groupId)
      continue
    }
    const configs = await configsOf(admin, group)
    if (json) {
      output.json({ ...group, configs: isFault(configs) ? null : Object.fromEntries(configs) })
      continue
    }
    const facts = [group.state, group.type, group.protocol].filter((one) => one !== '')
    output.line(`${group.groupId}: ${facts.join(', ')}`)
    const rows = group.members.map(
      ({ memberId, clientId, host, assignment }) =>
        [
          memberId,
          clientId,
          host,
          assignment === null
            ? 'cannot be read'
            : assignment.map(({ topic, partition }) => `${topic}/${String(partition)}`).join(' ')
        ] as const
    )
    if (rows.length > 0) for (const line of tableOf(['member', 'client', 'host', 'assigned'], rows)) output.line(line)
    if (isFault(configs)) output.line(`configured: cannot be read: ${describeFault(configs)}`)
    else if (configs.length > 0)
      output.line(`configured: ${configs.map(([key, value]) => `${key}=${value}`).join(' ')}`)
  }
  if (missing.length > 0) throw new Error(`not found among classic, consumer and share groups: ${missing.join(', ')}`)
}

type Configs = readonly (readonly [string, string])[]

/**
 * The group's own configuration, or why the cluster does not return it: the request needs Kafka 4.0, and the permission
 * DESCRIBE_CONFIGS, which members do not need.
 */
const configsOf = async (admin: Admin, { groupId, type }: DescribedGroup): Promise<Configs | Fault> => {
  if (type !== 'consumer' && type !== 'share') return []
  try {
    const [described] = await admin.describeConfigs([{ type: 'group', name: groupId }])
    return (described?.entries ?? []).flatMap(({ name, value, source }) =>
      source === 'group' ? [[name, value ?? ''] as const] : []
    )
  } catch (thrown) {
    const fault = faultOfError(thrown)
    if (fault?._tag === 'AuthorizationFault' || fault?._tag === 'BrokerFault') return fault
    throw thrown
  }
}

const isFault = (configs: Configs | Fault): configs is Fault => '_tag' in configs

const configure: Action = async ({ say }, admin, [group = '', ...settings]) => {
  if (settings.length === 0) throw new UsageError('groups configure takes KEY=VALUE')
  await admin.alterConfigs([{ type: 'group', name: group, ...configChanges(settings) }])
  say(`${group} was changed`)
}

const remove: Action = async ({ flags, say }, admin, names) => {
  if (!flags.isSet('yes')) throw new UsageError(`this deletes what ${names.join(', ')} committed: confirm with --yes`)
  await admin.deleteGroups(names)
  say(`deleted: ${names.join(', ')}`)
}

const actions: ReadonlyMap<string, Action> = new Map([
  ['list', list],
  ['show', show],
  ['configure', configure],
  ['delete', remove]
])
