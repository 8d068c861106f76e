import type { Observable } from 'rxjs'
import type { Carried } from '../model/carried.js'
import type { Clock } from '../model/clock.js'
import type { DrainReport } from '../model/drain-report.js'
import type { ShareDrainReport } from '../model/share-drain-report.js'
import type { MemoryCluster } from '../sources/memory/memory-cluster.js'
import type { MarblePartition, MarblePartitionOptions } from './marble-partition.js'
import type { LettersExpectation, ObservableExpectation, SubscriptionExpectation } from './observables/expectations.js'
import type { SubscriptionLog } from './observables/notation.js'
import type { MarbleObservable } from './observables/test-observables.js'
import type { Outcome } from './play/outcome.js'
import type { AnyScenario } from './play/share-scenario.js'
import type { RunBudget } from './time/virtual-run.js'

/** How a marble test runs. */
export interface MarblesOptions {
  /** The duration of a column in milliseconds, in diagrams and in rxjs's marbles. @default 1 */
  readonly columnMs?: number
  /**
   * Whether the test fails if something is left at its end: unsettled records, records held by operators, timers, or subscribed
   * Observables.
   *
   * @default true
   */
  readonly leakCheck?: boolean
  /**
   * Whether the test fails if it compares nothing: no line with expected events, no `losesNothing`, no expectation, and no
   * closure returned by the body. `false` is for a test that checks something else afterwards.
   *
   * @default true
   */
  readonly compares?: boolean
  /** When a test counts as endless; it then fails with its events so far. */
  readonly budget?: RunBudget
}

/** A diagram that is being played. */
export interface ClusterPlay {
  /** The embedded cluster, for actions that diagrams do not have, and for checks afterwards. */
  readonly cluster: MemoryCluster
  /** The result so far. */
  readonly outcome: () => Outcome
  /** The letters of the records that the sink has written so far, in order. */
  readonly sunk: () => string
  /** The report of a member's last drain; null before it. */
  readonly report: (member: string) => DrainReport | null
  /** The same for a member of a share group. */
  readonly shareReport: (member: string) => ShareDrainReport | null
}

/** The tools in the body of a marble test. All share one virtual time. */
export interface MarbleTools {
  /** Plays a diagram: performs its actions, and compares its expected events at the end. */
  readonly cluster: (diagram: string, scenario: AnyScenario) => ClusterPlay
  /** A partition without a cluster: letters are delivered, `|` drains it, `#` fails it, `!` loses it. */
  readonly partition: (marbles: string, options?: MarblePartitionOptions) => MarblePartition
  /** As in rxjs: its time is the test's. */
  readonly hot: <A = string>(
    marbles: string,
    values?: Readonly<Record<string, A>>,
    error?: unknown
  ) => MarbleObservable<A>
  /** As in rxjs: its time begins with the subscription. */
  readonly cold: <A = string>(
    marbles: string,
    values?: Readonly<Record<string, A>>,
    error?: unknown
  ) => MarbleObservable<A>
  /** As in rxjs; subscribes at once, or as `unsubscription` says. */
  readonly expectObservable: (observable: Observable<unknown>, unsubscription?: string) => ObservableExpectation
  /** The same for records of `partition`, as their letters; a batch is its records in a group. */
  readonly expectRecords: (observable: Observable<Carried<unknown>>, unsubscription?: string) => LettersExpectation
  /** Expects which records are acknowledged, and when. */
  readonly expectAcks: (partition: MarblePartition) => LettersExpectation
  /** Expects which offsets are committed, and when, by the letter of the last record below each. */
  readonly expectCommits: (partition: MarblePartition) => LettersExpectation
  /** As in rxjs. */
  readonly expectSubscriptions: (logs: readonly SubscriptionLog[]) => SubscriptionExpectation
  /**
   * A line of the test itself in diagrams: returns a function that puts a letter into it, with a value that has to equal the
   * letter's entry in `values` of the scenario. Call it before the diagram, which has to show the line. The test fails for a
   * value without an entry in `values`, and for a letter with an entry but without a value, since nothing would be compared.
   */
  readonly mark: (line: string) => (letter: string, value?: unknown) => void
  /** The virtual time. */
  readonly clock: Clock
}

/**
 * The body of a marble test, which is not async. If it returns a closure, that is called at the end, after all comparisons, and
 * awaited if it is async.
 */
export type MarbleBody = (
  tools: MarbleTools
  // Before TypeScript 6 a body that returns nothing is not accepted as one that returns undefined.
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
) => (() => void | Promise<void>) | undefined | void

/** The result of `marbles`: runs when it is called, awaited, or returned to a test framework. */
export interface MarbleTest extends PromiseLike<void> {
  (): Promise<void>
}
