import { aCluster, aText, optional, problemsWith, problemsWithOptions, refuseWrong } from '../model/check-arguments.js'
import type { Clock } from '../model/clock.js'
import type { Cluster } from '../ports/cluster.js'
import { problemsWithScenario } from './arguments/problems-with-scenario.js'
import { columnTime } from './arguments/rules.js'
import { DiagramError } from './diagram/diagram-error.js'
import { type Diagram, parseDiagram } from './diagram/parse-diagram.js'
import { unawaitedTests } from './unawaited-tests.js'
import { MarbleError } from './marble-error.js'
import { deepEqual } from './observables/deep-equal.js'
import { MemoryHost } from './play/memory-host.js'
import {
  differentValues,
  isCommitted,
  mayBecome,
  type Outcome,
  outcomeOf,
  outcomesUnderEachOther,
  outcomeValues
} from './play/outcome.js'
import { RealHost } from './play/real-host.js'
import { shareGroupsOf } from './play/share-setting.js'
import type { AnyScenario } from './play/share-scenario.js'
import { Stage } from './play/stage.js'
import { topicsOf } from './play/stage-setting.js'
import { inVirtualTime } from './time/virtual-run.js'

/** The time limits for a real cluster. */
export interface DualRunOptions {
  /**
   * The duration of a column in milliseconds, in both runs. The real cluster has to do within a column what the embedded one
   * does at once.
   *
   * @default 100
   */
  readonly columnMs?: number
  /** How long the real cluster may take after the end of the diagram. @default 20000 */
  readonly withinMs?: number
}

/**
 * Plays the actions of a diagram twice: on the embedded cluster in virtual time, and on a real one in real time. Rejects with a
 * `MarbleError` if the results differ: which records are delivered in which order, committed, and written. This shows that a
 * test on the embedded cluster can be trusted.
 *
 * Lines with expected events are for `marbles` and are ignored. Actions that are impossible on a real cluster (`fails`, `x`,
 * `#`, `T`) are a `DiagramError`. Members have a group of their own. Members that are running at the end of the diagram are
 * drained when the real cluster has come as far as the embedded one, so do not end them unless their end is the subject of the
 * test.
 *
 * @example
 * await dualRun(diagram, { pipeline }, kafka({ 'bootstrap.servers': 'localhost:9092' }))
 */
export const dualRun = async (
  source: string,
  scenario: AnyScenario,
  cluster: Cluster,
  options: DualRunOptions = {}
): Promise<Outcome> => {
  refuseWrong(
    problemsWith('dualRun: diagram', source, aText),
    problemsWithScenario('dualRun: scenario', scenario),
    problemsWith('dualRun: cluster', cluster, aCluster),
    problemsWithOptions('dualRun', options, { columnMs: optional(columnTime), withinMs: optional(columnTime) })
  )
  const { columnMs = 100, withinMs = 20_000 } = options
  const madeAt = new Error()
  const diagram = parseDiagram(source, columnMs)
  refuseImpossible(diagram)
  return unawaitedTests.awaited(madeAt, () => playBoth(diagram, scenario, cluster, withinMs, madeAt))
}

const playBoth = async (
  diagram: Diagram,
  scenario: AnyScenario,
  cluster: Cluster,
  withinMs: number,
  madeAt: Error
): Promise<Outcome> => {
  const embedded = await onEmbedded(diagram, scenario)
  if (isNothing(embedded.outcome)) throw new MarbleError(nothingCame, madeAt)
  const real = await onReal(diagram, scenario, cluster, embedded.outcome, withinMs)
  const different = differentValues(['embedded', embedded.values], ['real', real.values])
  if (deepEqual(embedded.outcome, real.outcome) && different.length === 0) return real.outcome
  const message = [
    'the real cluster came to something else',
    ...(real.isCut
      ? ['It was ended when it could no longer match: what is missing then had perhaps not come yet.']
      : []),
    '',
    outcomesUnderEachOther(['embedded', embedded.outcome], ['real', real.outcome]),
    ...(different.length === 0 ? [] : ['values that differ', ...different, ''])
  ].join('\n')
  throw new MarbleError(message, madeAt)
}

const nothingCame =
  'there is nothing to compare: on the embedded cluster nothing is delivered, committed or written. The diagram needs records and a member that reads them, and the pipeline has to subscribe to its consumer'

/** If nothing happens, both runs are equal and the comparison shows nothing. */
const isNothing = ({ delivered, committed, written, sink }: Outcome): boolean =>
  [delivered, committed, written].every((places) => Object.values(places).every((letters) => letters === '')) &&
  sink === ''

/** The result of one of the two runs. */
interface Came {
  readonly outcome: Outcome
  readonly values: ReturnType<typeof outcomeValues>
  /** Whether the run was ended early. */
  readonly isCut: boolean
}

/** Expected events are ignored, so letters of the scenario need not occur in any. */
const purpose = { isStrict: false, keepsValues: true } as const

const refuseImpossible = ({ lines, text, margin }: Diagram): void => {
  for (const { label, marbles, row } of lines) {
    const impossible = marbles.find(
      ({ char }) =>
        label._tag === 'fails' ||
        label._tag === 'takes' ||
        label._tag === 'throttles' ||
        (label._tag === 'member' && 'x#T~'.includes(char))
    )
    if (impossible !== undefined)
      throw new DiagramError('this cannot be done to a real cluster', text, row, margin + impossible.column)
  }
}

/** How long to wait after the last action of the diagram. */
const restMs = 60_000

const onEmbedded = (diagram: Diagram, scenario: AnyScenario): Promise<Came> =>
  inVirtualTime(async (run) => {
    const host = new MemoryHost(run.clock, topicsOf(diagram, scenario))
    for (const { groupId, config } of shareGroupsOf(diagram, scenario, host)) host.configureGroup(groupId, config)
    const stage = new Stage(diagram, scenario, host, purpose)
    stage.schedule()
    await run.until(diagram.columns.endMs + restMs)
    const { live } = stage
    stage.drainAll()
    await run.untilSo(() => live.every(({ isOver }) => isOver), run.clock.now() + restMs)
    return { outcome: outcomeOf(stage), values: outcomeValues(stage), isCut: false }
  })

const onReal = async (
  diagram: Diagram,
  scenario: AnyScenario,
  cluster: Cluster,
  expected: Outcome,
  withinMs: number
): Promise<Came> => {
  const { clock } = cluster
  const suffix = `-${String(Math.floor(clock.wallTime()))}-${String(Math.floor(cluster.random() * 1e9))}`
  const broken: unknown[] = []
  const host = new RealHost(cluster, suffix, (error) => broken.push(error))
  const topics = [...topicsOf(diagram, scenario)].map(([topic, partitions]) => ({
    topic: host.realTopic(topic),
    partitions
  }))
  await cluster.createTopics(topics)
  const config = { ...scenario.config, 'group.id': `group${suffix}` }
  // A spread would lose the tag of the union.
  const own = { ...scenario, config } as AnyScenario
  await configureGroups(cluster, shareGroupsOf(diagram, own, host))
  const stage = new Stage(diagram, own, host, purpose)
  stage.schedule()
  try {
    await untilSo(clock, () => !mayBecome(outcomeOf(stage), expected), diagram.columns.endMs)
    const isDecided = (): boolean => {
      const outcome = outcomeOf(stage)
      // Does not wait for a result that cannot become right any more.
      return (
        broken.length > 0 || !mayBecome(outcome, expected) || deepEqual(withoutEnds(outcome), withoutEnds(expected))
      )
    }
    const quiet = new Quiet(clock, Math.max(leastQuietMs, diagram.columns.endMs))
    await untilSo(
      clock,
      () => isDecided() || (isCommitted(outcomeOf(stage), expected) && quiet.holds(outcomeOf(stage))),
      withinMs
    )
    const isCut = !mayBecome(outcomeOf(stage), expected)
    const { live } = stage
    stage.drainAll()
    await untilSo(clock, () => live.every(({ isOver }) => isOver), withinMs)
    // A member's end is reported a turn after its last record.
    await after(clock, 0)
    for (const error of broken) throw error
    // In both runs, a topic name within a value is the diagram's.
    return { outcome: outcomeOf(stage), values: outcomeValues(stage, (text) => text.replaceAll(suffix, '')), isCut }
  } finally {
    for (const member of stage.live) member.unsubscribe()
    host.close()
  }
}

/** The first member decides where a share group begins, so this is configured before. */
const configureGroups = async (cluster: Cluster, groups: ReturnType<typeof shareGroupsOf>): Promise<void> => {
  if (groups.length === 0) return
  const admin = cluster.admin()
  try {
    await admin.alterConfigs(groups.map(({ groupId, config }) => ({ type: 'group', name: groupId, set: config })))
  } finally {
    admin.close()
  }
}

/** Whether a value has not changed for some time. */
class Quiet {
  private readonly clock: Clock
  private readonly ms: number
  private former: Outcome | null = null
  private since = 0

  constructor(clock: Clock, ms: number) {
    this.clock = clock
    this.ms = ms
  }

  holds(outcome: Outcome): boolean {
    if (deepEqual(outcome, this.former)) return this.clock.now() - this.since >= this.ms
    this.former = outcome
    this.since = this.clock.now()
    return false
  }
}

/** When everything is committed, missing records were not written or not awaited. They may be late, but not this late. */
const leastQuietMs = 1_000

/** Members that are running at the end of the diagram end only after it. */
const withoutEnds = (outcome: Outcome): Outcome => ({ ...outcome, ends: {} })

const after = (clock: Clock, ms: number): Promise<void> =>
  new Promise((done) => {
    clock.schedule(ms, done)
  })

const pollMs = 20

const untilSo = async (clock: Clock, condition: () => boolean, withinMs: number): Promise<void> => {
  const end = clock.now() + withinMs
  while (!condition() && clock.now() < end) await after(clock, pollMs)
}
