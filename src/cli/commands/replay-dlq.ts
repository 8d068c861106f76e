import { lastValueFrom, type Observable, tap } from 'rxjs'
import { assign } from '../../config/assign.js'
import { subscribe } from '../../config/subscribe.js'
import type { Subscribed } from '../../config/subscribed.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { describeFault } from '../../model/describe-fault.js'
import type { PartitionStream } from '../../model/partition-stream.js'
import { ack } from '../../operators/ack.js'
import { commit } from '../../operators/commit.js'
import { eachPartition } from '../../operators/each-partition.js'
import { writeTo } from '../../operators/write-to.js'
import type { Cluster } from '../../ports/cluster.js'
import { deadLetterOf } from '../../sinks/dead-letter-of.js'
import { replayDeadLetters, type ReplayOptions } from '../../sinks/replay-dead-letters.js'
import { type Consumer, consumer } from '../../sources/consumer/consumer.js'
import { type Command, exitCode } from '../command.js'
import type { Flags } from '../flags.js'
import { unlessInterrupted } from '../interruption.js'
import { printProblems } from '../print-problems.js'
import { UsageError } from '../usage-error.js'

export const replayDlq: Command = {
  name: 'replay-dlq',
  endsInOrder: true,
  summary: 'writes dead letters back to the partitions that they came from',
  usage: `ackstream replay-dlq DEAD_LETTER_TOPIC --to TOPIC[,…] [--fault TEXT] [--key TEXT] [--group ID] [--attempts N]
       ackstream replay-dlq DEAD_LETTER_TOPIC --list [--fault TEXT] [--key TEXT]

  --to TOPIC[,…]    the topics that records may go back to; letters from other topics are skipped and reported
  --fault TEXT      only letters whose fault has this name, or whose reason contains this text
  --key TEXT        only letters with this key
  --list            shows the letters, and writes nothing
  --group ID        the consumer group that commits the progress, skipped letters included; default ackstream-replay,
                    extended by --fault and --key
  --attempts N      how often a record may be replayed over all runs; default 3

It ends when it has processed all existing letters.`,
  flags: {
    to: { type: 'string' },
    fault: { type: 'string' },
    key: { type: 'string' },
    list: { type: 'boolean' },
    group: { type: 'string' },
    attempts: { type: 'string' }
  },
  run: async (given) => {
    const { flags, cluster, interrupted } = given
    const [topic, ...more] = flags.names
    const to = flags.text('to')
    const list = flags.isSet('list')
    if (topic === undefined || more.length > 0 || (to === undefined) !== list)
      throw new UsageError('replay-dlq takes a topic, and --to or --list')
    // Before a member joins: it would wait for a topic that does not exist.
    const partitions = await unlessInterrupted(interrupted, () => partitionsOf(cluster(), topic))
    // Before the group commits that it has skipped the letters of all other topics.
    for (const target of to?.split(',') ?? [])
      await unlessInterrupted(interrupted, () => partitionsOf(cluster(), target))
    const group = flags.text('group') ?? groupFor(flags)
    const letters = consumer(cluster(), {
      'auto.offset.reset': 'earliest',
      'enable.partition.eof': true,
      ...(list ? { subscription: partitions } : { 'group.id': group, subscription: subscribe(topic) })
    })
    const stop = (): void => {
      void letters.drain()
    }
    interrupted.addEventListener('abort', stop)
    drainAtEnd(letters, stop)
    printProblems(letters, given.say)
    try {
      await (list ? show(letters, given) : replay(letters, { topic, group, to: to ?? '' }, given))
    } finally {
      interrupted.removeEventListener('abort', stop)
    }
    return interrupted.aborted ? exitCode.interrupted : exitCode.done
  }
}

type Given = Parameters<Command['run']>[0]

/** Each selection has a group of its own, since letters that one leaves out may match another. */
const groupFor = (flags: Flags): string =>
  ['ackstream-replay', flags.text('fault'), flags.text('key')].filter((part) => part !== undefined).join('.')

const partitionsOf = async (cluster: Cluster, topic: string): Promise<Subscribed> => {
  const admin = cluster.admin()
  try {
    const [described] = await admin.describeTopics([topic])
    return assign((described?.partitions ?? []).map(({ partition }) => ({ topic, partition, from: 'beginning' })))
  } finally {
    admin.close()
  }
}

const hasCommitted = async (cluster: Cluster, group: string, topic: string): Promise<boolean> => {
  const admin = cluster.admin()
  try {
    return (await admin.fetchOffsets(group)).some((one) => one.topic === topic && (one.offset ?? 0n) > 0n)
  } finally {
    admin.close()
  }
}

/** Drains when everything that exists has been read. */
const drainAtEnd = (letters: Consumer, stop: () => void): void => {
  const open = new Set<number>()
  let seen = false
  letters.rebalances.subscribe((event) => {
    if (event._tag !== 'assigned') return
    for (const { partition } of event.gained) open.add(partition)
    seen = true
  })
  letters.events.subscribe((event) => {
    if (event._tag !== 'end reached') return
    open.delete(event.partition)
    if (seen && open.size === 0) stop()
  })
}

const chosenBy = (flags: Flags): NonNullable<ReplayOptions['only']> => {
  const [fault, key] = [flags.text('fault'), flags.text('key')]
  return (letter, record) =>
    (fault === undefined || letter.fault === fault || letter.reason.includes(fault)) &&
    (key === undefined || textOf(record.key) === key)
}

const textOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : new TextDecoder().decode(bytes))

const show = async (letters: Consumer, { flags, output, say, json }: Given): Promise<void> => {
  const only = chosenBy(flags)
  let count = 0
  const shown = writeTo((record: ConsumerRecord) => {
    const letter = deadLetterOf(record)
    if (letter === null || !only(letter, record)) return
    count++
    const key = textOf(record.key)
    if (json) output.json({ ...letter, key, offsetOfLetter: record.offset })
    else {
      const { topic, partition, offset, attempts, reason } = letter
      output.line(
        `${topic}/${String(partition)} offset ${offset.toString()}, key ${key ?? 'null'}, attempts ${String(attempts)}: ${reason}`
      )
    }
  })
  await done(letters.pipe(eachPartition((partition) => partition.pipe(shown, ack()))))
  if (!json) say(`${String(count)} letters`)
}

const replay = async (
  letters: Consumer,
  { topic, group, to }: { readonly topic: string; readonly group: string; readonly to: string },
  { flags, cluster, output, say, json }: Given
): Promise<void> => {
  const counts = { replayed: 0, skipped: 0 }
  const isFirstRun = !(await hasCommitted(cluster(), group, topic))
  letters.events.subscribe((event) => {
    if (event._tag !== 'skipped') return
    counts.skipped++
    say(`skipped ${topic}/${String(event.partition)} offset ${event.offset.toString()}: ${describeFault(event.fault)}`)
  })
  const options = {
    topics: to.split(','),
    only: chosenBy(flags),
    attempts: flags.whole('attempts', 1) ?? 3,
    onFailure: 'skip' as const
  }
  const replayed = (partition: PartitionStream): Observable<unknown> =>
    partition.pipe(
      replayDeadLetters(cluster(), options),
      tap(() => counts.replayed++),
      commit()
    )
  await done(letters.pipe(eachPartition(replayed)))
  if (json) output.json({ topic, ...counts })
  else say(`${String(counts.replayed)} replayed, ${String(counts.skipped)} skipped`)
  if (counts.replayed === 0 && counts.skipped === 0 && !isFirstRun)
    say(
      `no letter is new to ${group}, which has processed the others: offsets reset ${group} --to beginning --execute begins again`
    )
}

const done = (work: Observable<unknown>): Promise<unknown> => lastValueFrom(work, { defaultValue: null })
