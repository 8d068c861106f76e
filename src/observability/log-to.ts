import { type Observable, Subscription } from 'rxjs'
import { inBackground, realClock } from '../internal/real-clock.js'
import { nameOfSource } from '../internal/source-names.js'
import {
  aLogger,
  aText,
  milliseconds,
  optional,
  problemsWith,
  problemsWithOptions,
  refuseWrong
} from '../model/check-arguments.js'
import type { AcknowledgementEvent } from '../model/acknowledgement-event.js'
import type { ClusterEvent } from '../model/cluster-event.js'
import type { CommitEvent } from '../model/commit-event.js'
import type { ConsumerEvent } from '../model/consumer-event.js'
import type { ConsumerPhase } from '../model/consumer-status.js'
import { line } from '../model/line.js'
import type { ProducerEvent } from '../model/producer-event.js'
import type { RebalanceEvent } from '../model/rebalance-event.js'
import { describeClusterEvent } from './cluster-notices.js'
import { describeConsumerEvent } from './consumer-notices.js'
import { describeCommitEvent, describeRebalanceEvent } from './rebalance-notices.js'
import { describeAcknowledgement } from './share-notices.js'
import { Folding, type LogLine } from './folding.js'
import { type Logger, type LogLevel, logLevels, type LogStyle, styleOf, writeLine } from './logger.js'
import type { Notice } from './notice.js'
import { describeProducerEvent } from './producer-notices.js'

/** The streams of a consumer to log. */
export interface ConsumerSource {
  readonly events: Observable<ConsumerEvent>
  readonly rebalances: Observable<RebalanceEvent>
  readonly commits: Observable<CommitEvent>
}

/** The streams of a share consumer to log. */
export interface ShareConsumerSource {
  readonly events: Observable<ConsumerEvent>
  readonly acknowledgements: Observable<AcknowledgementEvent>
}

/** The streams of a producer to log. */
export interface ProducerSource {
  readonly events: Observable<ProducerEvent>
}

/** The streams of a cluster to log. */
export interface ClusterSource {
  readonly _tag: 'Cluster'
  readonly events: Observable<ClusterEvent>
}

/** Whatever has streams to log. */
type LoggedSource = ConsumerSource | ShareConsumerSource | ProducerSource | ClusterSource

/** What `logTo` logs, and how. */
export interface LogToOptions {
  /** The lowest level that is logged. @default 'info' */
  readonly level?: LogLevel
  /** How the logger is called. @default by its methods: pino and bunyan 'fields first', console 'text only', else 'text first' */
  readonly style?: LogStyle
  /** The beginning of each line. @default 'consumer' and its group.id, 'producer', 'cluster' */
  readonly name?: string
  /** Repeated notices are folded into one line in this many ms. @default 30000 */
  readonly foldMs?: number
}

/**
 * Logs what a consumer, a share consumer, a producer or a cluster reports, one line per event: what happened, where, and what to do about
 * it. The library itself prints nothing; use this to see its events.
 *
 * - The first of its kind is logged at once. Repeated ones are folded: `reconnecting to b1:9092, 12th time in 30 s: …`;
 *   if many partitions have the same trouble, a few are named and the others counted.
 * - Levels: `error` for what has stopped, is lost or has ended by a failure, `warn` for what recovers or was skipped,
 *   `info` for assignments and the end, `debug` for commits and for revocations that begin.
 * - Fields (pino, winston) are those of the event: texts, numbers and booleans. They never include keys, values,
 *   headers or secrets; external text is escaped and cut.
 * - If a logger throws, or rejects, its line is lost and nothing else: the first time the process emits a warning
 *   (`ACKSTREAM_LOGGER`).
 *
 * `unsubscribe()` ends it and logs what was folded until then. It keeps no process alive.
 *
 * @throws ConsumerError with a `ConfigFault` for an invalid source, logger or option
 *
 * @example
 * const orders = consumer(cluster, config)
 * logTo(orders, console) // or logTo(orders, pino())
 */
export const logTo = (source: LoggedSource, logger: Logger, options: LogToOptions = {}): Subscription => {
  refuseWrong(
    problemsWith('logTo: source', source, aSource),
    problemsWith('logTo: logger', logger, aLogger),
    problemsWithOptions('logTo', options, {
      level: optional(aLevel),
      style: optional(aStyle),
      name: optional(aText),
      foldMs: optional(milliseconds)
    })
  )
  return new LogWriter(source, logger, options).open(source)
}

class LogWriter {
  private readonly logger: Logger
  private readonly style: LogStyle
  private readonly level: number
  private readonly name: string
  private readonly foldMs: number
  private readonly folding: Folding
  private timer: (() => void) | null = null

  constructor(source: object, logger: Logger, options: LogToOptions) {
    const { level = 'info', style = styleOf(logger), foldMs = 30_000, name } = options
    this.logger = logger
    this.style = style
    this.level = logLevels.indexOf(level)
    this.name =
      name ?? nameOfSource(source) ?? ('commits' in source ? 'consumer' : '_tag' in source ? 'cluster' : 'producer')
    this.foldMs = foldMs
    this.folding = new Folding(foldMs)
  }

  open(source: LoggedSource): Subscription {
    const subscription = new Subscription(() => {
      this.timer?.()
      this.writeDue('all')
    })
    const log = <E>(events: Observable<E>, describe: (event: E) => Notice): void => {
      subscription.add(
        events.subscribe((event) => {
          this.said(describe(event))
        })
      )
    }
    if ('commits' in source) {
      log(source.events, describeConsumerEvent)
      // What was folded belongs before the last line: the process may end with it.
      subscription.add(
        source.rebalances.subscribe(({ _tag }) => {
          if ((_tag === 'revoked' || _tag === 'lost') && isEnding(source)) this.writeDue('all')
        })
      )
      log(source.rebalances, describeRebalanceEvent)
      log(source.commits, describeCommitEvent)
    } else if ('acknowledgements' in source) {
      log(source.events, describeConsumerEvent)
      log(source.acknowledgements, describeAcknowledgement)
    } else if ('_tag' in source) log(source.events, describeClusterEvent)
    else log(source.events, describeProducerEvent)
    return subscription
  }

  private said(notice: Notice): void {
    if (logLevels.indexOf(notice.level) < this.level) return
    const due = this.folding.take(notice, realClock.now())
    if (due !== null) this.write(due)
    this.arm()
  }

  private arm(): void {
    if (this.timer !== null || !this.folding.isPending) return
    this.timer = inBackground(this.foldMs, () => {
      this.timer = null
      this.writeDue('what is over')
      this.arm()
    })
  }

  private writeDue(which: 'what is over' | 'all'): void {
    for (const due of this.folding.due(realClock.now(), which === 'all')) this.write(due)
  }

  private write({ level, text, notice, times }: LogLine): void {
    const fields = { source: this.name, ...notice?.fields, ...(times > 1 ? { times } : {}) }
    writeLine(this.logger, this.style, level, line`${this.name}: ${text}`.text, fields)
  }
}

/** A consumer that gives its partitions up for good. */
const isEnding = (source: object): boolean =>
  'status' in source && typeof source.status === 'function' && endings.has((source as StatusSource).status().phase)
interface StatusSource {
  status(): { readonly phase: ConsumerPhase }
}
const endings: ReadonlySet<ConsumerPhase> = /*#__PURE__*/ new Set<ConsumerPhase>([
  'draining',
  'leaving',
  'left',
  'stopped'
])

const isObject = (given: unknown): given is Readonly<Record<string, unknown>> =>
  typeof given === 'object' && given !== null

const aSource = {
  allowed: 'a consumer, a share consumer, a producer or a cluster (of a transactional producer, its cluster)',
  holds: (given: unknown): boolean =>
    isObject(given) && isObject(given['events']) && typeof given['events']['subscribe'] === 'function'
}
const aLevel = {
  allowed: logLevels.join(', '),
  holds: (given: unknown): boolean => logLevels.some((level) => level === given)
}
const styles: readonly unknown[] = ['fields first', 'text first', 'text only']
const aStyle = { allowed: styles.join(', '), holds: (given: unknown): boolean => styles.includes(given) }
