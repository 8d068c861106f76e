import type { AnyStageMember } from './any-stage-member.js'
import type { plannedWrites } from '../bugs/planned-writes.js'
import type { BugTrial } from '../bugs/planted-bug.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import { settingsOfLife, settingsOfShareLife } from './settings-of-life.js'
import { shareConfigOf } from './share-setting.js'
import { type AnyScenario, isShareScenario } from './share-scenario.js'
import type { StageHost } from './stage-host.js'
import type { StageLives } from './stage-lives.js'
import { type MemberSetting, StageMember } from './stage-member.js'
import { configOf } from './stage-setting.js'
import { StageShareMember } from './stage-share-member.js'

/** What a scenario creates its members from. */
export interface MemberSource {
  readonly diagram: Diagram
  readonly scenario: AnyScenario
  readonly host: StageHost
  /** The planted bug, and the records that the diagram writes. */
  readonly trial: { readonly bug: BugTrial; readonly planned: ReturnType<typeof plannedWrites> } | null
}

/** Begins a life of a member: the first, or one after that. */
export const makeMember = (
  setting: Omit<MemberSetting, 'pipeline' | 'config'>,
  { diagram, scenario, host, trial }: MemberSource,
  life: number
): AnyStageMember => {
  const { name } = setting
  if (isShareScenario(scenario)) {
    const own = settingsOfShareLife(scenario, name, life)
    const { share = scenario.share } = own
    const pipeline = trial?.bug.plantShare(share, trial.planned) ?? share
    const config = shareConfigOf(diagram, scenario, host, own)
    return new StageShareMember({ ...setting, pipeline, config, seesLocks: host.seesLocks })
  }
  const own = settingsOfLife(scenario, name, life)
  const { pipeline: given = scenario.pipeline } = own
  const pipeline = trial?.bug.plant(given, trial.planned) ?? given
  return new StageMember({ ...setting, pipeline, config: configOf(diagram, scenario, host, own) })
}

/** Makes members show the fate of their locks, if the host knows it. */
export const watchLocks = (host: StageHost, members: StageLives): void => {
  host.onLockChange(({ change, memberId, ...place }) => {
    const member = members.memberOf(memberId)
    if (member?.kind === 'share') member.lockChanged(place, change)
  })
}

/** The group of a scenario's members. */
export const groupOf = ({ diagram, scenario, host }: Omit<MemberSource, 'trial'>): string =>
  (isShareScenario(scenario) ? shareConfigOf(diagram, scenario, host, {}) : configOf(diagram, scenario, host, {}))[
    'group.id'
  ] ?? ''
