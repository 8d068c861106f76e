import { subscribe } from '../../config/subscribe.js'
import type { ConsumerConfig } from '../../config/consumer-config.js'
import type { Diagram } from '../diagram/parse-diagram.js'
import type { Scenario, ScenarioMember } from './scenario.js'
import type { AnyScenario } from './share-scenario.js'
import type { StageHost } from './stage-host.js'

/** The topics of a scenario, with their numbers of partitions. */
export const topicsOf = ({ lines }: Diagram, { topics = {} }: AnyScenario): ReadonlyMap<string, number> => {
  const counts = new Map(Object.entries(topics))
  const atLeast = (topic: string, partitions: number): void => {
    counts.set(topic, Math.max(counts.get(topic) ?? 0, partitions))
  }
  for (const { label } of lines) {
    if ('place' in label) atLeast(label.place.topic, label.place.partition + 1)
    if (label._tag === 'writes') atLeast(label.topic, 1)
    if (label._tag === 'fails' && label.of !== null) atLeast(label.of.topic, label.of.partition + 1)
  }
  return counts
}

/** The topics that a diagram writes records to, as the cluster has them. */
export const topicsRead = ({ lines }: Diagram, host: StageHost): readonly string[] => {
  const topics = lines.flatMap(({ label }) => (label._tag === 'records' ? [label.place.topic] : []))
  return [...new Set(topics)].map((topic) => host.realTopic(topic))
}

/** The configuration of a member: what the diagram implies, the scenario's, its own. */
export const configOf = (
  diagram: Diagram,
  scenario: Scenario,
  host: StageHost,
  own: ScenarioMember
): ConsumerConfig => ({
  'group.id': 'group',
  'auto.offset.reset': 'earliest',
  'heartbeat.interval.ms': Math.min(3_000, 3 * diagram.columns.columnMs),
  subscription: subscribe(...topicsRead(diagram, host)),
  ...scenario.config,
  ...own.config
})
