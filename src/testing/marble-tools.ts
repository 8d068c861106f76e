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
   * Whether the test fails when something is left at its end: records that were never settled, operators that keep some,
   * timers, observables that are still subscribed to.
   *
   * @default true
   */
  readonly leakCheck?: boolean
  /**
   * Whether the test fails when it compares nothing: no line that says what has to come of it, no `losesNothing`, no
   * expectation, and no closure that the body returns. `false` is for a test that looks at something else after it.
   *
   * @default true
   */
  readonly compares?: boolean
  /** When a test counts as one that never ends; it fails then with what has happened so far. */
  readonly budget?: RunBudget
}

/** A diagram that is being played. */
export interface ClusterPlay {
  /** The embedded cluster, to do what no line of a diagram says, and to look at afterwards. */
  readonly cluster: MemoryCluster
  /** What has come of it until now. */
  readonly outcome: () => Outcome
  /** What the sink has got until now, in order: letters. */
  readonly sunk: () => string
  /** What the last drain of a member has come to; null before. */
  readonly report: (member: string) => DrainReport | null
  /** The same for a member of a share group. */
  readonly shareReport: (member: string) => ShareDrainReport | null
}

/** What the body of a marble test works with. Everything is of one virtual time. */
export interface MarbleTools {
  /** Plays a diagram: what it says is done is done, and what it says has to come of it is compared at the end. */
  readonly cluster: (diagram: string, scenario: AnyScenario) => ClusterPlay
  /** A partition without a cluster: letters are delivered, `|` drains it, `#` fails it, `!` loses it. */
  readonly partition: (marbles: string, options?: MarblePartitionOptions) => MarblePartition
  /** As in rxjs: its time is the test's. */
  readonly hot: <A = string>(
    marbles: string,
    values?: Readonly<Record<string, A>>,
    error?: unknown
  ) => MarbleObservable<A>
  /** As in rxjs: its time begins when it is subscribed to. */
  readonly cold: <A = string>(
    marbles: string,
    values?: Readonly<Record<string, A>>,
    error?: unknown
  ) => MarbleObservable<A>
  /** As in rxjs; it is subscribed to at once, or as `unsubscription` says. */
  readonly expectObservable: (observable: Observable<unknown>, unsubscription?: string) => ObservableExpectation
  /** The same for records of `partition`, as their letters; a batch is its records in a group. */
  readonly expectRecords: (observable: Observable<Carried<unknown>>, unsubscription?: string) => LettersExpectation
  /** Which records are acknowledged, and when. */
  readonly expectAcks: (partition: MarblePartition) => LettersExpectation
  /** Which offsets are stored, and when: the letter of the last record below. */
  readonly expectCommits: (partition: MarblePartition) => LettersExpectation
  /** As in rxjs. */
  readonly expectSubscriptions: (logs: readonly SubscriptionLog[]) => SubscriptionExpectation
  /**
   * A line of the test's own in diagrams: gives how to put a letter into it, with a value that has to be the one which
   * `values` of the scenario has for that letter. It comes before the diagram, which has to show the line. A value without an
   * entry in `values`, and an entry without a value, would be compared with nothing, and fail the test.
   */
  readonly mark: (line: string) => (letter: string, value?: unknown) => void
  /** The virtual time. */
  readonly clock: Clock
}

/**
 * The body of a marble test, which is not async. What it returns is called at the end, when everything has come true, and
 * awaited if it is async.
 */
export type MarbleBody = (
  tools: MarbleTools
  // Before TypeScript 6 a body that returns nothing is not taken for one that returns undefined.
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
) => (() => void | Promise<void>) | undefined | void

/** What `marbles` gives: it runs when it is called, and when it is awaited or returned to a test framework. */
export interface MarbleTest extends PromiseLike<void> {
  (): Promise<void>
}
