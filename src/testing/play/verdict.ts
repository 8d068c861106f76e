import { compareDiagram, happenedText } from '../diagram/compare.js'
import { compareAfter } from '../diagram/compare-after.js'
import { DiagramError } from '../diagram/diagram-error.js'
import { nearest } from '../diagram/did-you-mean.js'
import { rescuer } from './check-letters.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import type { Committed } from '../../model/committed.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { describeFault } from '../../model/describe-fault.js'
import type { VirtualRun } from '../time/virtual-run.js'
import type { MemoryHost } from './memory-host.js'
import { historyFaults } from './history.js'
import type { HistoryChecks } from './history-checks.js'
import { endOf, isDoneWith, stillMsOf } from './share-loss.js'
import { isShareScenario } from './share-scenario.js'
import type { Stage } from './stage.js'
import { waitsOf } from './waits.js'

/** How long, in virtual time, a cluster without faults may take until everything is committed. */
const healedWithinMs = 120_000

/** When nothing has happened for this long, nothing more will: no default retry waits longer. */
const stillMs = 30_000

/** Compares the diagram with the events; returns the difference, or null. */
export const diagramFault = (stage: Stage, waits: () => readonly string[] = () => []): string | null => {
  const { diagram, recorder, values } = stage
  if (values.refused.length > 0) return values.refused.join('\n')
  const failures = stage.lives.flatMap(({ member: { name, failure } }) =>
    failure === null ? [] : [{ name, text: `${name} failed: ${errorText(failure.error)}` }]
  )
  const happened = (line: Parameters<typeof recorder.marblesOf>[0]): ReturnType<typeof recorder.marblesOf> =>
    recorder.marblesOf(line, diagram)
  const idle = stage.lives.flatMap(({ member: { name, hasSubscribed, isCrashed } }) =>
    hasSubscribed || isCrashed ? [] : [`${name} has read nothing: its pipeline has not subscribed to its consumer`]
  )
  const asserted = stage.lives.flatMap(({ member }) => member.assertions)
  const notes = [...failures.map(({ text }) => text), ...idle, ...asserted, ...valueNotes(stage), ...sinkNotes(stage)]
  const different = compareDiagram(diagram, happened, () => [...notes, ...waits()])
  if (different !== null) return different
  if (asserted.length > 0) return asserted.join('\n')
  const hidden = hiddenDifferences(stage) ?? sinkNotes(stage)[0] ?? null
  if (hidden !== null) return hidden
  const surprises = failures.filter(({ name }) => !isMeantToFail(diagram, name))
  if (surprises.length === 0) return misspelledTopic(stage) ?? idle[0] ?? null
  return [...surprises.map(({ text }) => text), 'A line “… ends” with # says that it is meant to.', ''].join('\n')
}

/** Pipelines that have failed in the final drain. */
export const drainFailures = ({ diagram, lives }: Stage): readonly string[] =>
  lives.flatMap(({ member: { name, failure, endedAt, assertions } }) => [
    ...assertions,
    ...(failure === null || (endedAt ?? 0) < diagram.columns.endMs || isMeantToFail(diagram, name)
      ? []
      : [`${name} failed in the final drain: ${errorText(failure.error)}`])
  ])

/** Compares the events after the last column with the diagram; returns the difference, or null. */
export const afterFault = (stage: Stage): string | null => {
  const { diagram, recorder } = stage
  const text = compareAfter(diagram, (line) => recorder.afterOf(line, diagram))
  return text === null ? hiddenDifferences(stage) : [text, ...valueNotes(stage)].join('\n')
}

/** A line that expects `?`, which would match any wrong value. */
const hiddenDifferences = (stage: Stage): string | null => {
  const { diagram, values } = stage
  const texts = values.differences.filter(({ line }) => diagram.lines.some(({ name }) => name === line))
  return texts.length === 0
    ? null
    : [
        ...texts.map(({ text }) => text),
        'The diagram has ? for it, which is any value but the right one: write its letter, or another one with an entry in `values`.',
        ''
      ].join('\n')
}

const isMeantToFail = ({ lines }: Diagram, member: string): boolean =>
  lines.some(
    ({ label, marbles, after }) =>
      label._tag === 'ends' &&
      label.member === member &&
      [...marbles, ...(after ?? [])].some(({ char }) => char === '#')
  )

/** A line of a sink that no pipeline uses. */
const sinkNotes = ({ diagram: { lines }, lives, sink }: Stage): readonly string[] =>
  lives.length > 0 && !sink.isTaken && lines.some(({ label }) => label._tag === 'sink')
    ? ['“sink” shows nothing: no pipeline has taken `sink` from its tools, as `(orders, { sink }) => …` does']
    : []

/** The differences between values, and values that were not compared. */
const valueNotes = ({ diagram, values }: Stage): readonly string[] => {
  const isShown = (line: string): boolean => diagram.lines.some(({ name }) => name === line)
  return [
    ...values.differences.filter(({ line }) => isShown(line)).map(({ text }) => text),
    ...[...values.notCompared]
      .filter(isShown)
      .map(
        (line) =>
          `“${line}” shows the first characters of values: they were not compared any further, as no \`values\` say what letters stand for`
      )
  ]
}

/** A topic without writes, if a similar name without a line is written to. */
const misspelledTopic = ({ diagram, acts: { askedTopics }, scenario: { topics = {} } }: Stage): string | null => {
  const shown = diagram.lines.flatMap(({ label }) => (label._tag === 'writes' ? [label.topic] : []))
  const hidden = [...askedTopics].filter((topic) => !shown.includes(topic))
  for (const { label, row } of diagram.lines) {
    if (label._tag !== 'writes' || askedTopics.has(label.topic) || label.topic in topics) continue
    const meant = nearest(label.topic, hidden)
    if (meant !== undefined)
      throw new DiagramError(
        `nothing writes to “${label.topic}”. Did you mean “${meant}”, which is written to?`,
        diagram.text,
        row,
        7
      )
  }
  return null
}

/** The diagram with the actual events. */
export const drawnStage = ({ diagram, recorder }: Stage): string =>
  ['was', ...happenedText(diagram, (line) => recorder.marblesOf(line, diagram)), ''].join('\n')

/**
 * Ends all faults, lets a new member read everything that is not committed, and returns the records that never reached the
 * sink, reached it twice, or out of order.
 */
export const lossOf = async (
  stage: Stage,
  host: MemoryHost,
  run: VirtualRun,
  checks: HistoryChecks
): Promise<readonly string[]> => {
  host.heal()
  stage.resumeAll()
  const { groupId } = stage
  const { lost = true, twice = 'allowed' } = checks
  const isShared = isShareScenario(stage.scenario)
  const isCommitted = (written: Committed): boolean =>
    isShared
      ? isDoneWith(host.cluster, groupId, written)
      : (host.cluster.committed(groupId, written) ?? 0n) > written.offset
  const isThere = (): boolean => !lost || stage.missing.length === 0
  if (!isThere() || twice !== 'allowed') {
    stage.expireTheDead()
    // A new member joins in any case: one that is leaving, or was expelled without noticing, reads nothing.
    stage.start(rescuer)
    const isDone = (): boolean => stage.letters.all.every(isCommitted)
    const done = await untilDoneOrStill(stage, run, () => isThere() || isDone())
    // A member that commits nothing reads everything again, which shows when the other has its partitions.
    if (done && twice !== 'allowed' && !isDone()) await run.until(run.clock.now() + 60 * stage.diagram.columns.columnMs)
  }
  const waits = isThere() ? [] : waitsOf(stage, host, run.openTimers, 'at the end')
  if (!isThere()) {
    // Committed records may still be on their way to the sink.
    const { live } = stage
    stage.drainAll()
    await run.untilSo(() => isThere() || live.every(({ isOver }) => isOver), run.clock.now() + healedWithinMs)
  }
  const missing = lost ? stage.missing : []
  return [
    ...missing.map((written) => {
      const where = `${written.letter} of ${written.topic}/${String(written.partition)}`
      return isCommitted(written)
        ? `${where} is lost: ${isShared ? endOf(stage.recorder, written) : 'committed'}, and never written by the sink`
        : `${where} has never reached the sink`
    }),
    ...(missing.every(isCommitted) ? [] : waits),
    ...historyFaults(stage, checks)
  ]
}

/** Waits until the condition holds, or no events happen any more. */
const untilDoneOrStill = async (stage: Stage, run: VirtualRun, isDone: () => boolean): Promise<boolean> => {
  const until = run.clock.now() + healedWithinMs
  const quietMs = isShareScenario(stage.scenario) ? Math.max(stillMs, stillMsOf(stage.scenario)) : stillMs
  let [seen, since] = [stage.recorder.happenings.length, run.clock.now()]
  const isStill = (): boolean => {
    const { length } = stage.recorder.happenings
    if (length !== seen) [seen, since] = [length, run.clock.now()]
    return run.clock.now() - since > quietMs
  }
  await run.untilSo(() => isDone() || isStill(), until)
  return isDone()
}

const errorText = (error: unknown): string =>
  error instanceof ConsumerError
    ? describeFault(error.fault)
    : error instanceof Error
      ? `${error.name}: ${error.message}`
      : String(error)
