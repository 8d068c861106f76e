import { refuseWrong } from '../../model/check-arguments.js'
import { problemsWithMemberOf } from '../arguments/problems-with-scenario.js'
import type { Scenario, ScenarioMember } from './scenario.js'
import type { ShareScenario, ShareScenarioMember } from './share-scenario.js'

/** The settings of one life of a member. Calls the function that creates settings for each life. */
export const settingsOfLife = ({ members }: Scenario, name: string, life: number): ScenarioMember =>
  settingsIn(members, name, life, false) ?? {}

/** The same for a member of a share group. */
export const settingsOfShareLife = ({ members }: ShareScenario, name: string, life: number): ShareScenarioMember =>
  settingsIn(members, name, life, true) ?? {}

const settingsIn = <M extends object>(
  members: Readonly<Record<string, M | ((life: number) => M)>> = {},
  name: string,
  life: number,
  isShared: boolean
): M | undefined => {
  // A member may be called `constructor`, which every object has.
  const given = Object.hasOwn(members, name) ? members[name] : undefined
  if (typeof given !== 'function') return given
  const made = given(life)
  refuseWrong(problemsWithMemberOf(`members.${name}(${String(life)})`, made, isShared))
  return made
}
