import { type Command, exitCode } from '../command.js'
import { tableOf } from '../output.js'
import { UsageError } from '../usage-error.js'

export const groups: Command = {
  name: 'groups',
  summary: 'lists, shows and deletes consumer groups',
  usage: `ackstream groups                    all groups and their states
ackstream groups show GROUP…        members, and what each is assigned
ackstream groups delete GROUP… --yes   only without members; what it has committed is gone`,
  flags: { yes: { type: 'boolean' } },
  run: async ({ flags, cluster, output, json, say }) => {
    const [verb = 'list', ...names] = flags.names
    const admin = cluster().admin()
    try {
      if (verb === 'list') {
        const found = (await admin.listGroups()).map(({ groupId }) => groupId)
        const described = found.length === 0 ? [] : await admin.describeGroups(found)
        if (json)
          for (const { groupId, state, protocol, members } of described)
            output.json({ groupId, state, protocol, members: members.length })
        else
          for (const line of tableOf(
            ['group', 'state', 'protocol', 'members'],
            described.map(({ groupId, state, protocol, members }) => [groupId, state, protocol, members.length])
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
        output.line(`${group.groupId}: ${group.state}${group.protocol === '' ? '' : `, ${group.protocol}`}`)
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
