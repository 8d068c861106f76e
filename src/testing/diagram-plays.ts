import type { BugTrial } from './bugs/planted-bug.js'
import { didYouMean } from './diagram/did-you-mean.js'
import { isInput } from './diagram/line-label.js'
import { parseDiagram } from './diagram/parse-diagram.js'
import { MarbleError } from './marble-error.js'
import type { ClusterPlay } from './marble-tools.js'
import { checkShownLetters, rescuer } from './play/check-letters.js'
import { idleChecks } from './play/history.js'
import type { HistoryChecks } from './play/history-checks.js'
import { idleLines } from './play/idle-lines.js'
import { leaksOf } from './play/leaks.js'
import { MemoryHost } from './play/memory-host.js'
import { outcomeOf } from './play/outcome.js'
import { refuseAbsentMembers } from './play/refuse-absent-members.js'
import { refuseDrainParts } from './play/refuse-drain-parts.js'
import { shareGroupsOf } from './play/share-setting.js'
import type { AnyScenario } from './play/share-scenario.js'
import { Stage } from './play/stage.js'
import { topicsOf } from './play/stage-setting.js'
import { unshownMarks } from './play/unshown-marks.js'
import { afterFault, diagramFault, drainFailures, drawnStage, lossOf } from './play/verdict.js'
import { waitsOf } from './play/waits.js'
import type { VirtualRun } from './time/virtual-run.js'

/** How diagrams are played. */
export interface PlayOptions {
  readonly columnMs: number
  readonly leakCheck: boolean
  /** The planted bug, if any. */
  readonly trial: BugTrial | null
  /** Whether its diagram was generated: then it need not use all of the scenario, and not all of its lines need act. */
  readonly isSearch: boolean
}

interface Play {
  readonly stage: Stage
  readonly host: MemoryHost
  readonly losesNothing: HistoryChecks | null
}

/** @throws MarbleError for an unknown member, of which there would never be a report */
const lastOf = ({ lives, diagram }: Stage, name: string): Stage['lives'][number]['member'] | undefined => {
  const names = diagram.lines.flatMap(({ label }) => (label._tag === 'member' ? [label.member] : []))
  if (!names.includes(name) && name !== rescuer)
    throw new MarbleError(`there is no member “${name}”.${didYouMean(name, [...new Set(names)])}`, new Error())
  return lives.findLast(({ member }) => member.name === name)?.member
}

const checksOf = ({ losesNothing = false }: AnyScenario): HistoryChecks | null =>
  losesNothing === true ? {} : losesNothing === false ? null : losesNothing

/** The diagrams of a test, each with its cluster. */
export class DiagramPlays {
  private readonly run: VirtualRun
  private readonly options: PlayOptions
  private readonly plays: Play[] = []
  private readonly marks = new Set<string>()

  constructor(run: VirtualRun, options: PlayOptions) {
    this.run = run
    this.options = options
  }

  cluster(source: string, scenario: AnyScenario): ClusterPlay {
    const { columnMs, isSearch, leakCheck, trial } = this.options
    const diagram = parseDiagram(source, columnMs, this.marks)
    const losesNothing = checksOf(scenario)
    refuseDrainParts(diagram, { leakCheck, losesNothing: losesNothing !== null })
    const host = new MemoryHost(this.run.clock, topicsOf(diagram, scenario), diagram.lines)
    for (const { groupId, config } of shareGroupsOf(diagram, scenario, host)) host.configureGroup(groupId, config)
    const stage = new Stage(diagram, scenario, host, { trial, isStrict: !isSearch })
    stage.schedule()
    this.plays.push({ stage, host, losesNothing })
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

  /** There is a line of the test itself. */
  addMark(line: string): void {
    this.marks.add(line)
  }

  mark(line: string, letter: string, value: readonly unknown[]): void {
    for (const { stage } of this.plays) stage.mark(line, letter, value)
  }

  /** When the last column of the last diagram ends; Infinity if there is no diagram. */
  get endMs(): number {
    return this.plays.length === 0 ? Infinity : Math.max(...this.plays.map(({ stage }) => stage.diagram.columns.endMs))
  }

  /** What cannot be played, before time passes. */
  check(): readonly string[] {
    const unshown = unshownMarks(
      this.marks,
      this.plays.flatMap(({ stage }) => stage.diagram.lines)
    )
    if (unshown.length === 0) for (const { stage } of this.plays) refuseAbsentMembers(stage.diagram, this.marks)
    return unshown
  }

  /** In what the diagrams have not come true by their last column. */
  faults(): readonly string[] {
    return this.plays.flatMap(
      ({ stage, host }) => diagramFault(stage, () => waitsOf(stage, host, this.run.openTimers)) ?? []
    )
  }

  /** What is lost, comes twice or in another order when all faults have ended. Call it after `faults`. */
  async losses(): Promise<readonly string[]> {
    const { plays, run } = this
    const { isSearch } = this.options
    if (!isSearch) for (const { stage } of plays) checkShownLetters(stage.diagram, stage.scenario)
    for (const { stage, host, losesNothing } of plays) {
      if (losesNothing === null) continue
      const lost = await lossOf(stage, host, run, losesNothing)
      if (lost.length > 0) return lost
      const idle = isSearch ? [] : idleChecks(stage, losesNothing)
      if (idle.length > 0) return idle
    }
    return []
  }

  sayWhatWasNotCompared(): void {
    for (const { stage } of this.plays) stage.sayWhatWasNotCompared()
  }

  /** Drains all members; gives what is left then. */
  async leaks(): Promise<readonly string[]> {
    const left: string[] = []
    for (const { stage } of this.plays) left.push(...(await leaksOf(stage, this.run)))
    return left
  }

  /** What members that do not end wait for. Call it after `leaks`. */
  hung(): readonly string[] {
    return this.plays.flatMap(({ stage, host }) =>
      stage.live.length === 0 ? [] : waitsOf(stage, host, this.run.openTimers, 'at the end')
    )
  }

  /** Pipelines that have failed in the final drain. */
  drainFailures(): readonly string[] {
    return this.drained.flatMap(drainFailures)
  }

  /** In what the final drain was another than the diagrams say. */
  drainFaults(): readonly string[] {
    return this.drained.flatMap((stage) => afterFault(stage) ?? [])
  }

  /** Lines that had no effect. Call it at the very end. */
  idleLines(): readonly string[] {
    return this.options.isSearch ? [] : this.plays.flatMap(({ stage, host }) => idleLines(stage, host))
  }

  /** Whether anything is compared; true where there is no diagram. */
  get areComparing(): boolean {
    const { plays } = this
    return (
      plays.length === 0 ||
      plays.some(
        ({ stage, losesNothing }) => losesNothing !== null || stage.diagram.lines.some(({ label }) => !isInput(label))
      )
    )
  }

  /** The diagrams as they have come true so far. */
  soFar(): readonly string[] {
    return this.plays.flatMap(({ stage, host }) => [
      diagramFault(stage) ?? drawnStage(stage),
      ...waitsOf(stage, host, this.run.openTimers, 'at the end')
    ])
  }

  /** Cleans up after dead processes. */
  bury(): void {
    for (const { stage } of this.plays) stage.bury()
  }

  /** Those whose members are drained at the end. */
  private get drained(): readonly Stage[] {
    return this.plays.flatMap(({ stage, losesNothing }) => (losesNothing === null ? [stage] : []))
  }
}
