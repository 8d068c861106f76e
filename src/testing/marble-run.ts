import { refuseWrong } from '../model/check-arguments.js'
import { isPromiseLike } from '../model/is-promise-like.js'
import { problemsWithMarbles as problems } from './arguments/problems-with-marbles.js'
import type { BugTrial } from './bugs/planted-bug.js'
import { DiagramPlays } from './diagram-plays.js'
import { LateCalls } from './late-calls.js'
import { MarbleError } from './marble-error.js'
import type { MarblesOptions, MarbleTools } from './marble-tools.js'
import { OperatorTests } from './operator-tests.js'
import { ScopedClock } from './time/scoped-clock.js'
import { isOfTheDead } from './time/scopes.js'
import { foreignTimers } from './time/virtual-globals.js'
import type { BudgetError, VirtualRun } from './time/virtual-run.js'

const asyncBody =
  'the body of this marble test is async: time passes only after it has returned, so it cannot wait for anything. Say everything at once; what has to be awaited belongs into the pipeline, and what is looked at afterwards into a function that the body returns (that one may be async)'
const looksAtNothing = (given: unknown): string =>
  `the function that the body of this marble test returns gives ${typeof given === 'function' ? 'another function, which nobody calls' : 'false, which nobody looks at'}: say it with \`expect\` of your test framework`
const replacedTimers = (names: readonly string[]): string =>
  `${names.join(', ')} ${names.length === 1 ? 'was' : 'were'} replaced while this marble test ran, as by fake timers of a test framework: it has a virtual time of its own. Install and remove such timers outside of it; it runs with them, and does not need them`
const escapedText = (error: unknown): string =>
  `nobody has handled an error, which would end the process (a promise that is not returned, or a listener): ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`
const comparesNothing =
  'this test compares nothing: the diagram has no line that says what has to come of it, the body expects nothing and returns no closure. { compares: false } says that it is meant so'

/** The purpose of a test run, and where it was created. */
export interface RunPurpose {
  readonly madeAt: Error
  /** The planted bug, if any. */
  readonly trial: BugTrial | null
  /** Whether its diagram was generated: then it need not use all of the scenario, and not all of its lines need act. */
  readonly isSearch: boolean
}

/** The tools of one run, as functions that tests destructure. */
const toolsOf = (plays: DiagramPlays, operators: OperatorTests, late: LateCalls): Omit<MarbleTools, 'clock'> => ({
  cluster: (source, scenario) => {
    late.refuse('cluster')
    refuseWrong(problems.cluster(source, scenario))
    return plays.cluster(source, scenario)
  },
  partition: (source, options) => {
    refuseWrong(problems.partition(source, options))
    return operators.partition(source, options)
  },
  hot: (source, values, error) => {
    refuseWrong(problems.observable('hot', source, values))
    return operators.hot(source, values, error)
  },
  cold: (source, values, error) => {
    refuseWrong(problems.observable('cold', source, values))
    return operators.cold(source, values, error)
  },
  expectObservable: (observable, unsubscription) => {
    late.refuse('expectObservable')
    refuseWrong(problems.expected('expectObservable', observable, unsubscription))
    return operators.expectObservable(observable, unsubscription)
  },
  expectRecords: (observable, unsubscription) => {
    late.refuse('expectRecords')
    refuseWrong(problems.expected('expectRecords', observable, unsubscription))
    return operators.expectRecords(observable, unsubscription)
  },
  expectAcks: (partition) => {
    late.refuse('expectAcks')
    refuseWrong(problems.of('expectAcks', partition))
    return operators.expectAcks(partition)
  },
  expectCommits: (partition) => {
    late.refuse('expectCommits')
    refuseWrong(problems.of('expectCommits', partition))
    return operators.expectCommits(partition)
  },
  expectSubscriptions: (logs) => {
    late.refuse('expectSubscriptions')
    refuseWrong(problems.subscriptions(logs))
    return operators.expectSubscriptions(logs)
  },
  mark: (line) => {
    late.refuse('mark')
    refuseWrong(problems.mark(line))
    plays.addMark(line)
    return (letter, ...value) => {
      refuseWrong(problems.marked(letter))
      // The promises of a dead process cannot be stopped; what they do is ignored.
      if (!isOfTheDead()) plays.mark(line, letter, value)
    }
  }
})

/** One run of a marble test, from its body to its verdict. */
export class MarbleRun {
  readonly tools: MarbleTools
  private readonly run: VirtualRun
  private readonly clock: ScopedClock
  private readonly options: Required<Pick<MarblesOptions, 'leakCheck' | 'compares'>>
  private readonly purpose: RunPurpose
  private readonly plays: DiagramPlays
  private readonly operators: OperatorTests
  private readonly late: LateCalls

  constructor(
    run: VirtualRun,
    { columnMs = 1, leakCheck = true, compares = true }: MarblesOptions,
    purpose: RunPurpose
  ) {
    const { isSearch, madeAt, trial } = purpose
    this.run = run
    this.options = { leakCheck, compares }
    this.purpose = purpose
    this.clock = new ScopedClock(run.clock)
    this.plays = new DiagramPlays(run, { columnMs, leakCheck, trial, isSearch })
    this.operators = new OperatorTests(this.clock, run.clock, columnMs)
    this.late = new LateCalls(madeAt)
    this.tools = { ...toolsOf(this.plays, this.operators, this.late), clock: this.clock }
  }

  /** @throws MarbleError if the body has returned something other than a closure */
  refuseNoClosure(given: unknown): void {
    if (given === undefined || typeof given === 'function') return
    if (!isPromiseLike(given)) refuseWrong(problems.returned(given))
    // The promise should not have been returned, so its error is ignored.
    void Promise.resolve(given).catch(() => undefined)
    this.throwIf([asyncBody])
  }

  /** Calls the closure that the body has returned, and awaits it if it is async. */
  async closing(after: () => unknown): Promise<void> {
    const given = after()
    if (given === false || typeof given === 'function') this.throwIf([looksAtNothing(given)])
    if (!isPromiseLike(given)) return
    let isOver = false
    const ended = Promise.resolve(given).finally(() => {
      isOver = true
    })
    ended.catch(() => undefined)
    await this.run.untilSo(() => isOver, Infinity)
    await ended
    await this.oneTurn()
    this.throwIf(this.escaped)
  }

  /** @throws MarbleError if fake timers have taken the place of virtual time: nothing would happen any more, or at once */
  refuseForeignTimers(): void {
    const names = foreignTimers()
    if (names.length > 0) this.throwIf([replacedTimers(names)])
  }

  /** The error of a test that was stopped early: the reason, and its progress. */
  cutShort({ message }: BudgetError): MarbleError {
    return new MarbleError(
      [`${message}, at ${String(this.run.clock.now())} ms`, ...this.plays.soFar()].join('\n\n'),
      this.purpose.madeAt
    )
  }

  /** Cleans up after dead processes. */
  bury(): void {
    this.plays.bury()
  }

  /** Lets time pass, and compares. */
  async through(looksAfterwards: boolean): Promise<void> {
    const { late, operators, plays, run } = this
    late.timePasses()
    this.throwIf(plays.check())
    await run.until(plays.endMs)
    this.throwIf([...this.escaped, ...plays.faults(), ...operators.failures()])
    this.throwIf(await plays.losses())
    this.throwIf(late.faults)
    plays.sayWhatWasNotCompared()
    const leaks = this.options.leakCheck ? await this.leaks() : []
    this.throwIf([...plays.drainFailures(), ...leaks])
    this.throwIf(plays.drainFaults())
    this.throwIf(plays.idleLines())
    await this.oneTurn()
    this.throwIf(this.escaped)
    const comparesSomething = operators.count > 0 || plays.areComparing
    if (!looksAfterwards && this.options.compares && !comparesSomething) this.throwIf([comparesNothing])
  }

  /** Errors that nobody has handled are known a turn later. */
  private async oneTurn(): Promise<void> {
    await this.run.untilSo(() => true, Infinity)
  }

  private get escaped(): readonly string[] {
    return this.run.escaped.map(escapedText)
  }

  private async leaks(): Promise<readonly string[]> {
    const { operators, plays, run } = this
    const ofMembers = await plays.leaks()
    await run.untilSo(() => this.clock.pending === 0, Infinity)
    const left = [...ofMembers, ...operators.leaks()].map((leak) => `left at the end: ${leak}`)
    return left.length === 0 ? left : [...left, ...plays.hung()]
  }

  private throwIf(faults: readonly string[]): void {
    if (faults.length > 0) throw new MarbleError(faults.join('\n'), this.purpose.madeAt)
  }
}
