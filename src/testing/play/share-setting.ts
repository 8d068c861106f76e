import type { ShareConsumerConfig } from '../../config/share-consumer-config.js'
import { subscribe } from '../../config/subscribe.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import { type AnyScenario, isShareScenario, type ShareScenario, type ShareScenarioMember } from './share-scenario.js'
import type { StageHost } from './stage-host.js'
import { topicsRead } from './stage-setting.js'

/** The configuration of a member of a share group: what the diagram implies, the scenario's, its own. */
export const shareConfigOf = (
  diagram: Diagram,
  scenario: ShareScenario,
  host: StageHost,
  own: ShareScenarioMember
): ShareConsumerConfig => ({
  'group.id': 'group',
  // Short, since acknowledgements wait behind a fetch that waits for records.
  'fetch.max.wait.ms': Math.min(500, Math.ceil(diagram.columns.columnMs)),
  subscription: subscribe(...topicsRead(diagram, host)),
  ...scenario.config,
  ...own.config
})

/** The configuration of each share group of a scenario. */
export const shareGroupsOf = (
  diagram: Diagram,
  scenario: AnyScenario,
  host: StageHost
): readonly { readonly groupId: string; readonly config: Readonly<Record<string, string>> }[] => {
  if (!isShareScenario(scenario)) return []
  const set = { 'share.auto.offset.reset': 'earliest', ...scenario.group }
  const config = Object.fromEntries(Object.entries(set).map(([name, value]) => [name, String(value)]))
  // What is made for each life names no group.
  const members = Object.values(scenario.members ?? {}).filter((own) => typeof own !== 'function')
  const groups = new Set([{}, ...members].map((own) => shareConfigOf(diagram, scenario, host, own)['group.id']))
  return [...groups].map((groupId) => ({ groupId, config }))
}
