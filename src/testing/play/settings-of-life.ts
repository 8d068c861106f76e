import { refuseWrong } from '../../model/check-arguments.js'
import { problemsWithMemberOf } from '../arguments/problems-with-scenario.js'
import type { Scenario, ScenarioMember } from './scenario.js'
import type { ShareScenario, ShareScenarioMember } from './share-scenario.js'

/** What one life of a member runs besides what every member does. What is made for each life is made here. */
export const settingsOfLife = (scenario: Scenario, name: string, life: number): ScenarioMember => {
  const given = ownOf(scenario.members, name)
  if (typeof given !== 'function') return given ?? {}
  const made: unknown = given(life)
  refuseWrong(problemsWithMemberOf(`members.${name}(${String(life)})`, made, false))
  return made as ScenarioMember
}

/** The same for a member of a share group. */
export const settingsOfShareLife = (scenario: ShareScenario, name: string, life: number): ShareScenarioMember => {
  const given = ownOf(scenario.members, name)
  if (typeof given !== 'function') return given ?? {}
  const made: unknown = given(life)
  refuseWrong(problemsWithMemberOf(`members.${name}(${String(life)})`, made, true))
  return made as ShareScenarioMember
}

/** A member may be called as something that every object has. */
const ownOf = <M>(members: Readonly<Record<string, M>> = {}, name: string): M | undefined =>
  Object.hasOwn(members, name) ? members[name] : undefined
