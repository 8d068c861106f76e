import { refuseWrong } from '../model/check-arguments.js'
import { problemsWithMarbles as problems } from './arguments/problems-with-marbles.js'
import { isInput } from './diagram/line-label.js'
import { parseDiagram } from './diagram/parse-diagram.js'
import { type BugTrial, runsWithBug } from './bugs/planted-bug.js'
import { MarbleError } from './marble-error.js'
import { Expectations } from './observables/expectations.js'
import { parseMarbles } from './observables/notation.js'
import { coldObservable, hotObservable, type MarbleObservable } from './observables/test-observables.js'
import { leaksOf } from './play/leaks.js'
import { shareGroupsOf } from './play/share-setting.js'
import { MemoryHost } from './play/memory-host.js'
import type { HistoryChecks } from './play/history-checks.js'
import { outcomeOf } from './play/outcome.js'
import { Stage } from './play/stage.js'
import { topicsOf } from './play/stage-setting.js'
import { diagramFault, drawnStage, lossOf } from './play/verdict.js'
import { type MarblePartition, marblePartition } from './marble-partition.js'
import type { MarbleBody, MarblesOptions, MarbleTools } from './marble-tools.js'
import { ScopedClock } from './time/scoped-clock.js'
import { isOfTheDead } from './time/scopes.js'
import { BudgetError, inVirtualTime, type VirtualRun } from './time/virtual-run.js'

/**
 * A test in virtual time, as a function for any test framework. The body says what is done and what has to come of it; then
 * time passes, moment by moment, with a real turn of the event loop between, so that `async` handlers run unchanged:
 * `setTimeout`, `setInterval`, `Date` and `performance.now` are virtual meanwhile. Tests that run at the same time wait for
 * each other.
 *
 * It rejects with a `MarbleError` that shows what was expected and what was under each other, and with a `DiagramError` for
 * a diagram that cannot be read.
 *
 * @example
 * it('commits what is charged', marbles(({ cluster }) => {
 *   cluster(
 *     `
 *     orders/0              abc------
 *     sink b                ---|
 *     one                   ^--------
 *     one orders/0 commits  a--(bc)--
 *     `,
 *     { pipeline: (orders, { sink }) => orders.pipe(eachPartition((p) => p.pipe(handle(sink), commit({ every: 1 })))) }
 *   )
 * }))
 */
export const marbles = (body: MarbleBody, options: MarblesOptions = {}): (() => Promise<void>) => {
  refuseWrong(problems.marbles(body, options))
  const madeAt = new Error()
  const play = (trial: BugTrial | null): Promise<void> =>
    inVirtualTime(async (run) => {
      const test = new MarbleTest(run, options, madeAt, trial)
      try {
        const after = body(test)
        await test.through(after !== undefined)
        after?.()
      } catch (error) {
        throw error instanceof BudgetError ? test.cutShort(error) : error
      } finally {
        test.bury()
      }
    }, options.budget)
  const test = (): Promise<void> => play(null)
  runsWithBug.set(test, play)
  return test
}

const comparesNothing =
  'this test compares nothing: the diagram has no line that says what has to come of it, the body expects nothing and returns no closure. { compares: false } says that it is meant so'

const lastOf = ({ lives }: Stage, name: string): Stage['lives'][number]['member'] | undefined =>
  lives.findLast(({ member }) => member.name === name)?.member

class MarbleTest implements MarbleTools {
  readonly clock: ScopedClock
  private readonly run: VirtualRun
  /** A bug that is planted in its pipelines. */
  private readonly trial: BugTrial | null
  private readonly options: Required<Pick<MarblesOptions, 'columnMs' | 'leakCheck' | 'compares'>>
  private readonly madeAt: Error
  private readonly expectations: Expectations
  private readonly plays: {
    readonly stage: Stage
    readonly host: MemoryHost
    readonly losesNothing: HistoryChecks | null
  }[] = []
  private readonly partitions: MarblePartition[] = []
  private readonly observables: { readonly marbles: string; readonly observable: MarbleObservable<unknown> }[] = []
  private readonly marks = new Set<string>()

  constructor(
    run: VirtualRun,
    { columnMs = 1, leakCheck = true, compares = true }: MarblesOptions,
    madeAt: Error,
    trial: BugTrial | null
  ) {
    this.run = run
    this.trial = trial
    this.options = { columnMs, leakCheck, compares }
    this.madeAt = madeAt
    this.clock = new ScopedClock(run.clock)
    this.expectations = new Expectations(run.clock, columnMs)
  }

  readonly cluster: MarbleTools['cluster'] = (source, scenario) => {
    refuseWrong(problems.cluster(source, scenario))
    const diagram = parseDiagram(source, this.options.columnMs, this.marks)
    const host = new MemoryHost(this.run.clock, topicsOf(diagram, scenario), diagram.lines)
    for (const { groupId, config } of shareGroupsOf(diagram, scenario, host)) host.configureGroup(groupId, config)
    const stage = new Stage(diagram, scenario, host, this.trial)
    stage.schedule()
    const { losesNothing = false } = scenario
    this.plays.push({
      stage,
      host,
      losesNothing: losesNothing === true ? {} : losesNothing === false ? null : losesNothing
    })
    return {
      cluster: host.cluster,
      outcome: () => outcomeOf(stage),
      sunk: () =>
        stage.sunk.log
          .map(({ place: { topic, partition, offset } }) => stage.letters.of(topic, partition, offset).letter)
          .join(''),
      report: (name) => lastOf(stage, name)?.report ?? null,
      shareReport: (name) => lastOf(stage, name)?.shareReport ?? null
    }
  }

  readonly partition: MarbleTools['partition'] = (source, options) => {
    refuseWrong(problems.partition(source, options))
    const made = marblePartition(source, this.options.columnMs, this.clock, this.run.clock, options)
    this.partitions.push(made)
    return made
  }

  readonly hot: MarbleTools['hot'] = <A>(source: string, values?: Readonly<Record<string, A>>, error?: unknown) => {
    refuseWrong(problems.observable('hot', source, values))
    return this.made(
      source,
      hotObservable<A>(this.run.clock, parseMarbles(source, this.options.columnMs, values, error))
    )
  }

  readonly cold: MarbleTools['cold'] = <A>(source: string, values?: Readonly<Record<string, A>>, error?: unknown) => {
    refuseWrong(problems.observable('cold', source, values))
    return this.made(source, coldObservable<A>(this.clock, parseMarbles(source, this.options.columnMs, values, error)))
  }

  readonly expectObservable: MarbleTools['expectObservable'] = (observable, unsubscription) => {
    refuseWrong(problems.expected('expectObservable', observable, unsubscription))
    return this.expectations.observable(observable, unsubscription)
  }

  readonly expectRecords: MarbleTools['expectRecords'] = (observable, unsubscription) => {
    refuseWrong(problems.expected('expectRecords', observable, unsubscription))
    return this.expectations.records(observable, (offset) => this.letterOf(offset), unsubscription)
  }

  readonly expectAcks: MarbleTools['expectAcks'] = (partition) => {
    refuseWrong(problems.of('expectAcks', partition))
    return this.expectations.letters('what was acknowledged', partition.acks)
  }

  readonly expectCommits: MarbleTools['expectCommits'] = (partition) => {
    refuseWrong(problems.of('expectCommits', partition))
    return this.expectations.letters('what was committed', partition.commits)
  }

  readonly expectSubscriptions: MarbleTools['expectSubscriptions'] = (logs) => {
    refuseWrong(problems.subscriptions(logs))
    return this.expectations.subscriptionsOf(logs)
  }

  readonly mark: MarbleTools['mark'] = (line) => {
    refuseWrong(problems.mark(line))
    this.marks.add(line)
    return (letter, ...value) => {
      refuseWrong(problems.marked(letter))
      // The promises of a process that has died cannot be stopped; what they do counts for nothing.
      if (isOfTheDead()) return
      for (const { stage } of this.plays) stage.mark(line, letter, value)
    }
  }

  /** The error of a test that was ended early: the reason, and how far it came. */
  cutShort({ message }: BudgetError): MarbleError {
    const soFar = this.plays.flatMap(({ stage }) => diagramFault(stage) ?? drawnStage(stage))
    return new MarbleError([`${message}, at ${String(this.run.clock.now())} ms`, ...soFar].join('\n\n'), this.madeAt)
  }

  /** Lets go of what dead processes have left. */
  bury(): void {
    for (const { stage } of this.plays) stage.bury()
  }

  async through(looksAfterwards: boolean): Promise<void> {
    const { run, plays } = this
    const ends = plays.map(({ stage }) => stage.diagram.columns.endMs)
    await run.until(ends.length === 0 ? Infinity : Math.max(...ends))
    this.throwIf([...plays.flatMap(({ stage }) => diagramFault(stage) ?? []), ...this.expectations.failures()])
    for (const { stage, host, losesNothing } of plays) {
      if (losesNothing !== null) this.throwIf(await lossOf(stage, host, run, losesNothing))
    }
    for (const { stage } of plays) stage.sayWhatWasNotCompared()
    if (this.options.leakCheck) this.throwIf((await this.leaks()).map((leak) => `left at the end: ${leak}`))
    if (!looksAfterwards && this.options.compares && !this.comparesSomething) this.throwIf([comparesNothing])
  }

  private get comparesSomething(): boolean {
    const { expectations, plays } = this
    return (
      expectations.count > 0 ||
      plays.length === 0 ||
      plays.some(
        ({ stage, losesNothing }) => losesNothing !== null || stage.diagram.lines.some(({ label }) => !isInput(label))
      )
    )
  }

  private async leaks(): Promise<readonly string[]> {
    const { plays, run } = this
    const ofStages: string[] = []
    for (const { stage } of plays) ofStages.push(...(await leaksOf(stage, run)))
    await run.untilSo(() => this.clock.pending === 0, Infinity)
    return [
      ...ofStages,
      ...this.partitions.flatMap(({ heldLetters }) =>
        heldLetters.map((letter) => `${letter} is still held by an operator`)
      ),
      ...this.observables.flatMap(({ marbles: source, observable }) =>
        observable.subscriptions.some(({ unsubscribedFrame }) => unsubscribedFrame === Infinity)
          ? [`“${source}” is still subscribed to`]
          : []
      )
    ]
  }

  private letterOf(offset: bigint): string {
    return this.partitions.map((one) => one.letterOf(offset)).find((letter) => letter !== null) ?? '?'
  }

  private made<A>(source: string, observable: MarbleObservable<A>): MarbleObservable<A> {
    this.observables.push({ marbles: source, observable })
    return observable
  }

  private throwIf(faults: readonly string[]): void {
    if (faults.length > 0) throw new MarbleError(faults.join('\n'), this.madeAt)
  }
}
