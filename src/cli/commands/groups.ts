import { type Command, exitCode } from '../command.js'
import { checkForm } from '../command-form.js'
import type { FlagTable } from '../flags.js'
import { tableOf } from '../table.js'
import { UsageError } from '../usage-error.js'

const ownFlags = { yes: { type: 'boolean' } } as const satisfies FlagTable

export const groups: Command = {
  name: 'groups',
  summary: 'lists, shows and deletes consumer groups and share groups',
  usage: `ackstream groups                    all groups: their types (classic, consumer, share) and states
ackstream groups show GROUP…        members, and what each is assigned
ackstream groups delete GROUP… --yes   only without members; what it has committed, or acknowledged, is gone`,
  flags: ownFlags,
  run: async ({ flags, cluster, output, json, say }) => {
    const [verb = 'list', ...names] = flags.names
    const form = { names: verb === 'list' ? 1 : Infinity, flags: verb === 'delete' ? ['yes'] : [] }
    checkForm(`groups ${verb}`, form, flags, ownFlags)
    const admin = cluster().admin()
    try {
      if (verb === 'list') {
        const found = await admin.listGroups()
        // Of a kind that has no description here, such as Kafka Streams', what the list says.
        const described = found.length === 0 ? [] : await admin.describeGroups(found.map(({ groupId }) => groupId))
        const rows = found.map((listed, index) => {
          const { protocol = '', members = [], type, state } = described[index] ?? {}
          return type == null ? { ...listed, protocol, members: null } : { ...listed, state, type, protocol, members: members.length } // prettier-ignore
        })
        for (const { groupId, type, state, protocol, members } of json ? rows : [])
          output.json({ groupId, type, state, protocol, members })
        if (!json)
          for (const line of tableOf(
            ['group', 'type', 'state', 'protocol', 'members'],
            rows.map(({ groupId, type, state, protocol, members }) => [groupId, type, state ?? '', protocol, members])
          ))
            output.line(line)
        return exitCode.done
      }
      if (names.length === 0) throw new UsageError(`groups ${verb} takes the ids of groups`)
      if (verb === 'delete') {
        if (!flags.isSet('yes')) throw new UsageError(`this deletes what ${names.join(', ')} committed: say --yes`)
        await admin.deleteGroups(names)
        say(`deleted: ${names.join(', ')}`)
        return exitCode.done
      }
      if (verb !== 'show') throw new UsageError(`groups can list, show, delete, not ${JSON.stringify(verb)}`)
      for (const group of await admin.describeGroups(names)) {
        if (json) {
          output.json(group)
          continue
        }
        const facts = [group.state, group.type ?? '', group.protocol].filter((one) => one !== '')
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
        if (rows.length > 0)
          for (const line of tableOf(['member', 'client', 'host', 'assigned'], rows)) output.line(line)
      }
      return exitCode.done
    } finally {
      admin.close()
    }
  }
}
