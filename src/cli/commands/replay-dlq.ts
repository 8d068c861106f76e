import { tap } from 'rxjs'
import { subscribe } from '../../config/subscribe.js'
import { describeFault } from '../../model/describe-fault.js'
import { commit } from '../../operators/commit.js'
import { eachPartition } from '../../operators/each-partition.js'
import { replayDeadLetters } from '../../sinks/replay-dead-letters.js'
import { consumer } from '../../sources/consumer/consumer.js'
import { type Command, exitCode } from '../command.js'
import { UsageError } from '../usage-error.js'

export const replayDlq: Command = {
  name: 'replay-dlq',
  summary: 'writes dead letters back to the partitions that they came from',
  usage: `ackstream replay-dlq DEAD_LETTER_TOPIC --to TOPIC[,…] [--group ID] [--attempts N]

  --to TOPIC[,…]    where records may be written to; a letter that came from elsewhere is skipped and reported
  --group ID        remembers what was replayed; default ackstream-replay
  --attempts N      how often a record may be replayed over all runs; default 3

It ends when all letters that are there are through.`,
  flags: { to: { type: 'string' }, group: { type: 'string' }, attempts: { type: 'string' } },
  run: async ({ flags, cluster, output, say, interrupted, json }) => {
    const [topic, ...more] = flags.names
    const to = flags.text('to')
    if (topic === undefined || more.length > 0 || to === undefined)
      throw new UsageError('replay-dlq takes a topic, and --to')
    const letters = consumer(cluster(), {
      'group.id': flags.text('group') ?? 'ackstream-replay',
      'auto.offset.reset': 'earliest',
      'enable.partition.eof': true,
      subscription: subscribe(topic)
    })
    const counts = { replayed: 0, skipped: 0 }
    const stop = (): void => {
      void letters.drain()
    }
    interrupted.addEventListener('abort', stop)
    const open = new Set<number>()
    let seen = false
    letters.rebalances.subscribe((event) => {
      if (event._tag !== 'assigned') return
      for (const { partition } of event.gained) open.add(partition)
      seen = true
    })
    letters.events.subscribe((event) => {
      if (event._tag === 'skipped') {
        counts.skipped++
        say(
          `skipped ${topic}/${String(event.partition)} offset ${event.offset.toString()}: ${describeFault(event.fault)}`
        )
      } else if (event._tag === 'end reached') {
        open.delete(event.partition)
        if (seen && open.size === 0) stop()
      }
    })
    const options = { topics: to.split(','), attempts: flags.whole('attempts', 1) ?? 3, onFailure: 'skip' as const }
    try {
      await new Promise<void>((resolve, reject) => {
        letters
          .pipe(
            eachPartition((partition) =>
              partition.pipe(
                replayDeadLetters(cluster(), options),
                tap(() => counts.replayed++),
                commit()
              )
            )
          )
          .subscribe({ complete: resolve, error: reject })
      })
    } finally {
      interrupted.removeEventListener('abort', stop)
    }
    if (json) output.json({ topic, ...counts })
    else say(`${String(counts.replayed)} replayed, ${String(counts.skipped)} skipped`)
    return interrupted.aborted ? exitCode.interrupted : exitCode.done
  }
}
