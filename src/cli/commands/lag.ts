import { setTimeout as wait } from 'node:timers/promises'
import { type Command, exitCode } from '../command.js'
import { existingGroupLag, groupLag, offsetTitle, type PartitionLag } from '../group-lag.js'
import { tableOf } from '../table.js'

const watchEveryMs = 2_000

export const lag: Command = {
  name: 'lag',
  summary: 'shows how far groups are behind',
  usage: `ackstream lag [GROUP…] [--watch]      all groups if none is named: log end minus committed offset; for a share group,
                                     the records that are neither acknowledged nor given up

  --watch             repeats it every two seconds until Ctrl-C, with the rates of new and of committed records
  --every SECONDS     another interval`,
  flags: { watch: { type: 'boolean' }, every: { type: 'string' } },
  run: async (context) => {
    const { flags, cluster, output, json, interrupted, now } = context
    const pauseMs = (flags.whole('every', 1) ?? watchEveryMs / 1_000) * 1_000
    const admin = cluster().admin()
    const before = new Map<string, { readonly at: number; readonly lag: PartitionLag }>()
    try {
      for (;;) {
        const isNamed = flags.names.length > 0
        const names = isNamed ? flags.names : (await admin.listGroups()).map(({ groupId }) => groupId)
        for (const group of names) {
          const { type, partitions: lags } = await (isNamed ? existingGroupLag : groupLag)(admin, group)
          const at = now()
          const total = lags.reduce((sum, one) => sum + (one.lag ?? 0n), 0n)
          if (json) output.json({ group, type, lag: total, partitions: lags })
          else {
            output.line(`${group}: ${lags.length === 0 ? 'nothing is committed' : `${String(total)} behind`}`)
            const rows = lags.map((one) => {
              const former = before.get(keyOf(group, one))
              const seconds = former === undefined ? 0 : (at - former.at) / 1_000
              return [
                one.topic,
                one.partition,
                one.committed,
                one.logEnd,
                one.lag,
                rate(former?.lag.logEnd, one.logEnd, seconds),
                rate(former?.lag.committed, one.committed, seconds),
                one.member ?? '-'
              ] as const
            })
            if (rows.length > 0)
              for (const line of tableOf(
                ['topic', 'partition', offsetTitle(type), 'log end', 'lag', 'in/s', 'out/s', 'member'],
                rows
              ))
                output.line(line)
          }
          for (const one of lags) before.set(keyOf(group, one), { at, lag: one })
        }
        await output.room()
        if (!flags.isSet('watch')) return exitCode.done
        await wait(pauseMs, undefined, { signal: interrupted }).catch(() => undefined)
        if (interrupted.aborted || output.isGone) return interrupted.aborted ? exitCode.interrupted : exitCode.done
      }
    } finally {
      admin.close()
    }
  }
}

const keyOf = (group: string, { topic, partition }: PartitionLag): string => JSON.stringify([group, topic, partition])

const rate = (before: bigint | null | undefined, after: bigint | null, seconds: number): number | null =>
  before == null || after === null || seconds === 0 ? null : Math.round(Number(after - before) / seconds)
