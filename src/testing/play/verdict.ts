import { compareDiagram, happenedText } from '../diagram/compare.js'
import { ConsumerError } from '../../model/consumer-error.js'
import { describeFault } from '../../model/describe-fault.js'
import type { VirtualRun } from '../time/virtual-run.js'
import type { MemoryHost } from './memory-host.js'
import type { Stage } from './stage.js'

/** How long, in virtual time, a healed cluster may take until everything is committed. */
const healedWithinMs = 120_000

/** Whether the diagram came true; what is wrong with it if not. */
export const diagramFault = (stage: Stage): string | null => {
  const { diagram, recorder } = stage
  const failures = stage.lives.flatMap(({ member: { name, failure } }) =>
    failure === null ? [] : [{ name, text: `${name} failed: ${errorText(failure.error)}` }]
  )
  const happened = (line: Parameters<typeof recorder.marblesOf>[0]): ReturnType<typeof recorder.marblesOf> =>
    recorder.marblesOf(line, diagram.columns)
  const different = compareDiagram(diagram, happened, failures.map(({ text }) => text)) // prettier-ignore
  if (different !== null) return different
  const expected = (name: string): boolean =>
    diagram.lines.some(({ label, marbles }) => label._tag === 'ends' && label.member === name && marbles.some(({ char }) => char === '#')) // prettier-ignore
  const surprises = failures.filter(({ name }) => !expected(name))
  if (surprises.length === 0) return null
  return [...surprises.map(({ text }) => text), 'A line “… ends” with # says that it is meant to.', ''].join('\n')
}

/** The diagram as it has come to be. */
export const drawnStage = ({ diagram, recorder }: Stage): string =>
  ['was', ...happenedText(diagram, (line) => recorder.marblesOf(line, diagram.columns)), ''].join('\n')

/** Heals the cluster, has everything read that is not committed, and gives what the sink has never got. */
export const lossOf = async (stage: Stage, host: MemoryHost, run: VirtualRun): Promise<readonly string[]> => {
  host.heal()
  stage.resumeAll()
  // One that is about to leave, or was expelled without knowing, reads nothing: another comes in any case.
  stage.start('rescue')
  const { groupId } = stage
  const isDone = (): boolean =>
    stage.letters.all.every((written) => (host.cluster.committed(groupId, written) ?? 0n) > written.offset)
  await run.untilSo(isDone, run.clock.now() + healedWithinMs)
  // What is committed may still be on its way to the sink.
  const { live } = stage
  stage.drainAll()
  await run.untilSo(() => live.every(({ isOver }) => isOver), run.clock.now() + healedWithinMs)
  return stage.missing.map((written) => {
    const committed = (host.cluster.committed(groupId, written) ?? 0n) > written.offset
    const where = `${written.letter} of ${written.topic}/${String(written.partition)}`
    return committed ? `${where} is lost: committed, and never written by the sink` : `${where} has never reached the sink` // prettier-ignore
  })
}

const errorText = (error: unknown): string =>
  error instanceof ConsumerError ? describeFault(error.fault) : error instanceof Error ? `${error.name}: ${error.message}` : String(error) // prettier-ignore
