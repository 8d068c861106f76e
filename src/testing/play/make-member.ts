import type { AnyStageMember } from './any-stage-member.js'
import type { plannedWrites } from '../bugs/planned-writes.js'
import type { BugTrial } from '../bugs/planted-bug.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import { shareConfigOf, sharePipelineOf } from './share-setting.js'
import { type AnyScenario, isShareScenario } from './share-scenario.js'
import type { StageHost } from './stage-host.js'
import type { StageLives } from './stage-lives.js'
import { type MemberSetting, StageMember } from './stage-member.js'
import { configOf, pipelineOf } from './stage-setting.js'
import { StageShareMember } from './stage-share-member.js'

/** What a scenario makes its members of. */
export interface MemberSource {
  readonly diagram: Diagram
  readonly scenario: AnyScenario
  readonly host: StageHost
  /** A bug that is planted in pipelines, and what they write without it. */
  readonly trial: { readonly bug: BugTrial; readonly planned: ReturnType<typeof plannedWrites> } | null
}

/** Begins a life of a member. */
export const makeMember = (
  setting: Omit<MemberSetting, 'pipeline' | 'config'>,
  { diagram, scenario, host, trial }: MemberSource
): AnyStageMember => {
  const { name } = setting
  if (isShareScenario(scenario)) {
    const own = sharePipelineOf(scenario, name)
    const pipeline = trial?.bug.plantShare(own, trial.planned) ?? own
    const config = shareConfigOf(diagram, scenario, host, name)
    return new StageShareMember({ ...setting, pipeline, config, seesLocks: host.seesLocks })
  }
  const own = pipelineOf(scenario, name)
  const pipeline = trial?.bug.plant(own, trial.planned) ?? own
  return new StageMember({ ...setting, pipeline, config: configOf(diagram, scenario, host, name) })
}

/** Has members show what becomes of their locks, where the host knows. */
export const watchLocks = (host: StageHost, members: StageLives): void => {
  host.onLockChange(({ change, memberId, ...place }) => {
    const member = members.memberOf(memberId)
    if (member?.kind === 'share') member.lockChanged(place, change)
  })
}

/** The group of a scenario's members. */
export const groupOf = ({ diagram, scenario, host }: Omit<MemberSource, 'trial'>): string =>
  (isShareScenario(scenario) ? shareConfigOf(diagram, scenario, host, '') : configOf(diagram, scenario, host, ''))[
    'group.id'
  ] ?? ''
