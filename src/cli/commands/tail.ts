import { tap } from 'rxjs'
import { assign } from '../../config/assign.js'
import type { ConsumerRecord } from '../../model/consumer-record.js'
import { reasonOf } from '../../model/printable.js'
import type { StartPosition } from '../../model/position.js'
import { ack } from '../../operators/ack.js'
import { eachPartition } from '../../operators/each-partition.js'
import { consumer, type Consumer } from '../../sources/consumer/consumer.js'
import { type Command, type CommandContext, type ExitCode, exitCode } from '../command.js'
import { unlessInterrupted } from '../interruption.js'
import { logBounds } from '../log-bounds.js'
import { type LogPlace, logPlaceOf, placeUsage, positionAt } from '../places.js'
import { filterOf, RecordPrinter } from '../record-printer.js'
import { printProblems } from '../print-problems.js'
import { UsageError } from '../usage-error.js'

export const tail: Command = {
  name: 'tail',
  endsInOrder: true,
  summary: 'prints the records of a topic and follows it, without a group',
  usage: `ackstream tail TOPIC [flags]

  --from PLACE          ${placeUsage}; default end
  --to PLACE            where to stop: now, an offset or a time, but not beyond the end of the log; default: follow the topic
  --max N               stop after N records
  --partition N[,N…]    only these partitions
  --show FIELDS         some of topic,partition,offset,time,key,value,headers, printed with tabs between; default value
  --key FORMAT, --value FORMAT
                        text, json, hex or base64; default text
  --grep REGEXP         only records whose value matches
  --where PATH=VALUE    only records whose JSON value has this field, such as customer.id=42
  --committed           no records of open or aborted transactions`,
  flags: {
    from: { type: 'string' },
    to: { type: 'string' },
    max: { type: 'string' },
    partition: { type: 'string' },
    show: { type: 'string' },
    key: { type: 'string' },
    value: { type: 'string' },
    grep: { type: 'string' },
    where: { type: 'string', multiple: true },
    committed: { type: 'boolean' }
  },
  run: async (context) => {
    const { flags, output, now } = context
    const [topic, ...more] = flags.names
    if (topic === undefined || more.length > 0) throw new UsageError('tail takes one topic')
    const from = logPlaceOf('from', flags.text('from') ?? 'end', now())
    const to = flags.has('to')
      ? logPlaceOf('to', flags.text('to') === 'now' ? 'end' : (flags.text('to') ?? ''), now())
      : null
    const { starts, ends } = await unlessInterrupted(context.interrupted, () =>
      placesOf(context, topic, from, to !== null)
    )
    const source = consumer(context.cluster(), {
      subscription: assign(starts),
      'isolation.level': flags.isSet('committed') ? 'read_committed' : 'read_uncommitted',
      'enable.partition.eof': true,
      maxInFlight: 100_000
    })
    const run = new TailRun(context, source, { starts, to, ends, max: flags.whole('max', 1) ?? Infinity })
    const code = await run.through()
    await output.room()
    return code
  }
}

interface TailLimits {
  readonly starts: readonly StartPosition[]
  readonly to: LogPlace | null
  /** the end of each partition's log when the command began */
  readonly ends: ReadonlyMap<number, bigint> | null
  readonly max: number
}

class TailRun {
  private readonly context: CommandContext
  private readonly source: Consumer
  private readonly limits: TailLimits
  private readonly printer: RecordPrinter
  private readonly matches: (record: ConsumerRecord) => boolean
  private readonly open: Set<number>
  private shown = 0
  private isOver = false
  private isPaused = false

  constructor(context: CommandContext, source: Consumer, limits: TailLimits) {
    this.context = context
    this.source = source
    this.limits = limits
    this.printer = new RecordPrinter(context)
    this.matches = filterOf(context.flags)
    this.open = new Set(limits.starts.map(({ partition }) => partition))
    for (const [partition, end] of limits.ends ?? []) if (end === 0n) this.open.delete(partition)
  }

  async through(): Promise<ExitCode> {
    const { source, context } = this
    if (this.open.size === 0) return exitCode.done
    const { interrupted, output } = context
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        void source.close()
      }
      interrupted.addEventListener('abort', stop)
      void output.closed.then(stop)
      printProblems(source, context.say)
      source.events.subscribe((event) => {
        if (event._tag === 'end reached') {
          output.flush()
          if (event.offset >= (this.limits.ends?.get(event.partition) ?? Infinity)) this.ended(event.partition)
        }
      })
      source
        .pipe(
          eachPartition((partition) =>
            partition.pipe(
              tap((record) => this.take(record)),
              ack()
            )
          )
        )
        .subscribe({
          error: (error: unknown) => {
            interrupted.removeEventListener('abort', stop)
            reject(error instanceof Error ? error : new Error(reasonOf(error)))
          },
          complete: () => {
            interrupted.removeEventListener('abort', stop)
            resolve(interrupted.aborted ? exitCode.interrupted : exitCode.done)
          }
        })
    })
  }

  private take(record: ConsumerRecord): void {
    const { partition, offset } = record
    if (this.isOver || !this.open.has(partition)) return
    if (this.isBehind(record)) {
      this.ended(partition)
      return
    }
    if (this.matches(record)) {
      this.printer.print(record)
      this.shown++
    }
    if (this.shown >= this.limits.max) this.stop()
    else if (offset + 1n >= (this.limits.ends?.get(partition) ?? Infinity)) this.ended(partition)
    this.holdBack()
  }

  private isBehind({ offset, timestamp }: ConsumerRecord): boolean {
    const { to } = this.limits
    if (to?.at === 'offset') return offset >= to.offset
    return to?.at === 'time' && timestamp > to.timestamp
  }

  private ended(partition: number): void {
    this.open.delete(partition)
    if (this.open.size === 0) this.stop()
  }

  private stop(): void {
    if (this.isOver) return
    this.isOver = true
    void this.source.close()
  }

  /** Pauses while stdout does not accept more. */
  private holdBack(): void {
    const { output } = this.context
    if (!output.isHeldBack || this.isPaused) return
    this.isPaused = true
    this.source.pause()
    void output.room().then(() => {
      this.isPaused = false
      this.source.resume()
    })
  }
}

/** Where to begin, and with `--to` the current end of each log. */
const placesOf = async (
  context: CommandContext,
  topic: string,
  from: LogPlace,
  isBounded: boolean
): Promise<Pick<TailLimits, 'starts' | 'ends'>> => {
  const admin = context.cluster().admin()
  try {
    const [description] = await admin.describeTopics([topic])
    const all = (description?.partitions ?? []).map(({ partition }) => partition)
    const partitions = chosen(context.flags.text('partition'), all, topic)
    const places = partitions.map((partition) => ({ topic, partition }))
    const position = positionAt(from)
    if (position !== null && !isBounded)
      return { starts: places.map((place) => ({ ...place, from: position })), ends: null }
    const bounds = await logBounds(admin, places)
    const count = BigInt(from.at === 'last' ? from.count : 0)
    const starts = places.map((place, index): StartPosition => {
      const { logStart, logEnd } = bounds[index] ?? { logStart: 0n, logEnd: 0n }
      const last = logEnd - count
      return { ...place, from: position ?? { offset: last > logStart ? last : logStart } }
    })
    const ends = new Map(partitions.map((partition, index) => [partition, bounds[index]?.logEnd ?? 0n]))
    return { starts, ends: isBounded ? ends : null }
  } finally {
    admin.close()
  }
}

const chosen = (given: string | undefined, all: readonly number[], topic: string): readonly number[] => {
  if (given === undefined) return all
  return given.split(',').map((one) => {
    const partition = Number(one)
    if (!all.includes(partition) || one.trim() === '')
      throw new UsageError(`--partition: ${topic} has the partitions 0 to ${String(all.length - 1)}, not ${one}`)
    return partition
  })
}
