import type { VirtualRun } from '../time/virtual-run.js'
import type { Stage } from './stage.js'
import type { StageShareMember } from './stage-share-member.js'

/** How long, in virtual time, ended members may take to come to rest. */
const restMs = 120_000

/** What is left of a scenario after all of its members have ended. */
export const leaksOf = async (stage: Stage, run: VirtualRun): Promise<readonly string[]> => {
  const live = stage.live
  stage.drainAll()
  const until = run.clock.now() + restMs
  const pending = (): number => stage.lives.reduce((sum, { process }) => sum + process.pending, 0)
  await run.untilSo(() => live.every(({ isOver }) => isOver) && pending() === 0 && run.openTimers.length === 0, until)
  return [
    ...stage.acts.late,
    ...live.filter(({ isOver }) => !isOver).map(({ name }) => `${name} was drained and has not ended`),
    ...live.flatMap((member) => (member.kind === 'share' && member.failure === null ? neverSettled(member) : [])),
    // Its failure is reported elsewhere, and explains what is left of it.
    ...live.flatMap(({ name, report, failure }) =>
      (failure === null ? (report?.partitions ?? []) : []).flatMap(({ topic, partition, repeated }) =>
        repeated === 0 ? [] : [`${name} ${topic}/${String(partition)}: ${lettersLeft(stage, name)} never settled`]
      )
    ),
    ...stage.lives.flatMap(({ member, process }) => {
      const held = member.isOver && !member.isCrashed ? member.acks.filter(({ isHeld }) => isHeld) : []
      return [
        ...held.map(({ record }) => `${member.name}: ${member.letterOf(record)} is still held by an operator`),
        ...(process.pending === 0 ? [] : [`${member.name}: ${String(process.pending)} timers of its consumer are set`])
      ]
    }),
    ...run.openTimers.map(
      ({ kind, ms, madeAt }) => `a ${kind} of ${String(ms)} ms is still set, made ${placeOf(madeAt)}`
    )
  ]
}

const neverSettled = ({ name, neverSettled: letters }: StageShareMember): readonly string[] =>
  letters.length === 0
    ? []
    : [`${name}: ${[...new Set(letters)].join(', ')} ${letters.length === 1 ? 'was' : 'were'} never settled`]

const lettersLeft = ({ lives }: Stage, name: string): string => {
  const left = lives
    .filter(({ member }) => member.name === name)
    .flatMap(({ member }) =>
      member.acks.filter(({ isSettled }) => !isSettled).map(({ record }) => member.letterOf(record))
    )
  return `${[...new Set(left)].join(', ')} ${left.length === 1 ? 'was' : 'were'}`
}

/** The first line of a stack trace outside of this library. */
export const placeOf = ({ stack = '' }: Error): string =>
  stack
    .split('\n')
    .slice(1)
    .map((line) => line.trim())
    .find((line) => !line.includes('virtual-globals')) ?? 'somewhere'
