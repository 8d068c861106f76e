import { refuseWrong } from '../model/check-arguments.js'
import { problemsWithMarbles as problems } from './arguments/problems-with-marbles.js'
import type { BugTrial } from './bugs/planted-bug.js'
import { didYouMean } from './diagram/did-you-mean.js'
import { isInput } from './diagram/line-label.js'
import { parseDiagram } from './diagram/parse-diagram.js'
import { MarbleError } from './marble-error.js'
import { type MarblePartition, marblePartition } from './marble-partition.js'
import type { MarblesOptions, MarbleTools } from './marble-tools.js'
import { Expectations } from './observables/expectations.js'
import { parseMarbles } from './observables/notation.js'
import { coldObservable, hotObservable, type MarbleObservable } from './observables/test-observables.js'
import { idleChecks } from './play/history.js'
import type { HistoryChecks } from './play/history-checks.js'
import { idleLines } from './play/idle-lines.js'
import { leaksOf } from './play/leaks.js'
import { MemoryHost } from './play/memory-host.js'
import { outcomeOf } from './play/outcome.js'
import { refuseAbsentMembers } from './play/refuse-absent-members.js'
import { refuseDrainParts } from './play/refuse-drain-parts.js'
import { Stage } from './play/stage.js'
import { checkShownLetters, rescuer } from './play/check-letters.js'
import { shareGroupsOf } from './play/share-setting.js'
import { topicsOf } from './play/stage-setting.js'
import { unshownMarks } from './play/unshown-marks.js'
import { afterFault, diagramFault, drainFailures, drawnStage, lossOf } from './play/verdict.js'
import { ScopedClock } from './time/scoped-clock.js'
import { isOfTheDead } from './time/scopes.js'
import type { BudgetError, VirtualRun } from './time/virtual-run.js'

const isThenable = (given: unknown): given is PromiseLike<unknown> =>
  typeof given === 'object' && given !== null && 'then' in given && typeof given.then === 'function'

const asyncBody =
  'the body of this marble test is async: time passes only after it has returned, so it cannot wait for anything. Say everything at once; what has to be awaited belongs into the pipeline, and what is looked at afterwards into a function that the body returns (that one may be async)'
const looksAtNothing = (given: unknown): string =>
  `the function that the body of this marble test returns gives ${typeof given === 'function' ? 'another function, which nobody calls' : 'false, which nobody looks at'}: say it with \`expect\` of your test framework`
const comparesNothing =
  'this test compares nothing: the diagram has no line that says what has to come of it, the body expects nothing and returns no closure. { compares: false } says that it is meant so'

/** @throws MarbleError for an unknown member, of which there would never be a report */
const lastOf = ({ lives, diagram }: Stage, name: string): Stage['lives'][number]['member'] | undefined => {
  const names = diagram.lines.flatMap(({ label }) => (label._tag === 'member' ? [label.member] : []))
  if (!names.includes(name) && name !== rescuer)
    throw new MarbleError(`there is no member “${name}”.${didYouMean(name, [...new Set(names)])}`, new Error())
  return lives.findLast(({ member }) => member.name === name)?.member
}

/** The purpose of a test run, and where it was created. */
export interface RunPurpose {
  readonly madeAt: Error
  /** The planted bug, if any. */
  readonly trial: BugTrial | null
  /** Whether its diagram was generated: then it need not use all of the scenario, and not all of its lines need act. */
  readonly isSearch: boolean
}

/** One run of a marble test: its tools, what was done with them, and the result. */
export class MarbleRun implements MarbleTools {
  readonly clock: ScopedClock
  private readonly run: VirtualRun
  private readonly options: Required<Pick<MarblesOptions, 'columnMs' | 'leakCheck' | 'compares'>>
  private readonly purpose: RunPurpose
  private readonly expectations: Expectations
  private readonly plays: {
    readonly stage: Stage
    readonly host: MemoryHost
    readonly losesNothing: HistoryChecks | null
  }[] = []
  private readonly partitions: MarblePartition[] = []
  private readonly observables: { readonly marbles: string; readonly observable: MarbleObservable<unknown> }[] = []
  private readonly marks = new Set<string>()
  /** Expectations that were added too late; null before time passes. */
  private late: Set<string> | null = null

  constructor(
    run: VirtualRun,
    { columnMs = 1, leakCheck = true, compares = true }: MarblesOptions,
    purpose: RunPurpose
  ) {
    this.run = run
    this.options = { columnMs, leakCheck, compares }
    this.purpose = purpose
    this.clock = new ScopedClock(run.clock)
    this.expectations = new Expectations(run.clock, columnMs)
  }

  readonly cluster: MarbleTools['cluster'] = (source, scenario) => {
    this.refuseLate('cluster')
    refuseWrong(problems.cluster(source, scenario))
    const diagram = parseDiagram(source, this.options.columnMs, this.marks)
    const { losesNothing = false } = scenario
    refuseDrainParts(diagram, { leakCheck: this.options.leakCheck, losesNothing: losesNothing !== false })
    const host = new MemoryHost(this.run.clock, topicsOf(diagram, scenario), diagram.lines)
    for (const { groupId, config } of shareGroupsOf(diagram, scenario, host)) host.configureGroup(groupId, config)
    const { trial, isSearch } = this.purpose
    const stage = new Stage(diagram, scenario, host, { trial, isStrict: !isSearch })
    stage.schedule()
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
    this.refuseLate('expectObservable')
    refuseWrong(problems.expected('expectObservable', observable, unsubscription))
    return this.expectations.observable(observable, unsubscription)
  }

  readonly expectRecords: MarbleTools['expectRecords'] = (observable, unsubscription) => {
    this.refuseLate('expectRecords')
    refuseWrong(problems.expected('expectRecords', observable, unsubscription))
    return this.expectations.records(observable, (offset) => this.letterOf(offset), unsubscription)
  }

  readonly expectAcks: MarbleTools['expectAcks'] = (partition) => {
    this.refuseLate('expectAcks')
    refuseWrong(problems.of('expectAcks', partition))
    return this.expectations.letters('expectAcks', 'what was acknowledged', partition.acks)
  }

  readonly expectCommits: MarbleTools['expectCommits'] = (partition) => {
    this.refuseLate('expectCommits')
    refuseWrong(problems.of('expectCommits', partition))
    return this.expectations.letters('expectCommits', 'what was committed', partition.commits)
  }

  readonly expectSubscriptions: MarbleTools['expectSubscriptions'] = (logs) => {
    this.refuseLate('expectSubscriptions')
    refuseWrong(problems.subscriptions(logs))
    return this.expectations.subscriptionsOf(logs)
  }

  readonly mark: MarbleTools['mark'] = (line) => {
    this.refuseLate('mark')
    refuseWrong(problems.mark(line))
    this.marks.add(line)
    return (letter, ...value) => {
      refuseWrong(problems.marked(letter))
      // The promises of a dead process cannot be stopped; what they do is ignored.
      if (isOfTheDead()) return
      for (const { stage } of this.plays) stage.mark(line, letter, value)
    }
  }

  /** @throws MarbleError if the body has returned something other than a closure */
  refuseNoClosure(given: unknown): void {
    if (given === undefined || typeof given === 'function') return
    if (!isThenable(given)) refuseWrong(problems.returned(given))
    // The promise should not have been returned, so its error is ignored.
    void Promise.resolve(given).catch(() => undefined)
    this.throwIf([asyncBody])
  }

  /** Calls the closure that the body has returned, and awaits it if it is async. */
  async closing(after: () => unknown): Promise<void> {
    const given = after()
    if (given === false || typeof given === 'function') this.throwIf([looksAtNothing(given)])
    if (!isThenable(given)) return
    let isOver = false
    const ended = Promise.resolve(given).finally(() => {
      isOver = true
    })
    ended.catch(() => undefined)
    await this.run.untilSo(() => isOver, Infinity)
    await ended
  }

  /** The error of a test that was stopped early: the reason, and its progress. */
  cutShort({ message }: BudgetError): MarbleError {
    const soFar = this.plays.flatMap(({ stage }) => diagramFault(stage) ?? drawnStage(stage))
    return new MarbleError(
      [`${message}, at ${String(this.run.clock.now())} ms`, ...soFar].join('\n\n'),
      this.purpose.madeAt
    )
  }

  /** Cleans up after dead processes. */
  bury(): void {
    for (const { stage } of this.plays) stage.bury()
  }

  async through(looksAfterwards: boolean): Promise<void> {
    const { run, plays } = this
    this.late = new Set()
    const shown = plays.flatMap(({ stage }) => stage.diagram.lines)
    this.throwIf(unshownMarks(this.marks, shown))
    for (const { stage } of plays) refuseAbsentMembers(stage.diagram, this.marks)
    const ends = plays.map(({ stage }) => stage.diagram.columns.endMs)
    await run.until(ends.length === 0 ? Infinity : Math.max(...ends))
    this.throwIf([...plays.flatMap(({ stage }) => diagramFault(stage) ?? []), ...this.expectations.failures()])
    if (!this.purpose.isSearch) for (const { stage } of plays) checkShownLetters(stage.diagram, stage.scenario)
    for (const { stage, host, losesNothing } of plays) {
      if (losesNothing === null) continue
      this.throwIf(await lossOf(stage, host, run, losesNothing))
      if (!this.purpose.isSearch) this.throwIf(idleChecks(stage, losesNothing))
    }
    this.throwIf([...this.late])
    for (const { stage } of plays) stage.sayWhatWasNotCompared()
    const leaks = this.options.leakCheck ? await this.leaks() : []
    const drained = plays.flatMap(({ stage, losesNothing }) => (losesNothing === null ? [stage] : []))
    this.throwIf([...drained.flatMap(drainFailures), ...leaks.map((leak) => `left at the end: ${leak}`)])
    this.throwIf(drained.flatMap((stage) => afterFault(stage) ?? []))
    if (!this.purpose.isSearch) this.throwIf(plays.flatMap(({ stage, host }) => idleLines(stage, host)))
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

  /** Refuses expectations that are added after time has begun to pass: nothing would be compared with them. */
  private refuseLate(tool: keyof MarbleTools): void {
    if (this.late === null) return
    const fault = `${tool}(…) was called when the body had returned: what has to come of a test is said before time passes`
    // Kept too, since the caller may expect errors and catch this one.
    this.late.add(fault)
    this.throwIf([fault])
  }

  private throwIf(faults: readonly string[]): void {
    if (faults.length > 0) throw new MarbleError(faults.join('\n'), this.purpose.madeAt)
  }
}
