import type { ShareConsumerConfig } from '../../config/share-consumer-config.js'
import { subscribe } from '../../config/subscribe.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import { type AnyScenario, isShareScenario, type SharePipeline, type ShareScenario } from './share-scenario.js'
import type { StageHost } from './stage-host.js'
import { topicsRead } from './stage-setting.js'

/** The pipeline of a member of a share group: its own, or the scenario's. */
export const sharePipelineOf = (scenario: ShareScenario, name: string): SharePipeline =>
  scenario.members?.[name]?.share ?? scenario.share

/** The configuration of a member of a share group: what the diagram implies, the scenario's, its own. */
export const shareConfigOf = (
  diagram: Diagram,
  scenario: ShareScenario,
  host: StageHost,
  name: string
): ShareConsumerConfig => ({
  'group.id': 'group',
  // Acknowledgements wait for a fetch that waits for records.
  'fetch.max.wait.ms': Math.min(500, Math.ceil(diagram.columns.columnMs)),
  subscription: subscribe(...topicsRead(diagram, host)),
  ...scenario.config,
  ...scenario.members?.[name]?.config
})

/** What is set for each share group of a scenario. */
export const shareGroupsOf = (
  diagram: Diagram,
  scenario: AnyScenario,
  host: StageHost
): readonly { readonly groupId: string; readonly config: Readonly<Record<string, string>> }[] => {
  if (!isShareScenario(scenario)) return []
  const set = { 'share.auto.offset.reset': 'earliest', ...scenario.group }
  const config = Object.fromEntries(Object.entries(set).map(([name, value]) => [name, String(value)]))
  const members = ['', ...Object.keys(scenario.members ?? {})]
  const groups = new Set(members.map((name) => shareConfigOf(diagram, scenario, host, name)['group.id']))
  return [...groups].map((groupId) => ({ groupId, config }))
}
