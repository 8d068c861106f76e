import { type Observable, Subscription } from 'rxjs'
import { runningPrograms } from '../internal/running-programs.js'
import { collectSources, type EndableSource } from '../internal/subscribed-sources.js'
import type { Acknowledging } from '../model/acknowledged.js'
import {
  aList,
  aLogger,
  milliseconds,
  optional,
  problemsWith,
  problemsWithOptions,
  refuseWrong
} from '../model/check-arguments.js'
import type { DrainReport } from '../model/drain-report.js'
import { line } from '../model/line.js'
import type { PartitionDrainReport } from '../model/rebalance-event.js'
import type { PartitionFates, ShareDrainReport } from '../model/share-drain-report.js'
import { logTo } from '../observability/log-to.js'
import { type Logger, type LogFields, type LogLevel, styleOf, writeLine } from '../observability/logger.js'
import { partitionsOf, thrownReason } from '../observability/notice.js'

/** Signals that end a program. */
export type EndSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT'

/** How `run` ends a program. */
export interface RunOptions {
  /** The first of these drains the consumers, the second aborts. @default ['SIGTERM', 'SIGINT'] */
  readonly signals?: readonly EndSignal[]
  /** How long the first signal waits for records in flight. @default `drain.timeout.ms` of each consumer */
  readonly drainTimeoutMs?: number
  /** Gets the consumers' events, and how the program ended, as with `logTo`. @default nowhere */
  readonly logger?: Logger
}

type Report = DrainReport | ShareDrainReport

/** How the program ended. */
export interface RunResult {
  /**
   * 0: drained or completed; 1: failed, or not drained in time; 128 plus the signal's number: aborted by the second
   * signal
   */
  readonly exitCode: number
  /** of each consumer and share consumer that was drained */
  readonly reports: readonly Report[]
  /** what the pipeline failed with, a `ConsumerError` as a rule; left out if it did not fail */
  readonly error?: unknown
}

interface Host {
  exitCode?: number | string | undefined
  on(signal: string, listener: (signal: string) => void): unknown
  removeListener(signal: string, listener: (signal: string) => void): unknown
  exit(code: number): unknown
}

const numbers: Readonly<Record<EndSignal, number>> = { SIGHUP: 1, SIGINT: 2, SIGQUIT: 3, SIGTERM: 15 }

/**
 * Runs a pipeline as the main program of a process: subscribes to it, and ends it when the orchestrator sends a signal.
 *
 * - The first signal drains the pipeline's consumers: they stop reading, finish and commit records in flight, and leave
 *   the group. The second aborts: settled records are committed, and the process exits.
 * - Sets `process.exitCode`, of programs that run at the same time to the highest of theirs, and calls `exit` only when
 *   it is aborted: close other open resources (an HTTP server) once the promise has resolved.
 * - A pipeline whose records are never acknowledged does not compile, as in `eachPartition`.
 * - Never rejects: a pipeline's error is logged and in the result, and the exit code is 1.
 *
 * @throws ConsumerError with a `ConfigFault` for invalid arguments
 *
 * @example
 * await run(orders.pipe(eachPartition(pipeline)), { logger: console, drainTimeoutMs: 25_000 })
 */
export function run<R>(pipeline: Observable<R> & Acknowledging<R>, options: RunOptions = {}): Promise<RunResult> {
  refuseWrong(
    problemsWith('run: pipeline', pipeline, aStream),
    problemsWithOptions('run', options, {
      signals: optional(someSignals),
      drainTimeoutMs: optional(milliseconds),
      logger: optional(aLogger)
    })
  )
  return untilEnded(pipeline, options)
}

const untilEnded = async (pipeline: Observable<unknown>, options: RunOptions): Promise<RunResult> => {
  const { signals = ['SIGTERM', 'SIGINT'] } = options
  const host = (globalThis as { readonly process?: Host }).process
  const running = new RunningPipeline(pipeline, options, host)
  const onSignal = (signal: string): void => {
    running.signalled(signal as EndSignal)
  }
  for (const signal of signals) host?.on(signal, onSignal)
  const programs = runningPrograms()
  if (programs.count++ === 0) programs.exitCode = 0
  programs.hasRun = true
  const result = await running.ended
  programs.count--
  programs.exitCode = Math.max(programs.exitCode, result.exitCode)
  for (const signal of signals) host?.removeListener(signal, onSignal)
  if (host !== undefined) host.exitCode = programs.exitCode
  return result
}

class RunningPipeline {
  readonly ended: Promise<RunResult>
  private readonly options: RunOptions
  private readonly host: Host | undefined
  private readonly logs = new Subscription()
  private readonly sources: ReadonlySet<EndableSource>
  private readonly pipeline = new Subscription()
  private draining: Promise<readonly Report[]> | null = null
  private aborted = false
  private over = false
  private end: (result: RunResult) => void = () => undefined

  constructor(pipeline: Observable<unknown>, options: RunOptions, host: Host | undefined) {
    this.options = options
    this.host = host
    this.ended = new Promise((resolve) => {
      this.end = (result) => {
        this.logs.unsubscribe()
        this.pipeline.unsubscribe()
        resolve(result)
      }
    })
    this.sources = collectSources(() => {
      this.pipeline.add(
        pipeline.subscribe({
          error: (error: unknown) => void this.failed(error),
          complete: () => void this.completed()
        })
      )
    })
    // Not too late: sources begin on a later turn.
    const { logger } = options
    if (logger === undefined) return
    for (const source of this.sources) if (isLogged(source)) this.logs.add(logTo(source, logger))
  }

  signalled(signal: EndSignal): void {
    if (this.draining === null) this.drain(signal)
    else void this.abort(signal)
  }

  private drain(signal: EndSignal): void {
    const { drainTimeoutMs: timeoutMs } = this.options
    this.say('info', `${signal}: draining; the next signal aborts`)
    const options = timeoutMs === undefined ? {} : { timeoutMs }
    const drains = [...this.sources].map((source) => source.drain(options) as Promise<Report>)
    this.draining = Promise.all(drains)
    // Streams that are merged with the pipeline may never end.
    void this.draining.then(() => {
      this.pipeline.unsubscribe()
      void this.completed()
    })
  }

  private async abort(signal: EndSignal): Promise<void> {
    if (this.aborted) {
      this.host?.exit(128 + numbers[signal])
      return
    }
    this.aborted = true
    this.say('warn', `${signal} again: aborting`)
    await Promise.all([...this.sources].map((source) => source.close()))
    const exitCode = 128 + numbers[signal]
    this.end({ exitCode, reports: (await this.draining) ?? [] })
    // Otherwise a hanging handler would keep the process alive.
    this.host?.exit(exitCode)
  }

  private async completed(): Promise<void> {
    if (this.aborted) return
    const reports = (await this.draining) ?? []
    if (!this.isFirst()) return
    const isDrained = reports.every(({ outcome }) => outcome === 'drained')
    if (this.draining !== null) this.report(reports, isDrained)
    this.end({ exitCode: isDrained ? 0 : 1, reports })
  }

  private async failed(error: unknown): Promise<void> {
    if (this.aborted) return
    const reports = (await this.draining) ?? []
    if (!this.isFirst()) return
    this.say('error', line`failed: ${thrownReason(error)}`.text)
    this.end({ exitCode: 1, reports, error })
  }

  /** True on the first call: a finished drain and a completed pipeline count as one end. */
  private isFirst(): boolean {
    const isFirst = !this.aborted && !this.over
    this.over = true
    return isFirst
  }

  private report(reports: readonly Report[], isDrained: boolean): void {
    const partitions = reports.flatMap(
      (report) => report.partitions as readonly (PartitionDrainReport | PartitionFates)[]
    )
    const repeated = partitions.reduce((sum, one) => sum + ('fates' in one ? one.released + one.lost : one.repeated), 0)
    const left = partitions.filter(isLeftOver)
    const words = isDrained ? 'drained' : [...new Set(reports.map(({ outcome }) => outcome))].join(', ')
    const which = left.length === 0 ? line`${partitionsOf(partitions)}` : line`${partitionsOf(left)}: ${outcomes(left)}`
    this.say(isDrained ? 'info' : 'warn', line`${words}: ${which}, ${repeated} records are delivered again`.text)
  }

  private say(level: LogLevel, text: string): void {
    const { logger } = this.options
    const fields: LogFields = { source: 'run' }
    if (logger !== undefined) writeLine(logger, styleOf(logger), level, `run: ${text}`, fields)
  }
}

/** Whether records of it are delivered again. */
const isLeftOver = (one: PartitionDrainReport | PartitionFates): boolean =>
  'fates' in one ? one.released + one.lost > 0 : one.outcome !== 'drained' && one.outcome !== 'not subscribed'

const outcomes = (partitions: readonly (PartitionDrainReport | PartitionFates)[]): string =>
  [...new Set(partitions.map((one) => ('fates' in one ? 'released' : one.outcome)))].join(', ')

const isLogged = (source: object): source is Parameters<typeof logTo>[0] & EndableSource => 'events' in source

const aStream = {
  allowed: 'an Observable: a consumer and its operators',
  holds: (given: unknown): boolean =>
    typeof given === 'object' && given !== null && 'subscribe' in given && typeof given.subscribe === 'function'
}
const someSignals = {
  allowed: `a list of ${Object.keys(numbers).join(', ')}`,
  holds: (given: unknown): boolean => aList.holds(given) && (given as readonly string[]).every((one) => one in numbers)
}
